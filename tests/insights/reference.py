"""A second computation of the measures: plain loops and dicts over the lines of a file, sharing no code with the desk.

Slow and boring on purpose: it is read beside docs/rooms/cases.md and docs/guides/import.md, and an engine that counts
otherwise must give a reason. reference_history.py reads the share, reference_waits.py derives the waits, this file counts.
It takes clean files: ids unique in a network, no cycles of answers, times that parse.

Where a rule leaves two things of one instant in no order, the line that stands first in the file comes first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tests.insights.reference_history import Message, Record, read
from tests.insights.reference_waits import Wait, span, waits_of


def measures(
    lines: Iterable[Record],
    account: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    channel: str | None = None,
    language: str | None = None,
    by: str | None = None,
) -> dict[str, Any]:
    """What `answerable measures --file … --account … --json` prints; by: None, "channel" or "day"."""
    history = read(lines, account)

    def wanted(message: Message) -> bool:
        return (
            (since is None or message.at >= since)
            and (until is None or message.at < until)
            and channel in {None, message.network}
            and language in {None, message.record.get("language")}
        )

    messages = [message for message in history.messages.values() if wanted(message)]
    waits = [wait for wait in waits_of(history) if wanted(wait.opener)]
    as_of = None if history.as_of is None else history.as_of.isoformat().replace("+00:00", "Z")
    total = {"as_of": as_of, **figures(messages, waits, history.as_of)}
    return total if by is None else total | {"by": by, "rows": rows(by, messages, waits, history.as_of)}


def rows(by: str, messages: list[Message], waits: list[Wait], as_of: datetime | None) -> list[dict[str, Any]]:
    found = []
    for key in sorted({group(by, message) for message in [*messages, *(wait.opener for wait in waits)]}):
        of_messages = [message for message in messages if group(by, message) == key]
        of_waits = [wait for wait in waits if group(by, wait.opener) == key]
        found.append({by: key, **figures(of_messages, of_waits, as_of)})
    return found


def group(by: str, message: Message) -> str:
    """A wait goes where its opener goes: it begins at its time, on its network."""
    return {"channel": message.network, "day": message.at.date().isoformat()}[by]


def figures(messages: list[Message], waits: list[Wait], as_of: datetime | None) -> dict[str, Any]:
    count: dict[str, int] = defaultdict(int)
    for wait in waits:
        count[wait.outcome] += 1
    needed = count["answered"] + count["closed_unanswered"] + count["waiting"]
    open_since = min((wait.start for wait in waits if wait.outcome == "waiting"), default=None)
    longest = None if open_since is None or as_of is None else span(open_since, as_of) / 1_000_000
    answered = [wait for wait in waits if wait.outcome == "answered"]
    return {
        "inbound": sum(not message.ours for message in messages),
        "outbound": sum(message.ours for message in messages),
        "needed_answer": needed,
        "answered": count["answered"],
        "closed_unanswered": count["closed_unanswered"],
        "waiting": count["waiting"],
        "excused": count["excused"],
        "withdrawn": count["withdrawn"],
        "answered_elsewhere": count["answered_elsewhere"],
        "response_rate": count["answered"] / needed if needed else None,
        "first_answer_seconds": seconds([wait.microseconds or 0 for wait in answered if wait.first]),
        "next_answer_seconds": seconds([wait.microseconds or 0 for wait in answered if not wait.first]),
        "negative": sum(wait.negative for wait in waits),
        "longest_open_seconds": longest,
    }


def seconds(durations: list[int]) -> dict[str, Any]:
    """durations: microseconds. Nearest rank: the smallest value that at least p of all do not exceed."""
    n, ordered = len(durations), sorted(durations)
    if n == 0:
        return {"n": 0, "mean": None, "p50": None, "p90": None}
    fifty, ninety = -(-n * 50 // 100), -(-n * 90 // 100)  # n * p rounded up, in whole numbers
    return {
        "n": n,
        "mean": sum(ordered) / n / 1_000_000,
        "p50": ordered[fifty - 1] / 1_000_000,
        "p90": ordered[ninety - 1] / 1_000_000,
    }
