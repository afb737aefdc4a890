"""What a measurement is: of what, and the figures. Plain data, the same for every engine."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

BY = ("day", "hour", "weekday", "channel", "account")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is measured. None: everything. since, until: from and before; waits by their start. channel: a network.
    language: a primary tag ("nb"), of the message that opened the wait. zone: whose days and hours."""

    since: datetime | None = None
    until: datetime | None = None
    channel: str | None = None
    language: str | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class Spread:
    """Times of answered waits, in seconds. Percentiles by nearest rank. All null when there are none."""

    n: int = 0
    mean: float | None = None
    p50: float | None = None
    p90: float | None = None

    @classmethod
    def of(cls, n: Any, total: Any, p50: Any, p90: Any) -> Spread:
        """From whole microseconds, however an engine writes whole numbers."""
        return cls(int(n), int(total) / int(n) / 1_000_000, int(p50) / 1_000_000, int(p90) / 1_000_000)


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of waits, and of messages (inbound, outbound). negative: answers that bore an earlier time, counted 0."""

    inbound: int = 0
    outbound: int = 0
    answered: int = 0
    closed_unanswered: int = 0
    waiting: int = 0
    excused: int = 0
    withdrawn: int = 0
    answered_elsewhere: int = 0
    negative: int = 0
    first_answer: Spread = field(default_factory=Spread)
    next_answer: Spread = field(default_factory=Spread)
    oldest_open: datetime | None = None

    @property
    def needed_answer(self) -> int:
        return self.answered + self.closed_unanswered + self.waiting

    @property
    def response_rate(self) -> float | None:
        """None when nobody needed an answer."""
        return self.answered / self.needed_answer if self.needed_answer else None

    def longest_open_seconds(self, as_of: datetime | None) -> float | None:
        """How long the customer who has waited longest waits by then; None when nobody does."""
        if self.oldest_open is None or as_of is None:
            return None
        return max((as_of - self.oldest_open).total_seconds(), 0.0)

    def as_json(self, as_of: datetime | None) -> dict[str, Any]:
        """In the words of docs/rooms/insights.md; times in seconds."""
        return {
            "inbound": self.inbound,
            "outbound": self.outbound,
            "needed_answer": self.needed_answer,
            "answered": self.answered,
            "closed_unanswered": self.closed_unanswered,
            "waiting": self.waiting,
            "excused": self.excused,
            "withdrawn": self.withdrawn,
            "answered_elsewhere": self.answered_elsewhere,
            "response_rate": self.response_rate,
            "first_answer_seconds": asdict(self.first_answer),
            "next_answer_seconds": asdict(self.next_answer),
            "negative": self.negative,
            "longest_open_seconds": self.longest_open_seconds(as_of),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A measurement: the total, and one for each key where it was asked for. as_of: what "now" is in it; None where
    nothing ever happened."""

    as_of: datetime | None
    scope: Scope
    total: Figures
    by: str | None = None
    rows: dict[Any, Figures] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The total; with `by`, also "rows", each with its key under the name of `by`."""
        out = {"as_of": _text(self.as_of), **self.total.as_json(self.as_of)}
        if self.by:
            rows = [{self.by: _key(key), **figures.as_json(self.as_of)} for key, figures in self.rows.items()]
            out |= {"by": self.by, "rows": rows}
        return out


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _key(key: Any) -> Any:
    return key.isoformat() if hasattr(key, "isoformat") else key
