"""Messages and decisions → Wait rows: the one writer of waits. Idempotent; run whenever something of a pair changed.

A pair is one author in one thread. Cost grows with that author's messages in that thread, not with the thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Max

from answerable.cases.models import Case, CaseThread, Decision, Outcome, Wait
from answerable.cases.order import Part, queue_key
from answerable.cases.reasons import ELSEWHERE, EXCUSED
from answerable.cases.states import CASE
from answerable.cases.waits import Ask, End, Span, derive
from answerable.core import crash, live
from answerable.core.actors import CUSTOMER
from answerable.core.ledger import Kind, record
from answerable.core.locks import serialise
from answerable.core.transitions import move
from answerable.customers.models import Customer
from answerable.customers.queries import customer_of
from answerable.inbox.models import Author, Message, Thread

REOPENS = timedelta(days=7)  # words within this time of closing reopen the case; later ones start another

OPENED = Kind("wait.open", {"case": int})
ENDED = Kind("wait.end", {"case": int, "outcome": str})
RESTORED = Kind("wait.restore", {"case": int})
MERGED = Kind("wait.merge", {"case": int})
STARTED = Kind("case.start", {"customer": int})


def settle(thread_id: int, author_id: int) -> int:
    """Brings the waits of one author in one thread in line with what was said; returns how many rows changed.

    In the caller's transaction.
    """
    serialise("waits", thread_id)
    author = Author.objects.get(pk=author_id)
    if author.ours:
        return 0
    spans = derive(_asks(thread_id, author_id), _ends(thread_id, author_id))
    rows = list(Wait.objects.filter(thread_id=thread_id, author_id=author_id).order_by("started_at", "id"))
    touched = {row.case_id for row in rows}
    matched = _match(spans, rows)
    kept = {row.pk for _, row in matched if row}
    merged = [row for row in rows if row.pk not in kept]
    for lost in merged:
        _event(MERGED, lost)
        lost.delete()
    changed = len(merged)
    # Ended ones first: the database allows one open wait for a pair.
    for span, row in sorted(matched, key=lambda pair: pair[0].ended_at is None):
        wait, other = _write(span, row, thread_id, author)
        touched.add(wait.case_id)
        changed += other
    for case_id in sorted(touched):
        refresh(case_id)
    crash.point("after wait")
    return changed


def _asks(thread_id: int, author_id: int) -> Iterable[Ask]:
    rows = Message.objects.filter(thread_id=thread_id, author_id=author_id, addressed=True)
    for row in rows.only("id", "at", "received_at", "gone_at"):
        yield Ask(row.pk, row.at, row.received_at, row.gone_at)


def _ends(thread_id: int, author_id: int) -> Iterable[End]:
    replies = Message.objects.filter(thread_id=thread_id, to_author_id=author_id, outbound=True, automatic=False)
    # An answer that was taken down again is no answer.
    for row in replies.filter(gone_at=None).select_related("parent"):
        covers = max(row.at, row.parent.at) if row.parent else row.at
        yield End("answer", row.pk, row.at, covers, row.sent_here_at)
    for decision in Decision.objects.filter(thread_id=thread_id, author_id=author_id, undone_at=None):
        yield End(outcome_of(decision.reason), decision.pk, decision.at, decision.at, decision.at)


def outcome_of(reason: str) -> Outcome:
    """What a decision's reason counts as."""
    if reason == ELSEWHERE:
        return Outcome.ELSEWHERE
    return Outcome.EXCUSED if reason in EXCUSED else Outcome.UNANSWERED


def _match(spans: list[Span], rows: list[Wait]) -> list[tuple[Span, Wait | None]]:
    """Each span with the row that already stands for it: the first whose opener is among its asks."""
    matched: list[tuple[Span, Wait | None]] = []
    for span in spans:
        ids = {ask.id for ask in span.asks}
        matched.append((span, next((row for row in rows if row.opener_id in ids), None)))
    return matched


