"""RawEvent → Message: pages of unread events, in order, each read once; what cannot be read is kept and shown."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import OperationalError, transaction

from answerable.channels.contract import Gone, Incoming, Seen, Unreadable
from answerable.channels.line import link, reader
from answerable.channels.models import Account
from answerable.channels.queries import own_ids
from answerable.core import clock, crash, live
from answerable.core.handover import Topic
from answerable.core.jobs import later
from answerable.core.locks import serialise
from answerable.inbox.absorb import Page, absorb
from answerable.inbox.models import RawEvent
from answerable.inbox.standing import Touched
from answerable.inbox.store import UNREADABLE

STORED = Topic("inbox.stored")  # brand_id, pairs [[thread id, author id]], authors [id]: rows stand, think further
PAGE = 200  # events a transaction

logger = logging.getLogger(__name__)


def read_page(account: Account) -> int:
    """Reads the account's next unread events in one transaction; returns how many there were."""
    with transaction.atomic():
        # Two pages of one network at once could each miss the other's parent: one at a time, in order.
        serialise("intake", account.brand_id, account.network)
        events = list(RawEvent.objects.filter(account=account, parsed_at=None).order_by("id")[:PAGE])
        if events:
            take(account, events)
    return len(events)


def take(account: Account, events: Sequence[RawEvent], *, quietly: bool = False) -> Touched:
    """Reads these events into rows and hands on what changed, unless quietly. In the caller's transaction."""
    page = open_page(account)
    try:
        with transaction.atomic():
            for event in events:
                _read_into(page, event)
    except OperationalError:  # the database itself: nothing here is at fault, the job runs again
        raise
    except Exception:  # one event that cannot be taken in must not hold up the others: find it
        logger.exception("a page of account %s was refused; reading it event by event", account.pk)
        page = open_page(account)
        for event in events:
            _read_alone(page, event)
    _mark(events, clock.now())
    if not quietly:
        hand_on(page)
    return page.touched


def open_page(account: Account) -> Page:
    line = link(account, talking=False)

    def read(event: RawEvent) -> Sequence[Seen | Gone]:
        if event.kind == UNREADABLE:
            return ()
        return reader(account, event.kind).parse(incoming(event), line)

    return Page(account, own_ids(account.brand_id, account.network), clock.now(), read)


def incoming(event: RawEvent) -> Incoming:
    """The event as the adapter first gave it."""
    body = bytes(event.body).decode("utf-8", "surrogatepass")
    return Incoming(event.kind, event.object_id, body, event.key, event.gone)


def _read_into(page: Page, event: RawEvent) -> None:
    try:
        items = page.read(event)
    except Unreadable as error:
        event.trouble = str(error)[:1000] or "unreadable"
        return
    except Exception as error:
        logger.exception("the adapter broke on raw event %s", event.pk)
        event.trouble = f"the adapter broke on it: {type(error).__name__}"
        return
    event.trouble = ""
    for item in items:
        absorb(page, event, item)
        crash.point("after message")


def _read_alone(page: Page, event: RawEvent) -> None:
    try:
        with transaction.atomic():
            _read_into(page, event)
    except OperationalError:
        raise
    except Exception as error:
        logger.exception("raw event %s cannot be taken in", event.pk)
        event.trouble = f"it could not be taken in: {type(error).__name__}"


def _mark(events: Sequence[RawEvent], now: datetime) -> None:
    for event in events:
        event.parsed_at = now
        if event.trouble:
            live.tell(event.brand_id, "account", event.account_id)
    RawEvent.objects.bulk_update(events, ["parsed_at", "trouble"])


def hand_on(page: Page) -> None:
    """Tells the rooms below what changed, and asks for pictures to be fetched."""
    touched = page.touched
    if touched.authors:
        STORED.publish(
            brand_id=page.account.brand_id, pairs=sorted(map(list, touched.pairs)), authors=sorted(touched.authors)
        )
    for message_id in sorted(page.to_fetch):
        later("inbox.fetch_media", message_id=message_id)
    crash.point("after page handed on")
