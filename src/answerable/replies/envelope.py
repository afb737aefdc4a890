"""A delivery as the adapter needs it, and a receipt as the inbox keeps it."""

from __future__ import annotations

from answerable.channels.contract import MessageKind, Outgoing, Picture, Profile, Receipt, Seen
from answerable.core import clock
from answerable.replies.models import Delivery


def outgoing(delivery: Delivery) -> Outgoing:
    """The reply as plain data for the adapter."""
    draft = delivery.draft
    assert draft is not None, "only a reply goes out"
    message = draft.answers
    pictures = [
        Picture(bytes(row.blob.data), row.blob.content_type, row.alt, row.blob.width, row.blob.height)
        for row in draft.pictures.select_related("blob").order_by("pk")
    ]
    return Outgoing(
        key=delivery.key,
        text=draft.text,
        parent_id=message.external_id,
        root_id=message.thread.external_id,
        public=message.public,
        to_id=message.author.external_id,
        to_handle=message.author.handle,
        since=delivery.first_sent_at or clock.now(),
        language=message.language,
        pictures=tuple(pictures),
    )


def as_seen(delivery: Delivery, receipt: Receipt) -> Seen:
    """Our reply as a message: what its echo will also say, so that the two become one row."""
    draft, account = delivery.draft, delivery.account
    assert draft is not None, "only a reply becomes a message"
    message = draft.answers
    kind = MessageKind(message.kind)
    return Seen(
        external_id=receipt.external_id,
        author=Profile(account.external_id, account.handle, account.name),
        text=draft.text,
        thread_id=message.thread.external_id,
        parent_id=message.external_id,
        kind=MessageKind.COMMENT if kind is MessageKind.POST else kind,
        public=message.public,
        claimed_at=clock.now(),
        indexed_at=receipt.at,
        link=receipt.link,
        to_ids=() if message.public else (message.author.external_id,),
    )
