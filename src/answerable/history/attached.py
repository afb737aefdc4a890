"""Pictures and files that come along in a history. One by one: there are few, and each is looked at."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from django.conf import settings

from answerable.channels.archive.staging import Stage
from answerable.core import files
from answerable.inbox.absorb import NOT_FETCHED
from answerable.inbox.models import Attachment
from answerable.inbox.text import clean
from answerable.people.models import Brand

_FRESH = "WHERE n.thread IN (SELECT thread FROM fresh)"


def attach(brand: Brand, stage: Stage) -> None:
    """The attachments of this batch's new messages, with their bytes where the file holds them."""
    told = stage.rows(f"""SELECT n.id, r.media FROM numbered n JOIN records r USING (line) {_FRESH}
        AND json_type(r.media) = 'ARRAY' AND json_array_length(r.media) > 0 ORDER BY n.id""")
    for message_id, media in told:
        for position, item in enumerate(json.loads(media)[: settings.MEDIA_MAX_PER_MESSAGE]):
            if isinstance(item, dict):
                _attachment(brand, message_id, position, item).save()
    parts = stage.rows(f"""SELECT n.id, p.position, p.data FROM numbered n JOIN records r USING (line)
        JOIN parts p ON p.network = r.network AND p.message = r.id {_FRESH} ORDER BY n.id, p.position""")
    for message_id, position, data in parts:
        for attachment in Attachment.objects.filter(message_id=message_id, position=position, blob=None):
            _fill(brand, attachment, data)
            attachment.save()


def _attachment(brand: Brand, message_id: int, position: int, item: dict[str, Any]) -> Attachment:
    attachment = Attachment(
        message_id=message_id,
        position=position,
        url=clean(str(item.get("url") or ""), 4000),
        alt=clean(str(item.get("alt") or ""), 20_000),
        trouble=clean(str(item.get("trouble") or ""), 300),
    )
    _fill(brand, attachment, item.get("data"))
    return attachment


def _fill(brand: Brand, attachment: Attachment, data: object) -> None:
    try:
        if isinstance(data, str) and data:
            attachment.blob = files.keep(brand.pk, base64.b64decode(data, validate=True))
            attachment.trouble = ""
        else:
            attachment.trouble = attachment.trouble or NOT_FETCHED
    except (files.FileRefused, binascii.Error) as error:
        attachment.trouble = str(error)[:300]
