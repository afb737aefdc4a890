"""Days put together: a plot of many days shows weeks, months or years, and says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from answerable.insights.behind import Group, Times
from answerable.insights.figures import Figures

MOST = {"day": 62, "week": 62, "month": 48}  # bars that a plot shows before it takes the next greater step
FORCED = 120  # bars that a plot shows when a step was asked for
NOTHING = Group(Figures(), Times())
_LONG = {"day": 1, "week": 7, "month": 28, "year": 365}  # at least, in days


@dataclass(frozen=True, slots=True)
class Bucket:
    """first, last: its days inside of what is measured. start, end: the days of the whole of it."""

    start: date
    end: date
    first: date
    last: date
    group: Group

    @property
    def cut(self) -> bool:
        """Whether it is only a part of its week, month or year, which then looks smaller than the others."""
        return self.first > self.start or self.last < self.end


def step_for(first: date, last: date, wanted: str) -> str:
    """The step asked for, if its bars fit on a page, else the smallest that does."""
    days = (last - first).days + 1
    if wanted and days / _LONG[wanted] <= FORCED:
        return wanted
    return next((step for step, most in MOST.items() if days / _LONG[step] <= most), "year")


def buckets(found: Mapping[date, Group], first: date, last: date, step: str) -> list[Bucket]:
    """Every step from first to last, also those in which nothing happened. found: by the first day of each step."""
    made, start = [], start_of(first, step)
    while start <= last:
        end = _next(start, step) - timedelta(days=1)
        made.append(Bucket(start, end, max(start, first), min(end, last), found.get(start, NOTHING)))
        start = end + timedelta(days=1)
    return made


def start_of(day: date, step: str) -> date:
    """The first day of the week (a Monday), month or year that a day is in."""
    if step == "week":
        return day - timedelta(days=day.weekday())
    if step == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if step == "year" else day


def _next(start: date, step: str) -> date:
    if step in {"day", "week"}:
        return start + timedelta(days=_LONG[step])
    return start_of(start + timedelta(days=32 if step == "month" else 367), step)


def label(bucket: Bucket, step: str) -> str:
    """Below a bar, where there is little room."""
    if step == "year":
        return date_format(bucket.start, "Y")
    return date_format(bucket.start, "M Y") if step == "month" else date_format(bucket.start, "j M")


def name(bucket: Bucket, step: str) -> str:
    """In full: "Mon 2 Mar 2026", "2 Mar to 8 Mar 2026", "March 2026"."""
    if step == "day":
        return date_format(bucket.start, "D j M Y")
    if step in {"month", "year"} and not bucket.cut:
        return date_format(bucket.start, "F Y" if step == "month" else "Y")
    last = date_format(bucket.last, "j M Y")
    if bucket.first == bucket.last:
        return last
    first = date_format(bucket.first, "j M" if bucket.first.year == bucket.last.year else "j M Y")
    return _("%(first)s to %(last)s") % {"first": first, "last": last}
