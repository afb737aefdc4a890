"""Store raw, answer, think later: events go into RawEvent by their key, and a job to read them goes with them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import DataError, transaction

from answerable.channels.contract import Incoming
from answerable.channels.models import Account
from answerable.core import clock, crash
from answerable.core.jobs import later
from answerable.inbox.models import RawEvent
from answerable.inbox.text import clean, event_key

KEY_LIMIT = 300
logger = logging.getLogger(__name__)
UNREADABLE = "unreadable"


def store(account: Account, events: Sequence[Incoming], *, push: bool) -> None:
    """Keeps a page of events, each once. Idempotent: what stands already is refused by the database."""
    _keep(account, [_row(account, event, push) for event in events])


def store_unreadable(account: Account, body: bytes, trouble: str) -> None:
    """Keeps a webhook body that the adapter could not cut up, to be looked at; nothing is lost."""
    key = event_key(UNREADABLE, "", body)
    row = RawEvent(brand_id=account.brand_id, account=account, network=account.network, key=key, kind=UNREADABLE)
    row.body, row.push, row.received_at = body, True, clock.now()
    row.parsed_at, row.trouble = row.received_at, clean(trouble, 1000)
    RawEvent.objects.bulk_create([row], ignore_conflicts=True)


def _row(account: Account, event: Incoming, push: bool) -> RawEvent:
    body = event.body.encode("utf-8", "surrogatepass")
    key = clean(event.key or "")
    if not key or len(key) > KEY_LIMIT:
        key = event_key(event.kind, event.object_id, body)
    return RawEvent(
        brand_id=account.brand_id,
        account=account,
        network=account.network,
        key=key,
        kind=clean(event.kind, 40),
        object_id=clean(event.object_id, 500),
        gone=event.gone,
        body=body,
        push=push,
        received_at=clock.now(),
    )


def _insert(account: Account, rows: list[RawEvent]) -> None:
    try:
        with transaction.atomic():
            RawEvent.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    except (
        DataError
    ):  # one event that the table cannot hold must not stop the account: it is set aside, the rest goes on
        logger.exception("an event of account %s does not fit the table", account.pk)
        for row in rows:
            try:
                with transaction.atomic():
                    RawEvent.objects.bulk_create([row], ignore_conflicts=True)
            except DataError as error:
                store_unreadable(account, bytes(row.body), f"the table refused it: {error}")


def _keep(account: Account, rows: list[RawEvent]) -> None:
    if not rows:
        return
    with transaction.atomic():
        _insert(account, rows)
        crash.point("after raw row")
        # Asked of the table rather than of this page: also what an earlier crash left is read now.
        if RawEvent.objects.filter(account=account, parsed_at=None).exists():
            Account.objects.filter(pk=account.pk).update(last_event_at=clock.now())
            later("inbox.parse", account_id=account.pk)
            crash.point("after job enqueued")
