"""How figures are written: counts that open the waits behind them, shares, and lengths of time that are never too short."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import conditional_escape, escape, format_html, html_safe
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from answerable.insights.behind import Key, Took
from answerable.insights.figures import Figures
from answerable.people.rights import Seat
from answerable.web.shown.asked import Asked
from answerable.web.shown.words import span

FEW = 100  # below this, a decimal of a percentage would be a pretence
HOUR, DAY = 3600, 86_400


@html_safe
@dataclass(frozen=True)
class Number:
    """A count on the page; a link to the waits behind it unless there are none."""

    n: int
    href: str = ""

    def __str__(self) -> SafeString:
        if not self.n or not self.href:
            return SafeString(count(self.n))
        return format_html('<a class="number" href="{}" data-n="{}">{}</a>', self.href, str(self.n), count(self.n))


@dataclass(frozen=True)
class Spot:
    """What a count is of, within a question: one bar, one bin, or some of its days (first, last; None: open)."""

    key: Key | None = None
    took: Took | None = None
    days: tuple[date | None, date | None] | None = None


@dataclass(frozen=True)
class Links:
    """Addresses of lists of waits, for one question."""

    seat: Seat
    asked: Asked

    def to(self, which: str, spot: Spot | None = None) -> str:
        fields: dict[str, Any] = {"which": which, "by": None}
        if spot and spot.key:
            fields |= {"by": spot.key.by, "key": "" if spot.key.key is None else spot.key.key}
        if spot and spot.took:
            fields |= {"over": spot.took.over, "upto": spot.took.upto}
        if spot and spot.days:
            fields |= {name: day or "" for name, day in zip(("from", "to"), spot.days, strict=True)}
        return f"{reverse('web:measures_waits', args=[self.seat.brand.slug])}?{self.asked.query(**fields)}"

    def number(self, n: int, which: str, spot: Spot | None = None) -> Number:
        return Number(n, self.to(which, spot))


@dataclass(frozen=True)
class Rate:
    """Answered of how many who needed an answer; both open. text: empty when nobody did."""

    answered: Number
    needed: Number
    value: float | None
    text: str

    @property
    def of(self) -> SafeString:
        """ "65 of 80"."""
        return sentence(_("%(answered)s of %(needed)s"), answered=self.answered, needed=self.needed)

    @property
    def plain(self) -> str:
        """ "65 of 80 (81 %)", without links."""
        if not self.text:
            return _("nobody needed an answer")
        given = {"answered": count(self.answered.n), "needed": count(self.needed.n), "rate": self.text}
        return _("%(answered)s of %(needed)s (%(rate)s)") % given


def rate(figures: Figures, links: Links, spot: Spot | None = None) -> Rate:
    """The rate with what it is of."""
    answered = links.number(figures.answered, "answered", spot)
    needed = links.number(figures.needed_answer, "needed_answer", spot)
    return Rate(answered, needed, figures.response_rate, percent(figures.answered, figures.needed_answer))


def count(n: float) -> str:
    """A whole number in the reader's language."""
    return number_format(int(n), force_grouping=True)


def percent(part: int, whole: int) -> str:
    """A share; rounded, but never to "all" or "none" when that is not so. Empty for a share of nothing."""
    if not whole:
        return ""
    places = 0 if whole < FEW else 1
    least = 10**-places
    value = round(100 * part / whole, places)
    if 0 < part < whole:
        value = min(max(value, least), 100 - least)
    return share(value / 100, places if value not in (0, 100) else 0)


def share(value: float, places: int = 0) -> str:
    """A share from 0 to 1 as a percentage."""
    return _("%(number)s %%") % {"number": number_format(100 * value, decimal_pos=places)}


def within(seconds: float | None) -> str:
    """A length of time that is not shorter than `seconds`, as exact as a reader needs it; a dash for none."""
    if seconds is None:
        return "–"
    step = 60 if seconds <= 2 * DAY else HOUR if seconds <= 10 * DAY else DAY
    return span(max(ceil(seconds / step) * step, 60)).replace(" ", "\u00a0")  # never broken over two lines


def sentence(text: str, **parts: Number | str) -> SafeString:
    """A sentence with numbers in it that are links."""
    safe = {name: conditional_escape(str(part)) for name, part in parts.items()}
    return mark_safe(escape(text) % safe)  # noqa: S308  both are escaped just now
