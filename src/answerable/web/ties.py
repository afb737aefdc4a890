"""What an address names belongs together: no wait, decision, message or draft under another case than its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from answerable.cases.models import CaseThread, Decision, Wait
from answerable.inbox.models import Message
from answerable.people.rights import Seat
from answerable.replies.models import Draft


def check(seat: Seat, ids: Mapping[str, int | str]) -> None:
    """Http404 unless all that is named beside a case is of that case and of this brand."""
    if "case_id" not in ids:
        return
    for name, rows in _of_case(seat, ids["case_id"]).items():
        if name in ids and not rows.filter(pk=ids[name]).exists():
            raise Http404


def _of_case(seat: Seat, case_id: int | str) -> dict[str, QuerySet[Any]]:
    threads = CaseThread.objects.filter(case_id=case_id, case__brand=seat.brand).values("thread_id")
    return {
        "wait_id": Wait.objects.filter(brand=seat.brand, case_id=case_id),
        "decision_id": Decision.objects.filter(case__brand=seat.brand, case_id=case_id),
        "draft_id": Draft.objects.filter(brand=seat.brand, case_id=case_id),
        "message_id": Message.objects.filter(brand=seat.brand, thread__in=threads),
    }
