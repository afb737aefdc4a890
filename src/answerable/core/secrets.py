"""Secrets at rest: encrypted JSON with key rotation (first key encrypts, every key decrypts)."""

from __future__ import annotations

import hashlib
import json
import secrets
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from answerable.config import keys


class UnreadableSecret(Exception):
    """None of the keys opens this secret: the key file was changed or lost."""


def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys.encryption_keys(Path(settings.ENCRYPTION_KEYS_FILE))])


def seal(value: dict[str, Any]) -> str:
    """Encrypts a JSON object with the current key."""
    return _box().encrypt(json.dumps(value).encode()).decode()


def unseal(sealed: str) -> dict[str, Any]:
    """Decrypts what seal() made; {} for "". UnreadableSecret if no key fits."""
    if not sealed:
        return {}
    try:
        opened: dict[str, Any] = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise UnreadableSecret("no key in the key file opens this secret; restore the old key file") from error
    return opened


def reseal(sealed: str) -> str:
    """The same secret under the current key; its age is kept."""
    return _box().rotate(sealed.encode()).decode() if sealed else ""


def add_key() -> None:
    """Puts a fresh key first in the key file; the old ones stay to decrypt until everything is resealed."""
    path = Path(settings.ENCRYPTION_KEYS_FILE)
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(Fernet.generate_key().decode() + "\n" + path.read_text(encoding="ascii"), encoding="ascii")
    fresh.replace(path)


def token() -> str:
    """A fresh unguessable token, fit for an address."""
    return secrets.token_urlsafe(32)


def fingerprint(value: str) -> str:
    """What is stored of a token: its hash. Tokens are random, so no salt is needed."""
    return hashlib.sha256(value.encode()).hexdigest()
