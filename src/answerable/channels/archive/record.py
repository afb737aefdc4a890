"""One record of a history → what the inbox reads: the same words as docs/guides/import.md. Pure.

The inbox keeps a record in full: every time written out, thread and mentions resolved (history/rows.py writes it so).
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from answerable.channels.contract import History, Incoming, Media, MessageKind, Profile, Seen, Unreadable

ARCHIVE = "archive"
RECORD, ACT = "record", "act"  # kinds of raw events that come from files
FROM_FILES = frozenset({RECORD, ACT})


def read(event: Incoming) -> list[Seen]:
    """The message of a record. Acts are what people did: never derived again, so they say nothing here."""
    if event.kind == ACT:
        return []
    try:
        record = json.loads(event.body)
        return [_seen(record)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"this record cannot be read: {type(error).__name__} {error}") from error


def _seen(record: dict[str, Any]) -> Seen:
    at = moment(record["at"])
    edited_at = _maybe(record.get("edited_at"))
    return Seen(
        external_id=record["id"],
        author=_author(record["author"]),
        text=record.get("text") or "",
        thread_id=record["thread"],
        parent_id=record.get("parent") or None,
        quotes_id=record.get("quotes") or None,
        kind=MessageKind(record.get("kind") or "post"),
        public=bool(record.get("public", True)),
        mentions=tuple(record.get("mentions") or ()),
        told=bool(record.get("told")),
        context=bool(record.get("context")),
        claimed_at=_maybe(record["claimed_at"]) if "claimed_at" in record else at,
        indexed_at=_maybe(record.get("indexed_at")),
        version_at=_maybe(record.get("version_at")) or edited_at or at,
        edited=edited_at is not None,
        language=record.get("language") or "",
        link=record.get("link") or "",
        media=tuple(_media(item) for item in record.get("media") or ()),
        to_ids=tuple(map(str, record.get("to") or ())),
        automatic=bool(record.get("automatic")),
        history=History(
            at=at,
            received_at=_maybe(record.get("received_at")) or at,
            sent_here_at=_maybe(record.get("sent_here_at")),
            gone_at=_maybe(record.get("gone_at")),
            revisions=tuple((moment(old["at"]), old.get("text") or "") for old in record.get("revisions") or ()),
        ),
    )


def _author(told: dict[str, Any]) -> Profile:
    followers = told.get("followers")
    return Profile(
        external_id=str(told["id"]),
        handle=str(told.get("handle") or ""),
        name=str(told.get("name") or ""),
        avatar_url=str(told.get("avatar_url") or ""),
        followers=int(followers) if followers is not None else None,
        url=str(told.get("url") or ""),
    )


def _media(told: dict[str, Any]) -> Media:
    data = told.get("data")
    try:
        held = base64.b64decode(data, validate=True) if data else None
    except binascii.Error:
        held = None  # a broken picture is shown as one that is not there
    return Media(str(told.get("url") or ""), str(told.get("alt") or ""), str(told.get("type") or ""), held)


def moment(text: str) -> datetime:
    """A time as ISO 8601; without a zone it is UTC."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _maybe(text: str | None) -> datetime | None:
    return moment(text) if text else None
