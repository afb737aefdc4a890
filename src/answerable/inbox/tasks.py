"""The inbox's jobs. Each may be run again at any time; pages, never single messages."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from procrastinate.contrib.django import app

from answerable.channels.models import Account
from answerable.channels.verbs import CONNECTED
from answerable.core import clock, crash
from answerable.core.jobs import PASSING
from answerable.inbox import poll as polling
from answerable.inbox.intake import PAGE, read_page
from answerable.inbox.own import recognise

SUBSCRIBE_AGAIN = 11  # times


@app.task(queue="ingest", name="inbox.parse", retry=PASSING)
def parse(account_id: int) -> None:
    """Reads everything of the account that is stored and unread."""
    account = Account.objects.filter(pk=account_id).first()
    while account is not None and read_page(account) == PAGE:
        pass


@app.task(queue="ingest", name="inbox.poll", retry=PASSING)
def poll(account_id: int) -> None:
    """One turn of the account's poll; puts its own successor in place."""
    account = polling.claim(account_id)
    if account is None:
        return
    crash.point("poll claimed")
    wait = polling.poll(account)
    with transaction.atomic():
        due = clock.now() + wait
        Account.objects.filter(pk=account_id).exclude(state="disconnected").update(next_poll_at=due)
        poll.configure(schedule_at=due).defer(account_id=account_id)
        crash.point("next poll enqueued")


@app.periodic(cron="* * * * * */15")
@app.task(queue="ingest", name="inbox.poll_due", retry=PASSING)
def poll_due(timestamp: int) -> None:
    """Starts the polls whose chain was broken by a crash; also the first ones."""
    for account_id in polling.due():
        poll.defer(account_id=account_id)


@app.periodic(cron="*/1 * * * * 0")
@app.task(queue="ingest", name="inbox.parse_left", retry=PASSING)
def parse_left(timestamp: int) -> None:
    """Reads what was stored and whose job was lost."""
    for account in Account.objects.filter(rawevent__parsed_at=None, rawevent__isnull=False).distinct():
        parse.defer(account_id=account.pk)


@app.task(queue="bulk", name="inbox.fetch_media", retry=PASSING)
def fetch_media(message_id: int) -> None:
    from answerable.inbox import media  # brings an HTTP client along: only for those who need one

    media.fetch(message_id)


@app.task(queue="ingest", name="inbox.start_listening", retry=PASSING)
def start_listening(account_id: int) -> None:
    """After connecting: what this account wrote before is ours, pushes come here, and its first poll is due."""
    recognise(account_id)
    poll.defer(account_id=account_id)
    subscribe.defer(account_id=account_id)


@app.task(queue="ingest", name="inbox.subscribe", retry=PASSING)
def subscribe(account_id: int, tries: int = 0) -> None:
    """Asks for pushes. The network shakes hands with our web server at once, which may be down just then: it is asked
    again after 5, 10, 20 … seconds, for about three hours."""
    if not polling.subscribe(account_id) and tries < SUBSCRIBE_AGAIN:
        due = clock.now() + timedelta(seconds=5 * 2**tries)
        subscribe.configure(schedule_at=due).defer(account_id=account_id, tries=tries + 1)


CONNECTED.subscribe(start_listening)
