"""Reads what a console network sends. Pure: no network, no clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from answerable.channels.contract import Gone, Incoming, JsonObject, Media, MessageKind, Profile, Seen, Unreadable

T = TypeVar("T")
TOLD = frozenset({"mention", "reply", "comment", "quote", "direct", "review"})


def dump(value: object) -> str:
    """JSON in ASCII: a lone surrogate or a NUL in a text stays an escape, so that any database can keep the raw body."""
    return json.dumps(value, separators=(",", ":"))


def split(body: bytes) -> Sequence[Incoming]:
    """The events of one webhook body."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the webhook's body is no JSON: {error}") from error
    events = whole.get("events") if isinstance(whole, dict) else None
    if not isinstance(events, list):
        raise Unreadable("the webhook's body has no list “events”")
    return [incoming(event) for event in events]


def incoming(event: object) -> Incoming:
    """One event as it is stored; also one that nobody will be able to read."""
    if not isinstance(event, dict):
        return Incoming(kind="unknown", object_id="", body=dump(event))
    post, kind, key = event.get("post"), event.get("type"), event.get("id")
    ident = post.get("id") if isinstance(post, dict) else None
    return Incoming(
        kind=kind if isinstance(kind, str) else "unknown",
        object_id=ident if isinstance(ident, str) else "",
        body=dump(event),
        key=key if isinstance(key, str) and key else None,
        gone=kind == "deleted",
    )


def context(post: JsonObject) -> Incoming:
    """A post that was fetched to complete a thread."""
    return incoming({"id": f"context:{post.get('id')}:{post.get('version')}", "type": "context", "post": post})


def gone(ident: str, at: str | None) -> Incoming:
    """A post that a look found gone."""
    event = {"id": f"gone:{ident}:{at}", "type": "deleted", "post": {"id": ident, "deleted_at": at}}
    return incoming(event)


def read(found: Incoming) -> Sequence[Seen | Gone]:
    """The message or the deletion that an event tells of."""
    try:
        event = json.loads(found.body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the event is no JSON: {error}") from error
    if not isinstance(event, dict) or not isinstance(event.get("post"), dict):
        raise Unreadable("the event has no object “post”")
    post, kind = event["post"], event.get("type")
    if kind == "deleted":
        return [Gone(_text(post, "id"), _time(post, "deleted_at"))]
    if kind in ("post", "edited", "context"):
        return [_seen(post, str(event.get("why", "")), context=kind == "context")]
    raise Unreadable(f"nobody knows an event of type {kind!r}")


def _seen(post: JsonObject, why: str, *, context: bool) -> Seen:
    kind, to = _text(post, "kind"), _maybe(post, "to")
    if kind not in set(MessageKind):
        raise Unreadable(f"post.kind: nobody knows a message of kind {kind!r}")
    return Seen(
        external_id=_text(post, "id"),
        author=profile(post.get("author")),
        text=_text(post, "text", empty=True),
        thread_id=_text(post, "root"),
        parent_id=_maybe(post, "parent"),
        quotes_id=_maybe(post, "quotes"),
        kind=MessageKind(kind),
        public=post.get("public") is not False,
        mentions=tuple(_list(post, "mentions", _id)),
        told=why in TOLD and not context,
        context=context,
        claimed_at=_claim(post.get("claimed_at")),
        indexed_at=_time(post, "indexed_at"),
        version_at=_time(post, "version_at"),
        edited=post.get("version") not in (None, 1),
        language=_maybe(post, "language") or "",
        link=_maybe(post, "url") or "",
        media=tuple(_list(post, "media", _media)),
        to_ids=(to,) if to else (),
        automatic=post.get("automatic") is True,
    )


def profile(value: object) -> Profile:
    """Who somebody is there."""
    if not isinstance(value, dict):
        raise Unreadable("post.author must be an object")
    followers = value.get("followers")
    return Profile(
        external_id=_text(value, "id", of="author"),
        handle=_maybe(value, "handle") or "",
        name=_maybe(value, "name") or "",
        avatar_url=_maybe(value, "avatar") or "",
        followers=followers if type(followers) is int and followers >= 0 else None,
        url=_maybe(value, "url") or "",
    )


def _media(value: object) -> Media:
    if not isinstance(value, dict):
        raise Unreadable("post.media must be a list of objects")
    return Media(_text(value, "url", of="media"), _maybe(value, "alt") or "", _maybe(value, "content_type") or "")


def _id(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Unreadable("post.mentions must be a list of ids")
    return value


def _list(post: JsonObject, name: str, one: Callable[[object], T]) -> list[T]:
    value = post.get(name) or []
    if not isinstance(value, list):
        raise Unreadable(f"post.{name} must be a list")
    return [one(item) for item in value]


def _text(where: JsonObject, name: str, *, empty: bool = False, of: str = "post") -> str:
    value = where.get(name)
    if not isinstance(value, str) or not (value or empty):
        raise Unreadable(f"{of}.{name} is missing, or is no text")
    return value


def _maybe(where: JsonObject, name: str) -> str | None:
    value = where.get(name)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"“{name}” must be a text, or left out")
    return value or None


def _time(where: JsonObject, name: str) -> datetime | None:
    """A time of the network's own clock: one that cannot be read is a payload that cannot be trusted."""
    value = where.get(name)
    if value is None:
        return None
    found = _claim(value)
    if found is None:
        raise Unreadable(f"“{name}” is no time: {str(value)[:80]!r}")
    return found


def _claim(value: Any) -> datetime | None:
    """A time of the author's clock: anybody can write anything there, so what is no time counts as not said."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
