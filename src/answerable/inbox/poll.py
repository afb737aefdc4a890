"""Asking a network what is new, again and again, with an overlap: what a webhook missed is found here.

Each account stores when it is due; a due account is claimed by one UPDATE, so two workers never poll it at once.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from answerable.channels import health
from answerable.channels.contract import ChannelError, Page, Symbol
from answerable.channels.line import adapter, link, manifest
from answerable.channels.models import Account
from answerable.core import clock, crash
from answerable.inbox.models import WATCHED, Message
from answerable.inbox.store import store

PAGES = 20  # at most, in one turn
WATCH = 100  # messages looked at again for deletion, newest first
WATCH_AGE = timedelta(days=14)

logger = logging.getLogger(__name__)


def due(limit: int = 500) -> list[int]:
    """Ids of accounts whose next poll has come. Reads the partial index account_due."""
    rows = Account.objects.filter(next_poll_at__lte=clock.now()).exclude(state="disconnected")
    return list(rows.order_by("next_poll_at").values_list("pk", flat=True)[:limit])


def claim(account_id: int) -> Account | None:
    """The account, if it is due and nobody else has it."""
    now = clock.now()
    rows = Account.objects.filter(pk=account_id, next_poll_at__lte=now).exclude(state="disconnected")
    if not rows.update(next_poll_at=now + timedelta(seconds=settings.LEASE_SECONDS)):
        return None
    return Account.objects.select_related("brand").get(pk=account_id)


def poll(account: Account) -> timedelta:
    """Polls a claimed account until nothing more is waiting; returns how long until the next time."""
    plan, error = manifest(account), None
    try:
        if not plan.poll:
            adapter(account).check(link(account))
        for _ in range(PAGES if plan.poll else 0):
            if not _one_page(account):
                break
    except ChannelError as caught:
        error = caught
    except Exception:  # an adapter's mistake must not end the polling of this account
        logger.exception("the poll of account %s broke", account.pk)
        error = ChannelError(Symbol.BAD_ANSWER, "the network's answer could not be read; the log has the details")
    if error is None:
        health.worked(account)
    else:
        health.failed(account, error)
    return health.next_poll(account, error, plan.poll_seconds)


def subscribe(account_id: int) -> bool:
    """Asks a network that can push to deliver here. False if it will not now: until it does, polling alone goes on."""
    account = Account.objects.filter(pk=account_id).exclude(state="disconnected").first()
    if account is None or not manifest(account).push:
        return True
    url = settings.PUBLIC_URL + reverse("web:hook", args=[account.hook_id])
    try:
        adapter(account).subscribe(link(account), url)
    except ChannelError as error:
        logger.warning("account %s gets no pushes: %s", account.pk, error.symbol)
        return False
    return True


def _one_page(account: Account) -> bool:
    page: Page = adapter(account).poll(link(account), account.cursor, watch=watched(account), now=clock.now())
    with transaction.atomic():
        store(account, page.events, push=False)
        crash.point("in a poll page")
        # The cursor moves in the transaction of the rows: a crash asks again, the keys refuse what stands.
        account.cursor = dict(page.cursor)
        account.save(update_fields=["cursor"])
    crash.point("after a poll page")
    return page.more


def watched(account: Account) -> list[str]:
    """What the desk still cares about: addressed messages and our own of the last days, newest first."""
    since: datetime = clock.now() - WATCH_AGE
    rows = Message.objects.filter(WATCHED, account=account, at__gte=since)
    return list(rows.order_by("-at").values_list("external_id", flat=True)[:WATCH])
