"""The second half of the second computation: from the brand's share to waits and their cases.

Written from docs/rooms/cases.md; shares no code with the desk. See reference.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.insights.reference_history import Act, History, Message, Pair, addressed, parent_of, when

EXCUSED = {"spam", "duplicate", "not_for_us", "abuse", "nothing_to_answer"}
WEEK = timedelta(days=7)


@dataclass
class End:
    """What may end waits: see docs/rooms/cases.md, "Waits"."""

    line: int
    outcome: str
    at: datetime
    covers_until: datetime
    seen_until: datetime | None


@dataclass
class Wait:
    """asks: in order of time. microseconds: None while it is open."""

    pair: Pair
    opener: Message
    asked: int
    outcome: str  # "waiting" while it is open
    microseconds: int | None
    negative: bool
    first: bool = False

    @property
    def start(self) -> datetime:
        return self.opener.at


def ends_of(history: History) -> dict[Pair, list[End]]:
    """Answers that stand, and decisions that were not undone, by whom they are for; in order."""
    ends: dict[Pair, list[End]] = defaultdict(list)
    for message in history.messages.values():
        if message.answers is None or message.record.get("automatic") or message.gone_at:
            continue
        parent = parent_of(message, history)
        sent = message.record.get("sent_here_at")
        until = message.at if parent is None else max(message.at, parent.at)
        pair = (message.network, message.thread, message.answers)
        ends[pair].append(End(message.line, "answered", message.at, until, when(sent) if sent else None))
    for act in history.acts:
        if act.reason is not None and not act.undone:
            ends[act.pair].append(End(act.line, outcome_of(act.reason), act.at, act.at, act.at))
    for of_pair in ends.values():
        of_pair.sort(key=lambda end: (end.at, end.outcome != "answered", end.line))
    return ends


def outcome_of(reason: str) -> str:
    if reason == "answered_elsewhere":
        return reason
    return "excused" if reason in EXCUSED else "closed_unanswered"


def waits_of(history: History) -> list[Wait]:
    """Every wait of the share, in order of its start within each pair, with the first of each case marked."""
    asks: dict[Pair, list[Message]] = defaultdict(list)
    for message in sorted(history.messages.values(), key=lambda message: (message.at, message.line)):
        if addressed(message, history):
            asks[message.network, message.thread, message.author].append(message)
    ends = ends_of(history)
    waits: list[Wait] = []
    for pair, of_pair in asks.items():
        found = list(waits_of_pair(pair, of_pair, ends.get(pair, [])))
        found.sort(key=lambda wait: (wait.start, wait.opener.line))
        mark_first(found, [act for act in history.acts if act.pair == pair])
        waits.extend(found)
    return waits


def waits_of_pair(pair: Pair, asks: list[Message], ends: list[End]) -> Iterator[Wait]:
    """Asks that share the first end that covers them are one wait, but for those withdrawn at its head."""
    groups: dict[int | None, list[Message]] = defaultdict(list)
    for ask in asks:
        groups[first_cover(ask, ends)].append(ask)
    for place, group in groups.items():
        end = None if place is None else ends[place]
        head = 0
        while head < len(group) and withdrawn(group[head], end):
            head += 1
        if head:
            gone = group[0].gone_at
            assert gone is not None
            yield Wait(pair, group[0], head, "withdrawn", span(group[0].at, gone), negative=False)
        if group[head:]:
            yield ended_by(end, pair, group[head:])


def first_cover(ask: Message, ends: list[End]) -> int | None:
    for place, end in enumerate(ends):
        received = end.seen_until is None or ask.received_at <= end.seen_until
        if received and ask.at <= end.covers_until:
            return place
    return None


def withdrawn(ask: Message, end: End | None) -> bool:
    return ask.gone_at is not None and (end is None or ask.gone_at <= max(end.at, end.covers_until))


def ended_by(end: End | None, pair: Pair, asks: list[Message]) -> Wait:
    if end is None:
        return Wait(pair, asks[0], len(asks), "waiting", None, negative=False)
    start = asks[0].at
    return Wait(pair, asks[0], len(asks), end.outcome, span(start, end.at), negative=end.at < start)


def span(start: datetime, end: datetime) -> int:
    return max((end - start) // timedelta(microseconds=1), 0)


def mark_first(waits: list[Wait], acts: list[Act]) -> None:
    """Chains waits to cases: more than seven days after the last closing, unless somebody reopened, a case is new.

    At one instant words come before acts: a closing has seen them.
    """
    steps: list[tuple[datetime, int, int, Wait | Act]] = [(wait.start, 0, at, wait) for at, wait in enumerate(waits)]
    steps += [(act.at, 1, act.line, act) for act in acts if act.kind in {"close", "reopen"} and not act.undone]
    begun, closed = False, None
    for _, _, _, step in sorted(steps, key=lambda row: row[:3]):
        if isinstance(step, Wait):
            step.first = not begun or (closed is not None and step.start > closed + WEEK)
            begun, closed = True, None
        else:
            closed = step.at if step.kind == "close" else None
