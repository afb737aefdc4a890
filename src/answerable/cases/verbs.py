"""Every write a person makes to a case: take, note, decide, snooze, close, reopen, and the undo of each."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from answerable.cases.models import Case, CaseThread, Decision, Note, Wait
from answerable.cases.reasons import DONE, ELSEWHERE, REASONS
from answerable.cases.settle import refresh, settle
from answerable.cases.states import CASE
from answerable.core import clock, crash, live
from answerable.core.ledger import Kind, record
from answerable.core.locks import serialise
from answerable.core.transitions import Refused, move
from answerable.people.rights import Right, Seat, verb

TAKEN = Kind("case.take", {"before": int})
DROPPED = Kind("case.drop", {})
NOTED = Kind("case.note", {"note": int})
DECIDED = Kind("wait.decide", {"case": int, "decision": int})
UNDECIDED = Kind("wait.undo", {"case": int, "decision": int})

NOTE_LIMIT = 10_000  # characters; a longer text is a document, and fills the page of everybody
LONGEST_SNOOZE = timedelta(days=366)


def locked(seat: Seat, case_id: int) -> Case:
    """The brand's case, locked to the end of the transaction; Case.DoesNotExist for another brand's.

    Its threads' waits are locked first, in order, as settling does: the other way round two workers would deadlock.
    """
    threads = CaseThread.objects.filter(case__brand=seat.brand, case_id=case_id).values_list("thread_id", flat=True)
    for thread_id in sorted(threads):
        serialise("waits", thread_id)
    return Case.objects.select_for_update(of=("self",)).get(brand=seat.brand, pk=case_id)


@verb(Right.ANSWER)
@transaction.atomic
def take(seat: Seat, case_id: int) -> Case:
    """Assigns the case to oneself, also from a colleague; the ledger keeps from whom."""
    case = locked(seat, case_id)
    if case.assignee_id == seat.user.pk:
        return case
    before, case.assignee = case.assignee_id, seat.user
    case.save(update_fields=["assignee"])
    _record(TAKEN, seat, case, before=before)
    return case


@verb(Right.ANSWER)
@transaction.atomic
def drop(seat: Seat, case_id: int) -> Case:
    """Gives back a case one has taken."""
    case = locked(seat, case_id)
    if case.assignee_id != seat.user.pk:
        raise Refused("this case is not yours to give back")
    case.assignee = None
    case.save(update_fields=["assignee"])
    _record(DROPPED, seat, case)
    return case


@verb(Right.ANSWER)
@transaction.atomic
def note(seat: Seat, case_id: int, text: str) -> Note:
    """Leaves a word for colleagues."""
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused("the note is empty")
    if len(text) > NOTE_LIMIT:
        raise Refused(f"the note has {len(text):,} characters; at most {NOTE_LIMIT:,} are kept")
    case = locked(seat, case_id)
    left = Note.objects.create(case=case, user=seat.user, text=text, at=clock.now())
    _record(NOTED, seat, case, note=left.pk)
    return left


@verb(Right.ANSWER)
@transaction.atomic
def decide(seat: Seat, wait_id: int, reason: str, link: str = "") -> Decision:
    """Ends an open wait with a reason instead of an answer. answered_elsewhere needs the link to the answer."""
    check_reason(reason, link)
    found = Wait.objects.get(brand=seat.brand, pk=wait_id)
    case = locked(seat, found.case_id)
    wait = Wait.objects.get(pk=wait_id)  # again, now that nobody else can end it
    if wait.outcome:
        raise Refused(f"this wait has already ended ({wait.get_outcome_display()})")
    decision = _decide(seat, wait, reason, link)
    settle(wait.thread_id, wait.author_id)
    live.tell(seat.brand.pk, "case", case.pk)
    crash.point("after decision")
    return decision


@verb(Right.ANSWER)
@transaction.atomic
def undo_decision(seat: Seat, decision_id: int) -> Case:
    """Takes a decision back: the wait goes on as if it had never ended."""
    found = Decision.objects.get(case__brand=seat.brand, pk=decision_id)
    case = locked(seat, found.case_id)
    decision = Decision.objects.get(pk=decision_id)  # again, now that nobody else can undo it
    if decision.undone_at is not None:
        raise Refused("this decision is already undone")
    _undo(seat, decision)
    return case


@verb(Right.ANSWER)
@transaction.atomic
def snooze(seat: Seat, case_id: int, until: datetime) -> Case:
    """Puts the case aside until a time; new words of the customer wake it earlier."""
    now = clock.now()
    if not now < until <= now + LONGEST_SNOOZE:
        raise Refused("choose a time in the future, at most a year away")
    case = locked(seat, case_id)
    move(case, CASE, "snooze", actor=seat.actor, data={"until": until.isoformat()}, snoozed_until=until)
    refresh(case.pk)
    return case


@verb(Right.ANSWER)
@transaction.atomic
def wake(seat: Seat, case_id: int) -> Case:
    """Ends a snooze early; also its undo."""
    case = locked(seat, case_id)
    move(case, CASE, "wake", actor=seat.actor, snoozed_until=None)
    refresh(case.pk)
    return case


@verb(Right.ANSWER)
@transaction.atomic
def close(seat: Seat, case_id: int, reason: str = DONE, link: str = "") -> Case:
    """Closes the case. While somebody waits in it, a reason that ends their waits is needed; "done" is none."""
    case = locked(seat, case_id)
    waiting = list(Wait.objects.filter(case=case, outcome=""))
    if waiting and reason == DONE:
        raise Refused(f"{len(waiting)} still waiting for an answer here: answer, or close with a reason")
    if not waiting and reason != DONE:
        reason, link = DONE, ""
    if reason != DONE:
        check_reason(reason, link)
    for wait in waiting:
        _decide(seat, wait, reason, link, closing=True)
    # Closed first: settling must find that nothing here is to be reopened.
    move(case, CASE, "close", actor=seat.actor, reason=reason, closed_at=clock.now(), snoozed_until=None)
    for wait in waiting:
        settle(wait.thread_id, wait.author_id)
    refresh(case.pk)
    return case


@verb(Right.ANSWER)
@transaction.atomic
def reopen(seat: Seat, case_id: int) -> Case:
    """Opens a closed case again; what its closing ended stays ended."""
    case = locked(seat, case_id)
    move(case, CASE, "reopen", actor=seat.actor, closed_at=None)
    refresh(case.pk)
    return case


@verb(Right.ANSWER)
@transaction.atomic
def undo_close(seat: Seat, case_id: int) -> Case:
    """Takes the closing back: every wait it ended goes on as if it had never ended."""
    case = locked(seat, case_id)
    move(case, CASE, "undo_close", actor=seat.actor, closed_at=None)
    for decision in Decision.objects.filter(case=case, closing=True, undone_at=None):
        _undo(seat, decision)
    refresh(case.pk)
    return case


def check_reason(reason: str, link: str) -> None:
    """Refused unless the reason is on the list, with a link where it needs one."""
    if reason not in REASONS:
        raise Refused(f"choose a reason: {', '.join(REASONS)}")
    if reason == ELSEWHERE and not link.startswith(("https://", "http://")):
        raise Refused("give the address (https://…) where it was answered")


def _decide(seat: Seat, wait: Wait, reason: str, link: str, *, closing: bool = False) -> Decision:
    decision = Decision.objects.create(
        case_id=wait.case_id,
        thread_id=wait.thread_id,
        author_id=wait.author_id,
        reason=reason,
        link=link[:1000],
        user=seat.user,
        at=clock.now(),
        closing=closing,
    )
    facts = {"case": wait.case_id, "decision": decision.pk}
    record(DECIDED, brand_id=seat.brand.pk, subject_id=wait.pk, actor=seat.actor, reason=reason, data=facts)
    return decision


def _undo(seat: Seat, decision: Decision) -> None:
    wait = Wait.objects.filter(decision=decision).first()
    decision.undone_at = clock.now()
    decision.save(update_fields=["undone_at"])
    subject = wait.pk if wait else 0
    facts = {"case": decision.case_id, "decision": decision.pk}
    record(UNDECIDED, brand_id=seat.brand.pk, subject_id=subject, actor=seat.actor, data=facts)
    settle(decision.thread_id, decision.author_id)


def _record(kind: Kind, seat: Seat, case: Case, **data: int | None) -> None:
    record(kind, brand_id=seat.brand.pk, subject_id=case.pk, actor=seat.actor, data=data)
    live.tell(seat.brand.pk, "case", case.pk)
