"""The list pane: tabs, rows, and a place in the list that does not move when rows come and go above it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as later

from answerable.cases import queries
from answerable.cases.models import Case, Wait
from answerable.cases.queries import PAGE, Why
from answerable.customers.queries import names_of
from answerable.inbox.models import Message
from answerable.people.rights import Seat
from answerable.web.shown.networks import Networks
from answerable.web.shown.words import Text

TABS: dict[str, Text] = {
    "needs": later("Needs answer"),
    "mine": later("Mine"),
    "answered": later("Answered"),
    "snoozed": later("Snoozed"),
    "closed": later("Closed"),
}
FIRST_WORDS = 160  # characters of a message that a row is given; the page cuts them to its width
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)Z~(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Row:
    """One case in the list. message: the words that wait, else the newest. why: None when nobody waits."""

    case: Case
    name: str
    message: Message | None
    network: str
    why: Why | None

    @property
    def words(self) -> str:
        return self.message.text[:FIRST_WORDS] if self.message else ""


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a tab. next_place: of the page after this one; empty at the end."""

    tab: str
    rows: list[Row]
    place: str
    next_place: str


def listing(seat: Seat, tab: str, place: str) -> Listing:
    """A page of a tab, from `place` on (as a Listing gave it; anything else is the beginning)."""
    found = list(_after(_cases(seat, tab), tab, place)[: PAGE + 1])
    shown = found[:PAGE]
    more = _place(shown[-1], tab) if len(found) > PAGE else ""
    return Listing(tab, _rows(shown), place, more)


def counts(seat: Seat) -> dict[str, int]:
    """How many cases stand in the two tabs that ask for work."""
    rows = Case.objects.filter(brand=seat.brand).exclude(state="closed")
    found = rows.aggregate(
        needs=Count("pk", filter=Q(state="open", waiting__gt=0)), mine=Count("pk", filter=Q(assignee=seat.user))
    )
    return {"needs": found["needs"], "mine": found["mine"]}


def _cases(seat: Seat, tab: str) -> QuerySet[Case]:
    if tab == "needs":
        return queries.queue(seat)
    if tab == "mine":
        mine = Case.objects.filter(brand=seat.brand, assignee=seat.user).exclude(state="closed")
        first = Coalesce("queue_key", Value(NEVER), output_field=DateTimeField())
        return mine.select_related("customer", "assignee").annotate(key=first).order_by("key", "id")
    return queries.listed(seat, tab)


def _after(rows: QuerySet[Case], tab: str, place: str) -> QuerySet[Case]:
    found = _PLACE.fullmatch(place)
    if not found:
        return rows
    try:
        at = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError:
        return rows
    column, way = {"needs": ("queue_key", "gt"), "mine": ("key", "gt")}.get(tab, ("last_at", "lt"))
    return rows.filter(Q(**{f"{column}__{way}": at}) | Q(**{column: at, f"id__{way}": int(found[2])}))


def _place(case: Case, tab: str) -> str:
    at = case.last_at if tab not in ("needs", "mine") else (case.queue_key or NEVER)
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z~{case.pk}"


def _rows(cases: list[Case]) -> list[Row]:
    networks, names = Networks(), names_of([case.customer for case in cases])
    words, whys = _words(cases), queries.whys(cases)
    rows = []
    for case in cases:
        message = words.get(case.pk)
        network = networks.label(message.account) if message else ""
        rows.append(Row(case, names[case.customer_id], message, network, whys.get(case.pk)))
    return rows


def _words(cases: list[Case]) -> dict[int, Message]:
    """For each case the words that have waited longest, else its newest message."""
    open_waits = Wait.objects.filter(case__in=cases, outcome="").select_related("last_ask__account")
    found = {wait.case_id: wait.last_ask for wait in open_waits.order_by("-started_at")}
    quiet = [case.pk for case in cases if case.pk not in found]
    newest = (
        Message.objects.filter(thread__casethread__case__in=quiet, context=False)
        .select_related("account")
        .annotate(of_case=F("thread__casethread__case_id"))
        .order_by("of_case", "-at", "-id")
        .distinct("of_case")
    )
    return found | {message.of_case: message for message in newest}
