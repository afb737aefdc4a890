"""The cases' jobs: what the inbox hands on, and snoozes that end."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from procrastinate.contrib.django import app

from answerable.cases.models import Case
from answerable.cases.settle import refresh, settle
from answerable.cases.states import CASE
from answerable.core import clock, crash, live
from answerable.core.actors import CLOCK
from answerable.core.jobs import PASSING
from answerable.core.transitions import Refused, move
from answerable.customers.verbs import ensure
from answerable.inbox.intake import STORED


@app.task(queue="ingest", name="cases.follow", retry=PASSING)
def follow(brand_id: int, pairs: Sequence[Sequence[int]], authors: Sequence[int]) -> None:
    """What the inbox stored becomes customers, cases and waits. Each pair in its own transaction, in a fixed order."""
    ensure(authors)
    crash.point("after customers")
    for thread_id, author_id in pairs:
        with transaction.atomic():
            settle(thread_id, author_id)
            live.tell(brand_id, "thread", thread_id)


STORED.subscribe(follow)


@app.periodic(cron="* * * * * */20")
@app.task(queue="default", name="cases.wake_due", retry=PASSING)
def wake_due(timestamp: int) -> None:
    """Wakes what was snoozed until now. Reads the partial index case_snoozed."""
    for case in Case.objects.filter(state="snoozed", snoozed_until__lte=clock.now())[:1000]:
        try:
            with transaction.atomic():
                move(case, CASE, "wake", actor=CLOCK, snoozed_until=None)
                refresh(case.pk)
        except Refused:  # somebody was faster
            continue
