"""Customers' pictures and files: fetched by us behind the address guard, kept, never hot-linked."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction

from answerable.core import crash, files, http, live
from answerable.inbox.models import Attachment, Message
from answerable.inbox.text import clean

logger = logging.getLogger(__name__)


def fetch(message_id: int) -> None:
    """Fetches what is missing of a message's attachments. Safe to run again; a refusal is kept with its reason."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        return
    for attachment in Attachment.objects.filter(message=message, blob=None, trouble=""):
        _fetch_one(message, attachment)
    with transaction.atomic():
        live.tell(message.brand_id, "thread", message.thread_id)


def _fetch_one(message: Message, attachment: Attachment) -> None:
    try:
        fetched = http.fetch(
            attachment.url,
            allow_hosts=tuple(settings.OUTGOING_ALLOW_HOSTS),
            max_bytes=settings.MEDIA_MAX_BYTES,
            timeout=settings.HTTP_TIMEOUT,
        )
        attachment.blob = files.keep(message.brand_id, fetched.data)
        crash.point("after picture fetched")
    except (http.FetchFailed, http.AddressRefused, files.FileRefused) as error:
        attachment.trouble = clean(str(error), 300)
    except Exception:  # one odd picture must not keep the others of its message from being fetched
        logger.exception("attachment %s could not be fetched", attachment.pk)
        attachment.trouble = "it could not be fetched; the log has the details"
    attachment.save(update_fields=["blob", "trouble"])
