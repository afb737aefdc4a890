"""Every read of cases for the desk. Each needs a Seat, so none exists without a brand."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from answerable.cases.models import Case, CaseThread, Wait
from answerable.cases.order import EXPECTED, Part, deciding
from answerable.core import clock
from answerable.core.files import described
from answerable.core.ledger import KINDS
from answerable.core.models import Event
from answerable.inbox.models import Message, Thread
from answerable.people.rights import Seat

PAGE = 50


def queue(seat: Seat) -> QuerySet[Case]:
    """Cases in which somebody waits, next to answer on top. Reads the partial index case_queue."""
    rows = Case.objects.filter(brand=seat.brand, state="open", waiting__gt=0, live=True)
    return rows.select_related("customer", "assignee").order_by("queue_key", "id")


def listed(seat: Seat, state: str) -> QuerySet[Case]:
    """Cases beside the queue: "answered" (open, nobody waits), "snoozed", "closed", or "imported" (known from a file
    alone); newest word first."""
    rows = Case.objects.filter(brand=seat.brand, live=state != "imported")
    if state == "answered":
        rows = rows.filter(state="open", waiting=0)
    elif state != "imported":
        rows = rows.filter(state=state)
    return rows.select_related("customer", "assignee").order_by("-last_at", "-id")


def case(seat: Seat, case_id: int) -> Case:
    """One case of this brand; Case.DoesNotExist for any other."""
    return Case.objects.select_related("customer", "assignee").get(brand=seat.brand, pk=case_id)


def threads(case: Case) -> list[Thread]:
    """The case's threads, oldest first."""
    links = CaseThread.objects.select_related("thread").filter(case=case).order_by("id")
    return [link.thread for link in links]


def messages(thread: Thread) -> QuerySet[Message]:
    """A thread's messages in the order they count, with what a page shows of each."""
    rows = Message.objects.filter(thread=thread).select_related("author", "parent__author", "account")
    return rows.prefetch_related(described("attachments__blob"), "revisions").order_by("at", "id")


def waits(case: Case) -> list[Wait]:
    """The case's waits, oldest first."""
    rows = Wait.objects.filter(case=case).select_related("author", "thread", "opener", "last_ask", "answer", "decision")
    return list(rows.order_by("started_at", "id"))


def events(case: Case) -> list[Event]:
    """What happened to the case, its waits and its notes, oldest first."""
    wait_ids = list(Wait.objects.filter(case=case).values_list("pk", flat=True))
    of_case = Q(kind__in=[name for name in KINDS if name.startswith("case.")], subject_id=case.pk)
    of_waits = Q(kind__in=[name for name in KINDS if name.startswith("wait.")], subject_id__in=wait_ids)
    return list(Event.objects.filter(of_case | of_waits, brand_id=case.brand_id).order_by("id"))


@dataclass(frozen=True, slots=True)
class Why:
    """Why a case stands where it stands: the parts of its key, for one sentence on the page.

    waited, expected: seconds. overdue: waited longer than expected. asked: by the wait that decides. waiting: open waits.
    """

    waited: float
    expected: float
    overdue: bool
    asked: int
    waiting: int
    again_minutes: int


def why(case: Case) -> Why | None:
    """The same parts that gave the stored key; None when nobody waits."""
    return whys([case]).get(case.pk)


def whys(cases: list[Case]) -> dict[int, Why]:
    """Why, for a page of cases, in one query."""
    parts: dict[int, list[Part]] = {}
    for wait in Wait.objects.filter(case__in=cases, outcome="").select_related("opener"):
        parts.setdefault(wait.case_id, []).append(Part(wait.started_at, wait.opener.kind, wait.asked))
    return {case_id: _why(of_case) for case_id, of_case in parts.items()}


def _why(parts: list[Part]) -> Why:
    part = deciding(parts)
    assert part is not None
    waited = (clock.now() - part.started_at).total_seconds()
    expected = EXPECTED[part.kind].total_seconds()
    return Why(waited, expected, waited > expected, part.asked, len(parts), int(part.bonus.total_seconds() // 60))
