"""The order of the queue: a stored key that does not change as time passes, and the sentence that explains it.

key = the earliest, over the open waits, of: started + what is expected on such a channel − a bonus for asking again.
What is expected stands here until a brand can set its own policies; sources: docs/rooms/cases.md, "Order".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)  # 42 % of those who complain in social media expect an answer within it (Edison 2012)
DAY = timedelta(hours=24)  # 67 % expect an answer within it (support provider's infographic)
EXPECTED = {"post": HOUR, "comment": HOUR, "direct": HOUR, "review": DAY, "mail": DAY}
AGAIN = timedelta(minutes=10)  # for every time the customer asked again
AGAIN_MOST = 3  # times that count: a flood does not buy the top for ever


@dataclass(frozen=True, slots=True)
class Part:
    """An open wait as the order sees it. kind: of its opener."""

    started_at: datetime
    kind: str
    asked: int

    @property
    def due_at(self) -> datetime:
        return self.started_at + EXPECTED[self.kind]

    @property
    def bonus(self) -> timedelta:
        return AGAIN * min(self.asked - 1, AGAIN_MOST)

    @property
    def key(self) -> datetime:
        return self.due_at - self.bonus


def queue_key(parts: Sequence[Part]) -> datetime | None:
    """The place in the queue, earliest on top; None when nobody waits."""
    return min((part.key for part in parts), default=None)


def deciding(parts: Sequence[Part]) -> Part | None:
    """The wait that gave the key: what "why on top" speaks of."""
    return min(parts, key=lambda part: part.key, default=None)
