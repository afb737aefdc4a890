"""Secrets that are made once and kept in the data directory, readable by their owner only."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from answerable.config import private


class KeyFileError(Exception):
    """A key file cannot be used; the text names the file and says what to do."""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(
            f"{path} cannot be read ({error}); give this user read access or restore the file."
        ) from None


def make_once(path: Path, content: str) -> str:
    """The stripped text of ``path``; when there is none yet, ``content`` is written there first, mode 0600.

    Two processes that start together agree on one content: it is written aside and linked into place, and the link
    of the second one fails.
    """
    if not path.exists():
        private.directory(path.parent)
        aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(content + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            aside.unlink()
    return _read(path)


def secret_key(data_path: Path) -> str:
    """The signing key kept in the data directory, at least 50 characters."""
    key = make_once(data_path / "secret.key", secrets.token_urlsafe(48))
    if len(key) < 32:
        raise KeyFileError(f"{data_path / 'secret.key'} is too short; delete it and a new one is made (signs all out).")
    return key


def new_encryption_key() -> str:
    """A fresh Fernet key: 32 random bytes, URL-safe base64."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")


def encryption_keys(path: Path) -> list[str]:
    """Fernet keys, current one first. Blank lines and lines that start with # are left out."""
    lines = (line.strip() for line in make_once(path, new_encryption_key()).splitlines())
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys:
        raise KeyFileError(f"{path} holds no key; restore it from a backup: without it stored tokens cannot be read.")
    for number, key in enumerate(keys, 1):
        if not _is_fernet_key(key):
            raise KeyFileError(f"{path}: key {number} is not 32 bytes in URL-safe base64; restore it from a backup.")
    return keys


def _is_fernet_key(key: str) -> bool:
    try:
        return len(base64.urlsafe_b64decode(key.encode("ascii"))) == 32
    except ValueError:
        return False


def is_private(path: Path) -> bool:
    """Whether nobody but the owner can read or write the file."""
    return private.is_private(path)
