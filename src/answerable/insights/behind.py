"""The waits behind a number or a bar, and what a page of measures asks beside them. Counts exactly what measures counts.

Every read walks the index (brand, started_at, id): its cost is what lies in the scope's time, not what the brand has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Aggregate, BigIntegerField, CharField, Count, DateField, F, Func, Max, Min, Q, QuerySet
from django.db.models import Case as Choice
from django.db.models.expressions import Combinable, Value, When
from django.db.models.functions import Cast

from answerable.cases.models import Outcome, Wait
from answerable.core.frames import EPOCH, microseconds, moment
from answerable.insights.figures import Figures, Scope
from answerable.insights.zones import DAY, HOUR, changes
from answerable.people.rights import Seat

PAGE = 50
NEEDED = (Outcome.ANSWERED, Outcome.UNANSWERED, "")
# The numbers that have waits behind them.
NUMBERS: dict[str, Q] = {
    "needed_answer": Q(outcome__in=NEEDED),
    "waiting": Q(outcome=""),
    **{str(outcome): Q(outcome=outcome) for outcome in Outcome.values},
    "negative": Q(negative=True),
    "first_answer": Q(outcome=Outcome.ANSWERED, first=True),
    "next_answer": Q(outcome=Outcome.ANSWERED, first=False),
}
_DRAWN = ("answered", "closed_unanswered", "waiting", "excused", "withdrawn", "answered_elsewhere", "negative")
BY = ("day", "hour", "weekday", "channel", "account", "person")
_PLACE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)Z~(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Key:
    """One bar of a plot: `by` as in measures, and its key; or by "person": who decided (a user's id, None: nobody known)."""

    by: str
    key: Any


@dataclass(frozen=True, slots=True)
class Took:
    """One bin of a distribution, in seconds: longer than `over` (None: from 0), at most `upto` (None: any)."""

    over: int | None = None
    upto: int | None = None


@dataclass(frozen=True, slots=True)
class Times:
    """Nearest-rank percentiles of all answers together, first and next, in seconds."""

    n: int = 0
    p50: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Waits under one key. figures: without messages, and without the times of first and next answers apart."""

    figures: Figures
    times: Times


def waits(seat: Seat, scope: Scope, which: str, key: Key | None = None, took: Took | None = None) -> QuerySet[Wait]:
    """The waits that `which` (of NUMBERS) counts, newest first. KeyError for no such number."""
    rows = _scoped(seat, scope).filter(NUMBERS[which])
    if took is not None:
        rows = _took(rows, took)
    if key is not None:
        rows = _keyed(rows, scope, key)
    return rows.order_by("-started_at", "-id")


def page(rows: QuerySet[Wait], place: str, size: int = PAGE) -> tuple[list[Wait], str]:
    """A page of what waits() gave, from `place` on (anything that is none: the beginning), and the place after it."""
    found = list(_after(rows, place)[: size + 1])
    if len(found) <= size:
        return found, ""
    last = found[size - 1]
    return found[:size], f"{last.started_at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z~{last.pk}"


def groups(seat: Seat, scope: Scope, by: str | None = None) -> dict[Any, Group]:
    """What a page draws, by key, in one pass over the waits; without `by`, one entry under None. by: as measures, or week
    (its Monday), month, year (their first day)."""
    rows = _scoped(seat, scope)
    figures: dict[str, Any] = {name: Count("pk", filter=NUMBERS[name]) for name in _DRAWN}
    figures |= {"oldest": Min("started_at", filter=NUMBERS["waiting"]), "p50": _Rank(0.5), "p90": _Rank(0.9)}
    if by is None:
        return {None: _group(rows.aggregate(**figures))}
    keyed = rows.annotate(key=_key_of(rows, scope, by)).values("key").order_by("key")
    return {row["key"]: _group(dict(row)) for row in keyed.annotate(**figures)}


def _group(row: dict[str, Any]) -> Group:
    figures = Figures(**{name: row[name] for name in _DRAWN}, oldest_open=row["oldest"])
    n = figures.answered
    return Group(figures, Times(n, row["p50"] / 1_000_000, row["p90"] / 1_000_000) if n else Times())


def extent(seat: Seat, scope: Scope) -> tuple[datetime, datetime] | None:
    """When the first and the last wait of the scope began; None when there is none."""
    return _extent(_scoped(seat, scope))


def _extent(rows: QuerySet[Wait]) -> tuple[datetime, datetime] | None:
    seen = rows.order_by().aggregate(low=Min("started_at"), high=Max("started_at"))
    return None if seen["low"] is None else (seen["low"], seen["high"])


def excused_by(seat: Seat, scope: Scope) -> list[tuple[int | None, str, int]]:
    """(user's id, name, how many) of those who excused waits, most first; None: nobody known to the desk."""
    person = waits(seat, scope, "excused").order_by().values("decision__user")
    found = person.annotate(n=Count("pk"), name=Max("decision__user__name"), email=Max("decision__user__email"))
    rows = [(row["decision__user"], row["name"] or row["email"] or "", row["n"]) for row in found]
    return sorted(rows, key=lambda row: (-row[2], row[0] is None, row[1]))


def still_open_from_before(seat: Seat, scope: Scope) -> int:
    """Waits that began before the scope's time and are still open: in no figure of it. Reads the partial index."""
    if scope.since is None:
        return 0
    return waits(seat, before(scope), "waiting").count()


def before(scope: Scope) -> Scope:
    """The same, of all the time before it."""
    return Scope(None, scope.since, scope.channel, scope.language, scope.zone)


def languages(seat: Seat, scope: Scope) -> list[str]:
    """Primary tags of the waits in the scope's time, the commonest first."""
    rows = _scoped(seat, Scope(scope.since, scope.until)).annotate(tag=_LANGUAGE).values("tag")
    return [row["tag"] for row in rows.annotate(n=Count("pk")).order_by("-n", "tag") if row["tag"]]


# ── what narrows ─────────────────────────────────────────────────────────────────────────────────────────────────


_LANGUAGE = Func(F("opener__language"), template="split_part(lower(%(expressions)s), '-', 1)", output_field=CharField())
_STARTED_US = Func(
    F("started_at"),
    template="(extract(epoch FROM %(expressions)s) * 1000000)::bigint",
    output_field=BigIntegerField(),
)


def _scoped(seat: Seat, scope: Scope) -> QuerySet[Wait]:
    rows = Wait.objects.filter(brand=seat.brand)
    if scope.since is not None:
        rows = rows.filter(started_at__gte=scope.since)
    if scope.until is not None:
        rows = rows.filter(started_at__lt=scope.until)
    if scope.channel is not None:
        rows = rows.filter(opener__network=scope.channel)
    if scope.language is not None:
        rows = rows.annotate(language=_LANGUAGE).filter(language=scope.language)
    return rows


def _took(rows: QuerySet[Wait], took: Took) -> QuerySet[Wait]:
    rows = rows.filter(outcome=Outcome.ANSWERED)
    if took.over is not None:
        rows = rows.filter(calendar_us__gt=took.over * 1_000_000)
    return rows if took.upto is None else rows.filter(calendar_us__lte=took.upto * 1_000_000)


def _keyed(rows: QuerySet[Wait], scope: Scope, key: Key) -> QuerySet[Wait]:
    if key.by == "day":
        return rows.filter(_on(key.key, scope.zone))
    if key.by == "person":
        return rows.filter(decision__user=key.key)
    return rows.annotate(key=_key_of(rows, scope, key.by)).filter(key=key.key)


def _after(rows: QuerySet[Wait], place: str) -> QuerySet[Wait]:
    found = _PLACE.fullmatch(place)
    if not found:
        return rows
    try:
        at = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        return rows
    return rows.filter(started_at__lte=at).exclude(started_at=at, id__gte=int(found[2]))


# ── the reader's calendar, as measures has it ────────────────────────────────────────────────────────────────────


def _on(day: date, zone: ZoneInfo) -> Q:
    """Started on this day of the zone: one range of time, two where the clocks go back over midnight."""
    start = (day - EPOCH.date()).days * DAY
    shifts = changes(zone, start - 2 * DAY, start + 3 * DAY)
    ranges = []
    for at, (since, offset) in enumerate(shifts):
        until = shifts[at + 1][0] if at + 1 < len(shifts) else start + 4 * DAY
        low, high = max(start - offset, since), min(start + DAY - offset, until)
        if low < high:
            ranges.append(Q(started_at__gte=moment(low), started_at__lt=moment(high)))
    return reduce(or_, ranges, Q(pk=None))


def _key_of(rows: QuerySet[Wait], scope: Scope, by: str) -> Combinable:
    if by in {"channel", "account"}:
        return F("opener__network" if by == "channel" else "opener__account__handle")
    local = _STARTED_US + _offset(rows, scope.zone)
    if by == "hour":
        return Func(local, template=f"mod((%(expressions)s) / {HOUR}, 24)", output_field=BigIntegerField())
    days = Func(local, template=f"((%(expressions)s) / {DAY})", output_field=BigIntegerField())
    if by == "weekday":  # the first of January 1970 was a Thursday
        return Func(days, template="mod((%(expressions)s) + 3, 7) + 1", output_field=BigIntegerField())
    if by not in {"day", "week", "month", "year"}:
        raise KeyError(by)
    dated = "(date '1970-01-01' + (%(expressions)s)::int)"
    trunc = dated if by == "day" else f"date_trunc('{by}', {dated})"
    return Cast(Func(days, template=trunc, output_field=DateField()), DateField())


def _offset(rows: QuerySet[Wait], zone: ZoneInfo) -> Combinable:
    """Microseconds that the zone is ahead of UTC when a wait started."""
    seen = _extent(rows)
    if seen is None:
        return Value(0)
    (_, first), *later = changes(zone, microseconds(seen[0]), microseconds(seen[1]))
    ahead = [When(started_at__gte=moment(since), then=Value(offset)) for since, offset in reversed(later)]
    whole = BigIntegerField()
    return Choice(*ahead, default=Value(first), output_field=whole) if ahead else Value(first, output_field=whole)


class _Rank(Aggregate):
    """A nearest-rank percentile of how long answers took, in microseconds: the value at place ⌈p·n⌉."""

    template = "percentile_disc(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"

    def __init__(self, share: float) -> None:
        super().__init__(F("calendar_us"), filter=NUMBERS["answered"], output_field=BigIntegerField(), share=str(share))
