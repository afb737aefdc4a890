"""What other rooms may have written into the inbox: our own replies, as soon as the network has them."""

from __future__ import annotations

from datetime import datetime

from answerable.channels.contract import Gone, Seen
from answerable.channels.models import Account
from answerable.core.locks import serialise
from answerable.inbox.absorb import absorb
from answerable.inbox.intake import hand_on, open_page
from answerable.inbox.models import Message


def record_own(account: Account, item: Seen | Gone, *, sent_at: datetime | None = None) -> Message | None:
    """Writes our own delivered reply (or its deletion) in the caller's transaction. An echo merges with it by its id.

    sent_at: when the desk sent it; it answers only what had been received by then.
    """
    serialise("intake", account.brand_id, account.network)
    page = open_page(account)
    message = absorb(page, None, item)
    if message is not None and sent_at is not None:
        message.sent_here_at = sent_at
        message.save(update_fields=["sent_here_at"])
        page.touched.message(message)
    hand_on(page)
    return message
