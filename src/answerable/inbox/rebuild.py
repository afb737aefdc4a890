"""Everything after the raw events, once more: into the same rows by natural key, touching nothing that people did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from django.db import transaction

from answerable.channels.models import Account
from answerable.channels.queries import accounts
from answerable.core import crash
from answerable.core.locks import serialise
from answerable.inbox.intake import PAGE, take
from answerable.inbox.models import RawEvent
from answerable.people.models import Brand


def rebuild(brand: Brand, progress: Callable[[int], None] = lambda done: None) -> Counter[str]:
    """Reads every raw event of the brand again, page by page, each its own transaction. Returns what became other:
    field → rows. Run again right away, it returns nothing. Cost grows with the raw events."""
    difference: Counter[str] = Counter()
    for account in accounts(brand):
        last: int | None = 0
        while last is not None:
            last = _page(account, last, difference, progress)
    return difference


def _page(account: Account, after: int, difference: Counter[str], progress: Callable[[int], None]) -> int | None:
    with transaction.atomic():
        serialise("intake", account.brand_id, account.network)
        events = list(RawEvent.objects.filter(account=account, pk__gt=after).order_by("id")[:PAGE])
        if not events:
            return None
        before = {event.pk: event.trouble for event in events}
        touched = take(account, events)
        crash.point("in a rebuild")
        difference.update(change.partition(": ")[2] for change in touched.changes)
        difference.update("unreadable" for event in events if event.trouble != before[event.pk])
    progress(len(events))
    return events[-1].pk
