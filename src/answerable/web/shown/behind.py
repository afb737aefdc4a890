"""The list of waits behind a number or a bar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from answerable.cases.models import Wait
from answerable.customers.queries import names_of
from answerable.insights import behind
from answerable.insights.behind import Key, Took
from answerable.people.models import User
from answerable.web.shown.asked import Behind
from answerable.web.shown.charts import MONDAY, Question, hour_name
from answerable.web.shown.networks import Networks
from answerable.web.shown.queue import FIRST_WORDS
from answerable.web.shown.words import Text, reason, span

TITLES: dict[str, Text] = {
    "needed_answer": later("Needed an answer"),
    "answered": later("Answered"),
    "closed_unanswered": later("Closed unanswered"),
    "waiting": later("Still waiting"),
    "excused": later("Excused: no answer was owed"),
    "withdrawn": later("Withdrawn by the customer"),
    "answered_elsewhere": later("Answered elsewhere"),
    "negative": later("Answers that bear an earlier time than the question"),
    "first_answer": later("First answers"),
    "next_answer": later("Next answers"),
}
ENDED: dict[str, Text] = TITLES | {"excused": later("Excused")}


@dataclass(frozen=True, slots=True)
class Row:
    """One wait. ended: how it ended, in words; took: after how long, or how long it lasts. who: decided, if somebody did."""

    wait: Wait
    name: str
    words: str
    network: str
    ended: str
    took: str
    who: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list. total: of all pages. next_place: where the next page begins; empty at the end."""

    title: str
    total: int
    rows: list[Row]
    next_place: str


def listing(question: Question, wanted: Behind, place: str) -> Listing:
    """From `place` on, as a Listing gave it."""
    rows = behind.waits(question.seat, question.asked.scope, wanted.which, wanted.key, wanted.took)
    found, more = behind.page(rows.select_related("case__customer", "opener__account", "decision__user"), place)
    return Listing(_title(wanted, question.labels), rows.count(), _rows(found, question.as_of), more)


def _rows(waits: list[Wait], as_of: datetime) -> list[Row]:
    networks, names = Networks(), names_of([wait.case.customer for wait in waits])
    return [
        Row(
            wait=wait,
            name=names[wait.case.customer_id],
            words=wait.opener.text[:FIRST_WORDS],
            network=networks.label(wait.opener.account),
            ended=_ended(wait),
            took=_took(wait, as_of),
            who=str(wait.decision.user) if wait.decision and wait.decision.user else "",
        )
        for wait in waits
    ]


def _ended(wait: Wait) -> str:
    ended = str(ENDED[wait.outcome or "waiting"])
    if wait.decision and wait.decision.reason != wait.outcome:
        return f"{ended} · {reason(wait.decision.reason)}"
    return ended


def _took(wait: Wait, as_of: datetime) -> str:
    if not wait.outcome:
        return _("for %(time)s") % {"time": span((as_of - wait.started_at).total_seconds())}
    return _("after %(time)s") % {"time": span(wait.calendar_seconds or 0)}


def _title(wanted: Behind, labels: Mapping[str, str]) -> str:
    parts = [str(TITLES[wanted.which])]
    if wanted.took:
        parts.append(_bin(wanted.took))
    if wanted.key:
        parts.append(_of(wanted.key, labels))
    return " · ".join(parts)


def _bin(took: Took) -> str:
    limits = {"over": span(took.over or 0), "upto": span(took.upto or 0)}
    if took.upto is None:
        return _("after more than %(over)s") % limits
    return _("within %(upto)s") % limits if took.over is None else _("after %(over)s to %(upto)s") % limits


def _of(key: Key, labels: Mapping[str, str]) -> str:
    if key.by == "day":
        return date_format(key.key, "l j F Y")
    if key.by == "hour":
        return _("begun from %(hour)s") % {"hour": hour_name(key.key)}
    if key.by == "weekday":
        return date_format(MONDAY + timedelta(days=key.key - 1), "l")
    if key.by == "person":
        return _by(key.key)
    return str(labels.get(key.key, key.key) if key.by == "channel" else key.key) or "–"


def _by(user_id: int | None) -> str:
    if user_id is None:
        return _("by nobody known to the desk")
    user = User.objects.filter(pk=user_id).first()
    return _("by %(name)s") % {"name": user} if user else _("by somebody")
