"""The measures, written once: expressions over two tables, for whatever engine holds them.

Defined in docs/rooms/insights.md from "What counts". All arithmetic is of whole numbers; divisions come at the very end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis

from answerable.core.frames import EPOCH, Engine, Table, Value, microseconds, moment
from answerable.insights.figures import Figures, Scope, Spread
from answerable.insights.zones import DAY, HOUR, SECOND, changes

# What an engine must offer. us: how long it lasted, null while open. language: the primary tag, in lower case.
WAITS = {
    "network": "string", "account": "string", "language": "string", "started_us": "int64", "us": "int64",
    "outcome": "string", "first": "boolean", "negative": "boolean",
}  # fmt: skip
MESSAGES = {"network": "string", "account": "string", "language": "string", "at_us": "int64", "outbound": "boolean"}

OUTCOMES = ("answered", "closed_unanswered", "excused", "withdrawn", "answered_elsewhere")


def measure(engine: Engine, scope: Scope, by: str | None = None) -> dict[Any, Figures]:
    """Figures by key, in the order of the keys; without `by`, one entry under None.

    day: a date; hour: 0–23; weekday: 1 (Monday) – 7; all in the scope's time zone. channel, account: text.
    A wait belongs to when it started, a message to when it counts from.
    """
    waits, messages = _scoped(scope)
    span = _zone_span(engine, waits, messages) if by in {"day", "hour", "weekday"} else None
    asked = waits.mutate(key=_key(waits, waits.started_us, by, scope.zone, span))
    said = messages.mutate(key=_key(messages, messages.at_us, by, scope.zone, span))
    counts = {row["key"]: row for row in engine.rows(_counted(said))}
    outcomes = {row["key"]: row for row in engine.rows(_ended(asked))}
    spreads: dict[Any, dict[bool, Spread]] = {}
    for row in engine.rows(_spread(asked)):
        spreads.setdefault(row["key"], {})[bool(row["first"])] = Spread.of(
            row["n"], row["total"], row["p50"], row["p90"]
        )
    keys = sorted(counts.keys() | outcomes.keys()) if by else [0]
    return {_named(key, by): _figures(counts.get(key), outcomes.get(key), spreads.get(key, {})) for key in keys}


def distribution(engine: Engine, scope: Scope, edges: Sequence[int]) -> dict[bool, list[int]]:
    """How many answers took at most each of these seconds (the last bin: longer); first answers (True) and next ones."""
    waits, _ = _scoped(scope)
    answered = waits.filter(waits.outcome == "answered")
    bins = ibis.cases(*[(answered.us <= edge * SECOND, at) for at, edge in enumerate(edges)], else_=len(edges))
    binned = answered.mutate(bin=bins)
    found = {True: [0] * (len(edges) + 1), False: [0] * (len(edges) + 1)}
    for row in engine.rows(binned.group_by("first", "bin").aggregate(n=binned.count())):
        found[bool(row["first"])][int(row["bin"])] = int(row["n"])
    return found


def _scoped(scope: Scope) -> tuple[Table, Table]:
    waits, messages = ibis.table(WAITS, name="waits"), ibis.table(MESSAGES, name="messages")
    for name, value in (("network", scope.channel), ("language", scope.language)):
        if value is not None:
            waits, messages = waits.filter(waits[name] == value), messages.filter(messages[name] == value)
    if scope.since is not None:
        start = microseconds(scope.since)
        waits, messages = waits.filter(waits.started_us >= start), messages.filter(messages.at_us >= start)
    if scope.until is not None:
        end = microseconds(scope.until)
        waits, messages = waits.filter(waits.started_us < end), messages.filter(messages.at_us < end)
    return waits, messages


def _key(table: Table, at_us: Value, by: str | None, zone: ZoneInfo, span: tuple[int, int] | None) -> Value:
    if by == "channel":
        return table.network
    if by == "account":
        return table.account
    if by is None:
        return ibis.literal(0)
    local = at_us + _offset(at_us, zone, span)
    if by == "hour":
        return (local // HOUR) % 24
    days = local // DAY
    return days if by == "day" else (days + 3) % 7 + 1  # the first of January 1970 was a Thursday


def _named(key: Any, by: str | None) -> Any:
    if by is None:
        return None
    if by in {"channel", "account"}:
        return key or ""
    return (EPOCH + timedelta(days=int(key))).date() if by == "day" else int(key)


def _how_many(test: Value) -> Value:
    return ibis.ifelse(test, 1, 0).sum()


def _counted(messages: Table) -> Table:
    out = _how_many(messages.outbound)
    return messages.group_by("key").aggregate(inbound=messages.count() - out, outbound=out)


def _ended(waits: Table) -> Table:
    still = waits.outcome == ""
    return waits.group_by("key").aggregate(
        **{outcome: _how_many(waits.outcome == outcome) for outcome in OUTCOMES},
        waiting=_how_many(still),
        negative=_how_many(waits.negative),
        oldest_us=waits.started_us.min(where=still),
    )


def _spread(waits: Table) -> Table:
    """Nearest-rank percentiles of answered waits: the value at place ⌈p·n⌉."""
    answered = waits.filter(waits.outcome == "answered").select("key", "first", "us")
    group = ("key", "first")
    placed = answered.mutate(
        place=ibis.row_number().over(group_by=group, order_by=answered.us) + 1,
        n=answered.count().over(ibis.window(group_by=group)),
    )
    return placed.group_by(*group).aggregate(
        n=placed.count(),
        total=placed.us.sum(),
        p50=placed.us.max(where=placed.place == (placed.n + 1) // 2),
        p90=placed.us.max(where=placed.place == (9 * placed.n + 9) // 10),
    )


def _figures(counted: dict[str, Any] | None, ended: dict[str, Any] | None, spreads: dict[bool, Spread]) -> Figures:
    counted, ended = counted or {}, ended or {}
    oldest = ended.get("oldest_us")
    return Figures(
        inbound=int(counted.get("inbound") or 0),
        outbound=int(counted.get("outbound") or 0),
        **{outcome: int(ended.get(outcome) or 0) for outcome in (*OUTCOMES, "waiting", "negative")},
        first_answer=spreads.get(True, Spread()),
        next_answer=spreads.get(False, Spread()),
        oldest_open=None if oldest is None else moment(int(oldest)),
    )


# ── time zones: the offset as a sum of whole numbers, so that every engine has Python's own calendar ──────────────


def _zone_span(engine: Engine, waits: Table, messages: Table) -> tuple[int, int] | None:
    seen = [
        row[name]
        for row in (
            *engine.rows(waits.aggregate(low=waits.started_us.min(), high=waits.started_us.max())),
            *engine.rows(messages.aggregate(low=messages.at_us.min(), high=messages.at_us.max())),
        )
        for name in ("low", "high")
        if row[name] is not None
    ]
    return (int(min(seen)), int(max(seen))) if seen else None


def _offset(at_us: Value, zone: ZoneInfo, span: tuple[int, int] | None) -> Value:
    if span is None:
        return ibis.literal(0)
    shifts = changes(zone, *span)
    if len(shifts) == 1:
        return ibis.literal(shifts[0][1])
    later = [(at_us >= since, offset) for since, offset in reversed(shifts[1:])]
    return ibis.cases(*later, else_=shifts[0][1])
