"""Files of the desk that other users of the machine cannot read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMES = ("mail", "console", "secret.key", "run.lock", "start.lock", "postgres.lock")
"""What the desk keeps in the data directory, beside the encryption keys and the database, which have checks of their own."""
_OTHERS = 0o077


@contextmanager
def umask() -> Iterator[None]:
    """Whatever this process and its children make is for their own user."""
    before = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def directory(path: Path) -> None:
    """Make the data directory when there is none; one that is there is left as the operator made it.

    Root's can be passed through, not listed: the database runs as another user and lies below it.
    """
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        one.chmod(0o711 if os.geteuid() == 0 else 0o700)


def is_private(path: Path) -> bool:
    """Whether nobody but the owner can read, write or enter it."""
    return stat.S_IMODE(path.lstat().st_mode) & _OTHERS == 0


def open_to_others(data_path: Path) -> list[Path]:
    """What of the desk's own is not private, in a data directory that others can pass."""
    if not data_path.exists() or is_private(data_path):
        return []
    return [path for name in NAMES if (path := data_path / name).exists() and not is_private(path)]


def close(data_path: Path) -> None:
    """Close what an earlier version left open, as far as it is ours."""
    for path in open_to_others(data_path):
        found = path.lstat()
        if found.st_uid == os.geteuid() and not stat.S_ISLNK(found.st_mode):
            path.chmod(stat.S_IMODE(found.st_mode) & ~_OTHERS)
