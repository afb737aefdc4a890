"""The arithmetic of waits: pure, and the same whatever order things arrived in.

Every ask is ended by the first end that covers it; a wait is the asks of one author in one thread that share an end.
An end made at the desk (a decision, a reply sent from here) covers only what had been received when it was made:
nobody is answered by words that were written before theirs were seen. Defined in docs/rooms/cases.md, "Waits".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile


@dataclass(frozen=True, slots=True)
class Ask:
    """An addressed inbound message. at: when it counts from. gone_at: its author deleted it."""

    id: int
    at: datetime
    received_at: datetime
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """A delivered reply or a decision. kind: "answer" or the decision's outcome. id: of the message or decision.

    covers_until: asks up to this time are covered: its own time, or that of what it answers by name if that is later
    (skewed clocks). seen_until: for an end made at the desk, when it was made: asks received later are not covered.
    """

    kind: str
    id: int
    at: datetime
    covers_until: datetime
    seen_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A wait as derived. asks: in order; the first opens it. end None and withdrawn_at None: still open."""

    asks: tuple[Ask, ...]
    end: End | None = None
    withdrawn_at: datetime | None = None

    @property
    def last_ask(self) -> Ask:
        """What is to be answered: the newest that stands. To one that its author deleted, no network takes a reply."""
        return next((ask for ask in reversed(self.asks) if ask.gone_at is None), self.asks[-1])

    @property
    def started_at(self) -> datetime:
        return self.asks[0].at

    @property
    def ended_at(self) -> datetime | None:
        """Never before the start: an answer with an earlier clock ends it after 0 seconds, and is flagged."""
        ended = self.withdrawn_at or (self.end.at if self.end else None)
        return None if ended is None else max(ended, self.started_at)

    @property
    def microseconds(self) -> int | None:
        """How long it lasted, whole: Python and PostgreSQL both keep times to the microsecond."""
        ended = self.ended_at
        return None if ended is None else (ended - self.started_at) // timedelta(microseconds=1)

    @property
    def negative(self) -> bool:
        return self.end is not None and self.withdrawn_at is None and self.end.at < self.started_at


def derive(asks: Iterable[Ask], ends: Iterable[End]) -> list[Span]:
    """The waits of one author in one thread, oldest first; at most one is open (the last end covers no later ask)."""
    # Of an answer and a decision at the same instant, the answer ends the wait.
    ordered_ends = sorted(ends, key=lambda end: (end.at, end.kind != "answer", end.id))
    groups: dict[End | None, list[Ask]] = {}
    for ask in sorted(asks, key=lambda ask: (ask.at, ask.id)):
        groups.setdefault(_end_of(ask, ordered_ends), []).append(ask)
    spans = [span for end, group in groups.items() for span in _split(group, end)]
    return sorted(spans, key=lambda span: (span.started_at, span.asks[0].id))


def _end_of(ask: Ask, ends: Sequence[End]) -> End | None:
    return next((end for end in ends if _covers(end, ask)), None)


def _covers(end: End, ask: Ask) -> bool:
    if end.seen_until is not None and ask.received_at > end.seen_until:
        return False
    return ask.at <= end.covers_until


def _split(asks: Sequence[Ask], end: End | None) -> Iterable[Span]:
    """Withdrawn openers leave the wait they opened; whoever asked after them goes on waiting from their own time."""
    lead = list(takewhile(lambda ask: _withdrawn(ask, end), asks))
    if lead:
        yield Span(tuple(lead), None, lead[0].gone_at)
    if rest := asks[len(lead) :]:
        yield Span(tuple(rest), end)


def _withdrawn(ask: Ask, end: End | None) -> bool:
    return ask.gone_at is not None and (end is None or ask.gone_at <= max(end.at, end.covers_until))
