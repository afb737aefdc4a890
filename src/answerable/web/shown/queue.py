"""The list pane: tabs, rows, and a place in the list that does not move when rows come and go above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as later

from answerable.cases import places, queries
from answerable.cases.models import Case, Wait
from answerable.cases.places import Place
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
    "imported": later("Imported"),
}
FIRST_WORDS = 160  # characters of a message that a row is given; the page cuts them to its width
COUNTED = 999  # cases beside a tab; nobody acts otherwise on 12,345 than on "999+"
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    """One case in the list. message: the words that wait, else the newest of this
    customer's. why: None when nobody waits.

    excerpt, handle: in what a search found, the words around the match as HTML, and how the customer is called when it
    was the name that matched; else empty.
    """

    case: Case
    name: str
    message: Message | None
    network: str
    why: Why | None
    excerpt: str = ""
    handle: str = ""

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
    return Listing(tab, rows(shown, words(shown)), place, more)


def tabs(seat: Seat) -> dict[str, Text]:
    """The tabs of this brand: "imported" only where something was imported."""
    imported = Case.objects.filter(brand=seat.brand, live=False).exists()
    return {name: label for name, label in TABS.items() if imported or name != "imported"}


def counts(seat: Seat) -> dict[str, str]:
    """How many cases stand in the two tabs that ask for work, as the page says it: empty for none, "999+" for more."""
    mine = Case.objects.filter(brand=seat.brand, live=True, assignee=seat.user).exclude(state="closed")
    return {"needs": _count(queries.queue(seat)), "mine": _count(mine)}


def _count(rows: QuerySet[Case]) -> str:
    """Never reads more than it can say: every open page asks for this at every change."""
    found = rows.order_by()[: COUNTED + 1].count()
    return "" if not found else str(found) if found <= COUNTED else f"{COUNTED}+"


def _cases(seat: Seat, tab: str) -> QuerySet[Case]:
    if tab == "needs":
        return queries.queue(seat)
    if tab == "mine":
        mine = Case.objects.filter(brand=seat.brand, assignee=seat.user).exclude(state="closed")
        first = Coalesce("queue_key", Value(NEVER), output_field=DateTimeField())
        return mine.select_related("customer", "assignee").annotate(key=first).order_by("key", "id")
    return queries.listed(seat, tab)


def _after(rows: QuerySet[Case], tab: str, place: str) -> QuerySet[Case]:
    found = places.read(place)
    if found is None:
        return rows
    column, way = {"needs": ("queue_key", "gt"), "mine": ("key", "gt")}.get(tab, ("last_at", "lt"))
    beside = Q(**{column: found.at, f"id__{way}": found.id})
    return rows.filter(Q(**{f"{column}__{way}": found.at}) | beside)


def _place(case: Case, tab: str) -> str:
    at = case.last_at if tab not in ("needs", "mine") else (case.queue_key or NEVER)
    return places.write(Place(at, case.pk))


def rows(cases: list[Case], words: dict[int, Message]) -> list[Row]:
    """A row for each case, with the message that `words` has for it."""
    networks, names = Networks(), names_of([case.customer for case in cases])
    whys = queries.whys(cases)
    made = []
    for case in cases:
        message = words.get(case.pk)
        network = networks.label(message.account) if message else ""
        made.append(Row(case, names[case.customer_id], message, network, whys.get(case.pk)))
    return made


def words(cases: list[Case]) -> dict[int, Message]:
    """For each case the words that have waited longest, else the newest between this customer and the brand.

    Under a public post others talk as well: their words do not belong under this customer's name.
    """
    open_waits = Wait.objects.filter(case__in=cases, outcome="").select_related("last_ask__account")
    found = {wait.case_id: wait.last_ask for wait in open_waits.order_by("-started_at")}
    quiet = [case.pk for case in cases if case.pk not in found]
    customer = F("thread__casethread__case__customer")
    theirs = Q(author__identity__customer=customer) | Q(outbound=True, to_author__identity__customer=customer)
    newest = (
        Message.objects.filter(theirs, thread__casethread__case__in=quiet, context=False)
        .select_related("account")
        .annotate(of_case=F("thread__casethread__case_id"))
        .order_by("of_case", "-at", "-id")
        .distinct("of_case")
    )
    return found | {message.of_case: message for message in newest}
