"""Notifications: what the network itself tells our account of.

The list is ordered by the earlier of the author's clock and the network's. So a post whose author's clock is slow
appears far down among old ones, and reading only "what is newer than last time" would never meet it. Hence the overlap
on every look, and a deeper look now and then.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from answerable.channels.bluesky import tid
from answerable.channels.bluesky.look import objects
from answerable.channels.bluesky.memory import Memory
from answerable.channels.bluesky.parse import moment
from answerable.channels.bluesky.session import BlueskySession
from answerable.channels.bluesky.sightings import TELLING, Sighting
from answerable.channels.contract import JsonObject

OVERLAP = timedelta(minutes=2)
SWEEP_EVERY = timedelta(minutes=5)
PAGE = 50
DEEP = 200  # notifications read by the deeper look, and by the first one
_POST = ("uri", "cid", "author", "record", "indexedAt")  # what a notification and a post have in common
MOST = 400  # notifications read in one poll; more are left to the next


class Reading:
    """One poll's reading of the list."""

    def __init__(self, session: BlueskySession, memory: Memory) -> None:
        self._session = session
        self._memory = memory
        self._sweep = memory.first or memory.due("swept", SWEEP_EVERY)
        self.found: list[Sighting] = []
        self.more = False

    def read(self) -> None:
        """Reads the list's top, or goes on where the last poll had to stop."""
        gap = self._memory.state.pop("gap", None)
        if isinstance(gap, dict):
            self._pages(str(gap.get("cursor", "")) or None, moment(gap.get("floor")), late=True)
            return
        floor = self._memory.time("notified") or self._memory.horizon
        self._pages(None, floor - OVERLAP, late=False)
        if self._sweep:
            self._memory.did("swept")

    def _pages(self, cursor: str | None, floor: datetime | None, *, late: bool) -> None:
        position = 0
        while True:
            notices, cursor = self._page(cursor)
            for place, notice in enumerate(notices, start=position):
                self._take(notice, place, late)
            position += len(notices)
            if not cursor or not notices or self._reached(notices[-1], floor, position):
                return
            if position >= MOST:
                self._memory.state["gap"] = {"cursor": cursor, "floor": floor.isoformat() if floor else None}
                self.more = True
                return

    def _page(self, cursor: str | None) -> tuple[list[JsonObject], str | None]:
        nsid = "app.bsky.notification.listNotifications"
        answer = self._session.query(nsid, limit=PAGE, reasons=sorted(TELLING), cursor=cursor)
        following = answer.get("cursor")
        return objects(answer.get("notifications")), following if isinstance(following, str) else None

    def _reached(self, last: JsonObject, floor: datetime | None, position: int) -> bool:
        at = moment(last.get("indexedAt"))
        deep_enough = position >= (DEEP if self._sweep else PAGE)
        return deep_enough and at is not None and floor is not None and at < floor

    def _take(self, notice: JsonObject, place: int, late: bool) -> None:
        why, uri, at = str(notice.get("reason", "")), str(notice.get("uri", "")), moment(notice.get("indexedAt"))
        if why not in TELLING or not uri:
            return
        newest = self._memory.time("notified")
        if at and not late and (newest is None or at > newest):
            self._memory.state["notified"] = at.isoformat()
        if self._memory.has(why[0], uri):
            return
        if (self._memory.first or late) and self._is_old(uri, at):
            self._memory.skip(why[0], uri)  # was there before us: the deeper look must not take it for new
            return
        post: JsonObject = {name: notice[name] for name in _POST if name in notice}
        subject = str(notice.get("reasonSubject") or "")
        not_before = None if late else self._not_before(uri, at, place)
        self.found.append(Sighting(why, post, told=True, subject=subject, not_before=not_before))

    def _is_old(self, uri: str, at: datetime | None) -> bool:
        """Whether a post stood there before our time, by its author's clock and by its key."""
        made = tid.time_of(uri.rpartition("/")[2])
        times = [time for time in (at, made if made and made <= self._memory.now else None) if time]
        return bool(times) and max(times) < self._memory.horizon

    def _not_before(self, uri: str, at: datetime | None, place: int) -> datetime | None:
        """When a look that would have met this post did not: only for one that claims to be clearly older than that."""
        looked = self._memory.time("polled" if place < PAGE else "swept")
        met = self._memory.has("b", uri)
        return looked if looked and at and not met and at < looked - OVERLAP else None
