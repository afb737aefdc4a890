"""The page of measures, gathered. Every count on it opens the waits that it counts.

Cost: a fixed number of queries, each over the waits or the messages in the scope's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _

from answerable.cases.models import Wait
from answerable.channels.models import Account
from answerable.insights import behind, desk
from answerable.insights.behind import Key
from answerable.insights.figures import Figures
from answerable.web.shown import charts, plots
from answerable.web.shown.asked import Asked
from answerable.web.shown.bins import EDGES, Bins, bins
from answerable.web.shown.charts import Chart, Question, Row
from answerable.web.shown.figures import Number, Rate, Spot, count, rate, within
from answerable.web.shown.networks import Networks
from answerable.web.shown.words import here, span

BESIDE = ("excused", "withdrawn", "answered_elsewhere", "negative")


@dataclass(frozen=True)
class Piece:
    """A share of those who needed an answer. kind: its class on the page. at, width: shares of the room."""

    kind: str
    name: str
    at: str
    width: str
    number: Number


@dataclass(frozen=True)
class Longest:
    """Who has waited longest of those in the scope."""

    span: str
    wait: Wait


@dataclass(frozen=True)
class Excused:
    """Who excused waits. name: empty for nobody known to the desk."""

    name: str
    number: Number


@dataclass(frozen=True)
class Measured:
    """Everything on the page. half, most: within how long half and nine of ten of all answers came. before: still open
    from before the days shown."""

    rate: Rate
    pieces: list[Piece]
    half: str
    most: str
    answers: Number
    longest: Longest | None
    beside: dict[str, Number]
    excused: list[Excused]
    inbound: str
    outbound: str
    before: Number
    bins: Bins
    time: Chart | None
    regular: list[Chart]
    channels: list[Row]
    accounts: list[Row]


def measured(question: Question, *, accounts: bool) -> Measured:
    """accounts: whether to tell them apart, too."""
    seat, scope, links = question.seat, question.asked.scope, question.links
    total, times = desk.report(seat.brand, scope).total, question.groups()[None].times
    return Measured(
        rate=rate(total, links),
        pieces=_pieces(question, total),
        half=within(times.p50),
        most=within(times.p90),
        answers=links.number(times.n, "answered"),
        longest=_longest(question),
        beside={name: links.number(getattr(total, name), name) for name in BESIDE},
        excused=_excused(question),
        inbound=count(total.inbound),
        outbound=count(total.outbound),
        before=_before(question),
        bins=bins(desk.spread(seat.brand, scope, EDGES), total, links),
        time=charts.by_time(question),
        regular=[charts.by_weekday(question), charts.by_hour(question)],
        channels=charts.by_place(question, "channel"),
        accounts=charts.by_place(question, "account") if accounts else [],
    )


def _pieces(question: Question, total: Figures) -> list[Piece]:
    made, before = [], 0
    for name, words in charts.PARTS.items():
        n = getattr(total, name)
        at, width = plots.width(before, total.needed_answer), plots.width(n, total.needed_answer)
        made.append(Piece(name, str(words), at, width, question.links.number(n, name)))
        before += n
    return made


def _longest(question: Question) -> Longest | None:
    waiting = behind.waits(question.seat, question.asked.scope, "waiting")
    oldest = waiting.order_by("started_at", "id").first()
    if oldest is None:
        return None
    return Longest(span((question.as_of - oldest.started_at).total_seconds()), oldest)


def _excused(question: Question) -> list[Excused]:
    found = behind.excused_by(question.seat, question.asked.scope)
    return [Excused(name, question.links.number(n, "excused", Spot(Key("person", user)))) for user, name, n in found]


def _before(question: Question) -> Number:
    first = question.asked.first
    if first is None:
        return Number(0)
    n = behind.still_open_from_before(question.seat, question.asked.scope)
    return question.links.number(n, "waiting", Spot(days=(None, first - timedelta(days=1))))


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def labels(accounts: list[Account]) -> dict[str, str]:
    """What the networks of these accounts are called."""
    networks = Networks()
    return {account.network: networks.label(account) for account in accounts}


def scope_in_words(asked: Asked, names: Mapping[str, str]) -> str:
    """ "Waits that began from 25 October to 21 November 2026 (28 days), on all channels, in all languages." """
    parts = [_time_in_words(asked)]
    if asked.scope.channel:
        parts.append(_("on %(channel)s") % {"channel": names.get(asked.scope.channel, asked.scope.channel)})
    if asked.scope.language:
        parts.append(_("in %(language)s") % {"language": language_name(asked.scope.language)})
    return ", ".join(parts)


def _time_in_words(asked: Asked) -> str:
    first, last = (date_format(day, "j F Y") if day else "" for day in (asked.first, asked.last))
    if asked.first and asked.last:
        days = (asked.last - asked.first).days + 1
        if days == 1:
            return _("Waits that began on %(day)s") % {"day": first}
        text = ngettext(
            "Waits that began from %(first)s to %(last)s (%(days)d day)",
            "Waits that began from %(first)s to %(last)s (%(days)d days)",
            days,
        )
        return text % {"first": first, "last": last, "days": days}
    if asked.first:
        return _("Waits that began on %(first)s or later") % {"first": first}
    if asked.last:
        return _("Waits that began until %(last)s") % {"last": last}
    return _("All waits there are")


def language_name(tag: str) -> str:
    """A language in words where it is known."""
    try:
        return str(get_language_info(tag)["name_translated"])
    except KeyError:
        return tag


def as_of_in_words(question: Question) -> str:
    """The moment that counts as now, with the zone of all days and hours on the page."""
    return _("As of %(time)s, days and hours of %(zone)s") % {
        "time": date_format(here(question.as_of), "j F Y H:i"),
        "zone": question.asked.scope.zone.key.replace("_", " "),
    }
