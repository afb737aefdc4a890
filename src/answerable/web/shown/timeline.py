"""What happened to a case, from the ledger, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from answerable.cases import queries
from answerable.cases.models import Case, Decision
from answerable.core.models import Event
from answerable.people.models import User
from answerable.replies import queries as replies
from answerable.web.shown.words import Text, reason, when

SENTENCES: dict[str, Text] = {
    "case.start": later("The case began"),
    "case.take": later("%(who)s took the case"),
    "case.drop": later("%(who)s gave the case back"),
    "case.note": later("%(who)s left a note"),
    "case.snooze": later("%(who)s snoozed the case until %(until)s"),
    "case.close": later("%(who)s closed the case: %(reason)s"),
    "case.undo_close": later("%(who)s undid the closing"),
    "wait.open": later("The customer began to wait"),
    "wait.restore": later("The customer waits again"),
    "wait.merge": later("Two waits became one"),
    "wait.decide": later("%(who)s ended a wait: %(reason)s"),
    "wait.undo": later("%(who)s took a decision back"),
    "draft.release": later("%(who)s sent a reply"),
    "delivery.recall": later("%(who)s recalled the reply"),
    "delivery.deliver": later("The network has the reply"),
    "delivery.refuse": later("The network refused the reply"),
    "delivery.fail": later("The reply could not be sent"),
    "delivery.lose_sight": later("Nobody knows whether the reply was sent; it is looked for"),
    "delivery.again": later("It was not there; it is sent again"),
    "delivery.declare_failed": later("%(who)s looked: the reply is not there"),
    "message.take_down": later("%(who)s had the reply taken down"),
}
BY_ITSELF: dict[str, Text] = {
    "case.wake": later("The case woke"),
    "case.reopen": later("The customer wrote again; the case reopened"),
}
BY_SOMEBODY: dict[str, Text] = {
    "case.wake": later("%(who)s woke the case"),
    "case.reopen": later("%(who)s reopened the case"),
}
ENDS: dict[str, Text] = {
    "answered": later("The wait ended: answered"),
    "excused": later("The wait ended: no answer was owed"),
    "closed_unanswered": later("The wait ended without an answer"),
    "withdrawn": later("The wait ended: the customer deleted their words"),
    "answered_elsewhere": later("The wait ended: answered elsewhere"),
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One line. undo: the id of the decision that this line can still take back. undo_close: the closing can be."""

    at: datetime
    text: str
    undo: int | None = None
    undo_close: bool = False


def timeline(case: Case) -> list[Happening]:
    """Oldest first; what nobody can do anything with is left out."""
    events = sorted(queries.events(case) + replies.events(case.pk), key=lambda event: event.pk)
    names = _names(events)
    standing = set(Decision.objects.filter(case=case, undone_at=None, closing=False).values_list("pk", flat=True))
    closes = [event.pk for event in events if event.kind == "case.close"]
    found = []
    for event in events:
        last_close = case.state == "closed" and bool(closes) and event.pk == closes[-1]
        decision = event.data.get("decision") if event.kind == "wait.decide" else None
        undo = decision if decision in standing else None
        found.append(Happening(event.at, _sentence(event, names), undo, last_close))
    return found


def _names(events: list[Event]) -> dict[int | None, str]:
    people = User.objects.filter(pk__in={event.actor_id for event in events if event.actor_id})
    return {user.pk: str(user) for user in people}


def _sentence(event: Event, names: dict[int | None, str]) -> str:
    who = names.get(event.actor_id, "") or _("somebody")
    if event.kind == "wait.end":
        return str(ENDS.get(str(event.data.get("outcome")), event.kind))
    by = BY_SOMEBODY if event.actor_id else BY_ITSELF
    text = str(SENTENCES.get(event.kind) or by.get(event.kind, event.kind))
    until = parse_datetime(str(event.data.get("until", "")))
    facts = {"who": who, "reason": reason(event.reason), "until": when(until) if until else ""}
    return text % facts
