"""What one poll tells the next: the cursor, a small JSON object.

Everything in it only saves work: an event that is sent twice has the same key and the database drops it. It is kept in
the cursor and not in this process, because the cursor is stored together with the events.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta

from answerable.channels.bluesky.parse import moment
from answerable.channels.contract import JsonObject

BACKFILL = timedelta(days=7)  # how far back the first poll of an account reads
KEPT = 400  # remembered posts of each list; the deepest look below reads half as many


def digest(uri: str) -> str:
    """A short stand-in for a post's address."""
    return urlsafe_b64encode(hashlib.sha256(uri.encode()).digest()[:6]).decode()


class Memory:
    """The cursor while a poll works on it. Posts are remembered as a letter (how they were met) and a digest."""

    def __init__(self, cursor: JsonObject, now: datetime) -> None:
        self.state: JsonObject = dict(cursor)
        self.now = now
        self.first = "horizon" not in cursor
        if self.first:
            self.state["horizon"] = (now - BACKFILL).isoformat()
        self._told = dict.fromkeys(_texts(cursor.get("told")))
        self._met = dict.fromkeys(_texts(cursor.get("met")))
        self._digests = {entry[1:] for entry in [*self._told, *self._met] if entry[:1].islower()}

    def time(self, name: str) -> datetime | None:
        return moment(self.state.get(name))

    @property
    def horizon(self) -> datetime:
        """What is older was there before the account was connected and is not our business."""
        return self.time("horizon") or self.now - BACKFILL

    def due(self, name: str, every: timedelta) -> bool:
        """Whether something done now and then is due again."""
        last = self.time(name)
        return last is None or not last <= self.now < last + every

    def did(self, name: str) -> None:
        self.state[name] = self.now.isoformat()

    def knows(self, uri: str) -> bool:
        """Whether the post was sent on lately, however it was met."""
        return digest(uri) in self._digests

    def has(self, letter: str, uri: str) -> bool:
        """Whether the post was sent on lately as met in this way."""
        entry = letter + digest(uri)
        return any(one in shelf for one in (entry, letter.upper() + entry[1:]) for shelf in (self._told, self._met))

    def skip(self, letter: str, uri: str) -> None:
        """Remembers a post as met, but not sent on."""
        self._told[letter.upper() + digest(uri)] = None

    def add(self, letter: str, uri: str) -> None:
        shelf = self._told if letter in "mrq" else self._met
        entry = letter + digest(uri)
        shelf.pop(entry, None)
        shelf[entry] = None
        self._digests.add(entry[1:])

    def cursor(self) -> JsonObject:
        told, met = list(self._told)[-KEPT:], list(self._met)[-KEPT:]
        return {**self.state, "v": 1, "told": told, "met": met}


def _texts(found: object) -> Iterable[str]:
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []
