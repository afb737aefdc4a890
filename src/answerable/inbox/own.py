"""An account is connected: what it wrote before was ours all along."""

from __future__ import annotations

from django.db import transaction

from answerable.channels.models import Account
from answerable.core.locks import serialise
from answerable.inbox.intake import hand_on, open_page
from answerable.inbox.models import Author, Message
from answerable.inbox.standing import derive


@transaction.atomic
def recognise(account_id: int) -> None:
    """Marks the account's author as ours and derives again what it wrote and what names it."""
    account = Account.objects.get(pk=account_id)
    serialise("intake", account.brand_id, account.network)
    ours = Author.objects.filter(brand_id=account.brand_id, network=account.network, external_id=account.external_id)
    ours.exclude(ours=True).update(ours=True)
    page = open_page(account)
    here = Message.objects.filter(brand_id=account.brand_id, network=account.network)
    changed = here.filter(author__in=ours, outbound=False) | here.filter(mentions__contains=[account.external_id])
    for message in changed.select_related("author", "thread"):
        derive(message, page.own, page.touched)
    hand_on(page)