def _write(span: Span, row: Wait | None, thread_id: int, author: Author) -> tuple[Wait, bool]:
    """The row that stands for span, and whether it had to be written."""
    outcome, end = _outcome(span), span.end if span.withdrawn_at is None else None
    values = {
        "opener_id": span.asks[0].id,
        "last_ask_id": span.last_ask.id,
        "asked": len(span.asks),
        "started_at": span.started_at,
        "outcome": outcome,
        "ended_at": span.ended_at,
        "answer_id": end.id if end and end.kind == "answer" else None,
        "decision_id": end.id if end and end.kind != "answer" else None,
        "calendar_us": span.microseconds,
        "negative": span.negative,
    }
    if row is None:
        row = Wait(brand_id=author.brand_id, thread_id=thread_id, author=author, **values)
        row.case = _case_for(row)
        row.save()
        _event(OPENED, row)
        if outcome:
            _event(ENDED, row, outcome=outcome)
        return row, True
    before = row.outcome
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    if changed:
        row.save(update_fields=changed)
    if outcome != before:
        _reopen_if_needed(row) if not outcome else None
        _event(ENDED, row, outcome=outcome) if outcome else _event(RESTORED, row)
    return row, bool(changed)


def _outcome(span: Span) -> str:
    if span.withdrawn_at is not None:
        return Outcome.WITHDRAWN
    if span.end is None:
        return ""
    return Outcome.ANSWERED if span.end.kind == "answer" else span.end.kind


def _event(kind: Kind, row: Wait, **data: str) -> None:
    record(kind, brand_id=row.brand_id, subject_id=row.pk, actor=CUSTOMER, data={"case": row.case_id, **data})


def _case_for(wait: Wait) -> Case:
    """Same customer and thread → the current case, reopened within 7 days of closing; otherwise a new one."""
    customer = customer_of(wait.author_id)
    link = (
        CaseThread.objects.select_related("case")
        .filter(thread_id=wait.thread_id, customer=customer, current=True)
        .first()
    )
    if link is not None:
        case = Case.objects.select_for_update().get(pk=link.case_id)
        if case.closed_at is None or wait.started_at <= case.closed_at + REOPENS:
            if not wait.outcome:
                _to_work(case)
            return case
        CaseThread.objects.filter(pk=link.pk).update(current=False)
    return _start(wait, customer)


def _start(wait: Wait, customer: Customer) -> Case:
    case = Case.objects.create(
        brand_id=wait.brand_id,
        customer=customer,
        opened_at=wait.started_at,
        last_at=wait.started_at,
        live=not wait.opener.imported,
    )
    CaseThread.objects.create(case=case, thread_id=wait.thread_id, customer=customer)
    record(STARTED, brand_id=wait.brand_id, subject_id=case.pk, actor=CUSTOMER, data={"customer": customer.pk})
    return case


def _reopen_if_needed(wait: Wait) -> None:
    _to_work(Case.objects.select_for_update().get(pk=wait.case_id))


def _to_work(case: Case) -> None:
    """Somebody waits: a snoozed case wakes, a closed one reopens."""
    if case.state == "snoozed":
        move(case, CASE, "wake", actor=CUSTOMER, snoozed_until=None)
    elif case.state == "closed":
        move(case, CASE, "reopen", actor=CUSTOMER, closed_at=None)


def refresh(case_id: int) -> None:
    """Keeps what the case shows of its waits: how many, its place in the queue, its first wait, its newest message."""
    case = Case.objects.select_for_update().get(pk=case_id)
    rows = Wait.objects.filter(case=case).select_related("opener", "last_ask")
    waits = list(rows.order_by("started_at", "id"))
    for index, wait in enumerate(waits):
        if wait.first != (index == 0):
            Wait.objects.filter(pk=wait.pk).update(first=index == 0)
    parts = [Part(wait.started_at, wait.opener.kind, wait.asked) for wait in waits if not wait.outcome]
    threads = Thread.objects.filter(casethread__case=case)
    newest = Message.objects.filter(thread__in=threads, context=False).aggregate(at=Max("at"))["at"]
    case.waiting, case.queue_key = len(parts), queue_key(parts)
    case.last_at = newest or case.last_at
    case.live = case.live or any(not wait.last_ask.imported for wait in waits)
    if waits:
        case.opened_at = min(case.opened_at, waits[0].started_at)
    case.save(update_fields=["waiting", "queue_key", "last_at", "opened_at", "live"])
    live.tell(case.brand_id, "case", case.pk)


def settle_all(brand_id: int) -> int:
    """Derives every wait of a brand again; returns how many rows changed. Cost grows with the brand's messages."""
    asks = Message.objects.filter(brand_id=brand_id, addressed=True).values_list("thread_id", "author_id")
    stored = Wait.objects.filter(brand_id=brand_id).values_list("thread_id", "author_id")
    changed = 0
    for thread_id, author_id in sorted(set(asks.distinct()) | set(stored.distinct())):
        with transaction.atomic():
            changed += settle(thread_id, author_id)
    return changed
