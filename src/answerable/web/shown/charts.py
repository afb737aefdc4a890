"""Plots and tables of measures: by time, weekday, hour, channel. Each plot has its numbers in a table behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from answerable.insights import behind
from answerable.insights.behind import Group, Key
from answerable.insights.zones import today
from answerable.people.rights import Seat
from answerable.web.shown import buckets, plots
from answerable.web.shown.asked import Asked
from answerable.web.shown.buckets import Bucket
from answerable.web.shown.figures import Links, Number, Rate, Spot, count, rate, share, within
from answerable.web.shown.words import Text, span

# What a wait that needed an answer can have come to, from the bottom of a bar to its top.
PARTS: dict[str, Text] = {
    "answered": later("answered"),
    "closed_unanswered": later("closed unanswered"),
    "waiting": later("waiting"),
}
MONDAY = date(2024, 1, 1)  # some Monday, for the names of weekdays
MIXED: dict[str, Text] = {
    "week": later("So many days are put together in weeks, from Monday on."),
    "month": later("So many days are put together in months."),
    "year": later("So many days are put together in years."),
}


@dataclass(frozen=True)
class Question:
    """What is asked, by whom, as of when. labels: what networks are called."""

    seat: Seat
    asked: Asked
    as_of: datetime
    labels: Mapping[str, str]

    @property
    def links(self) -> Links:
        return Links(self.seat, self.asked)

    def groups(self, by: str | None = None) -> dict[Any, Group]:
        return behind.groups(self.seat, self.asked.scope, by)


@dataclass(frozen=True)
class Row:
    """One line of a table. half, most: within how long half and nine of ten of the answers came. cut: of a week, month
    or year that is not there as a whole."""

    name: str
    rate: Rate
    bar: str
    unanswered: Number
    waiting: Number
    half: str
    most: str
    longest: str
    cut: bool = False


@dataclass(frozen=True)
class Chart:
    """A plot and the table behind it. notes: what a reader must know to read it right."""

    name: str
    title: str
    heading: str  # of the first column
    notes: list[str]
    stacked: plots.Stacked
    rows: list[Row]
    rates: plots.Dotted | None = None
    times: plots.Dotted | None = None


@dataclass(frozen=True)
class _Cell:
    """One place on an axis. label: below its bar; name: in full."""

    label: str
    name: str
    group: Group
    spot: Spot
    cut: bool = False


def by_time(question: Question) -> Chart | None:
    """None when no wait began in the scope's time."""
    asked, zone = question.asked, question.asked.scope.zone
    extent = behind.extent(question.seat, asked.scope)
    if extent is None:
        return None
    seen, now = [today(at, zone) for at in extent], today(question.as_of, zone)
    first = asked.first or seen[0]
    last = max(seen[1], first, min(asked.last or now, now))
    step = buckets.step_for(first, last, asked.by)
    cells = [_in_time(bucket, step) for bucket in buckets.buckets(question.groups(step), first, last, step)]
    chart = _chart(question, "time", _("Day by day") if step == "day" else _("Over time"), _("Time"), cells)
    bars = [strip.bar for strip in chart.stacked.strips]
    return replace(
        chart,
        notes=_notes(step, asked.by, cut=any(cell.cut for cell in cells)),
        rates=plots.rates(bars, [cell.group.figures.response_rate for cell in cells], share),
        times=plots.times(bars, [cell.group.times.p50 for cell in cells], span),
    )


def _in_time(bucket: Bucket, step: str) -> _Cell:
    spot = Spot(Key("day", bucket.start)) if step == "day" else Spot(days=(bucket.first, bucket.last))
    return _Cell(buckets.label(bucket, step), buckets.name(bucket, step), bucket.group, spot, bucket.cut)


def by_weekday(question: Question) -> Chart:
    days = {day: MONDAY + timedelta(days=day - 1) for day in range(1, 8)}
    names = {key: (date_format(day, "D"), date_format(day, "l")) for key, day in days.items()}
    return _chart(question, "weekday", _("By weekday"), _("Weekday"), _regular(question, "weekday", names))


def by_hour(question: Question) -> Chart:
    names = {hour: (str(hour), hour_name(hour)) for hour in range(24)}
    return _chart(question, "hour", _("By hour of the day"), _("Hour"), _regular(question, "hour", names))


def hour_name(hour: int) -> str:
    return _("%(from)02d:00 to %(to)02d:00") % {"from": hour, "to": hour + 1}


def _regular(question: Question, by: str, names: dict[int, tuple[str, str]]) -> list[_Cell]:
    """names: for each key that there can be, what stands below its bar, and its name in full."""
    groups = question.groups(by)
    return [
        _Cell(label, name, groups.get(key, buckets.NOTHING), Spot(Key(by, key))) for key, (label, name) in names.items()
    ]


def by_place(question: Question, by: str) -> list[Row]:
    """By channel or account: the busiest first."""
    groups = question.groups(by)
    names = question.labels if by == "channel" else {}
    found = sorted(groups, key=lambda key: (-groups[key].figures.needed_answer, key))
    return [_row(question, _Cell("", names.get(key, key), groups[key], Spot(Key(by, key)))) for key in found]


def _chart(question: Question, name: str, title: str, heading: str, cells: list[_Cell]) -> Chart:
    bars = [_bar(question, cell) for cell in cells]
    rows = [_row(question, cell) for cell in cells]
    # Names of weekdays and hours are shorter than dates: more of them fit.
    drawn = plots.stacked(bars, count) if name == "time" else plots.stacked(bars, count, 8)
    return Chart(name, title, heading, [], drawn, rows)


def _bar(question: Question, cell: _Cell) -> plots.Bar:
    links, figures, times = question.links, cell.group.figures, cell.group.times
    parts = []
    for part, words in PARTS.items():
        n = getattr(figures, part)
        parts.append(plots.Part(part, n, links.to(part, cell.spot), f"{cell.name}: {count(n)} {words}"))
    lines = [cell.name, rate(figures, links).plain]
    if times.n:
        lines.append(_("half of the answers within %(half)s") % {"half": within(times.p50)})
    href = links.to("needed_answer", cell.spot)
    return plots.Bar(cell.label, "\n".join(lines), href, figures.needed_answer, tuple(parts))


def _row(question: Question, cell: _Cell) -> Row:
    links, figures, times = question.links, cell.group.figures, cell.group.times
    open_for = figures.longest_open_seconds(question.as_of)
    return Row(
        name=cell.name,
        rate=rate(figures, links, cell.spot),
        bar=plots.width(figures.answered, figures.needed_answer),
        unanswered=links.number(figures.closed_unanswered, "closed_unanswered", cell.spot),
        waiting=links.number(figures.waiting, "waiting", cell.spot),
        half=within(times.p50),
        most=within(times.p90),
        longest="–" if open_for is None else span(open_for),
        cut=cell.cut,
    )


def _notes(step: str, wanted: str, *, cut: bool) -> list[str]:
    notes = []
    if step in MIXED and not wanted:
        notes.append(str(MIXED[step]))
    elif wanted and step != wanted:
        notes.append(_("That would be more bars than a page can show. %(instead)s") % {"instead": MIXED[step]})
    if cut:
        notes.append(_("Marked * in the table: only a part of it lies in the days shown, so its bar is lower."))
    return notes
