"""Record keys (TIDs): 53 bits of microseconds and 10 bits of chance, in 13 letters that sort by time."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from threading import Lock

_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def encode(microseconds: int, clock_id: int) -> str:
    """The key for a time (microseconds since 1970, below 2**53) and a clock id (below 1024)."""
    number = (microseconds & (2**53 - 1)) << 10 | (clock_id & 1023)
    return "".join(_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


def time_of(key: str) -> datetime | None:
    """When a key was made, or None if it is no TID (records may have keys of any form)."""
    if len(key) != 13 or any(letter not in _LETTERS for letter in key) or key[0] not in _LETTERS[:16]:
        return None
    number = 0
    for letter in key:
        number = number << 5 | _LETTERS.index(letter)
    try:
        return _EPOCH + timedelta(microseconds=number >> 10)
    except OverflowError:
        return None


class Keys:
    """Hands out keys that only grow. The clock id is drawn anew for each key: a forked process shares our state."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = Lock()

    def next(self, now: datetime) -> str:
        wanted = (now - _EPOCH) // _MICROSECOND
        with self._lock:
            self._last = max(wanted, self._last + 1)
            return encode(self._last, secrets.randbelow(1024))
