"""From a stored event to the message it tells of. Pure: the event alone decides, whatever the network says now.

An event's body is {"why", "told", "met", "not_before", "post"} with the post as the app view shows it (a postView) and
when we met it, or, for a deletion, {"uri"}.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from answerable.channels.bluesky import names, tid
from answerable.channels.bluesky.embeds import media, quoted
from answerable.channels.bluesky.manifest import WEB
from answerable.channels.contract import Gone, Incoming, JsonObject, Link, Profile, Seen, Unreadable

_ROUNDING = timedelta(milliseconds=1)  # the network cuts times to milliseconds
_YEARS = range(2000, 2101)  # a claimed time outside is no time


def parse(incoming: Incoming, link: Link) -> Seen | Gone:
    """Reads one event; Unreadable names the part that is not as the protocol says."""
    body = _loaded(incoming.body)
    if incoming.kind == "gone":
        return Gone(_text(body, "uri"))
    return seen(body, str(link.settings.get("web") or WEB))


def seen(body: JsonObject, web: str) -> Seen:
    """The message in one event's body."""
    post = _object(body, "post")
    record = _object(post, "record", "post.")
    author = _profile(_object(post, "author", "post."), web)
    uri = _text(post, "uri", "post.")
    root, parent = _reply(record)
    languages = record.get("langs")
    return Seen(
        external_id=uri,
        author=author,
        text=_text(record, "text", "post.record."),
        thread_id=root or uri,
        parent_id=parent,
        quotes_id=quoted(record),
        mentions=_mentions(record),
        told=body.get("told") is True,
        context=body.get("why") == "context",
        claimed_at=moment(record.get("createdAt")),
        indexed_at=_indexed(post, record, body),
        language=str(languages[0]) if isinstance(languages, list) and languages else "",
        link=names.page(uri, author.handle, web),
        media=media(post.get("embed")),
    )


def moment(text: Any) -> datetime | None:
    """A time as the network writes it, in UTC; None for what is no time, has no zone, or lies in no sensible year."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        at = found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return at if at and at.year in _YEARS else None


def _indexed(post: JsonObject, record: JsonObject, body: JsonObject) -> datetime | None:
    """When the network showed the post.

    Its "indexedAt" is the earlier of its own clock and the author's: a customer whose clock is an hour slow would seem
    to wait for an hour. So unless it is plainly the network's own, it is held against when the record's key was made,
    and against a look of ours that would have met the post and did not.
    """
    indexed, met = moment(post.get("indexedAt")), moment(body.get("met"))
    claimed, not_before = moment(record.get("createdAt")), moment(body.get("not_before"))
    if indexed and claimed and indexed < claimed - _ROUNDING:
        return indexed
    made = tid.time_of(str(post.get("uri", "")).rpartition("/")[2])
    if made and met and made > met:
        made = None
    return max((at for at in (indexed, made, not_before) if at), default=met)


def _reply(record: JsonObject) -> tuple[str | None, str | None]:
    """(root, parent) that a post answers."""
    reply = record.get("reply")
    if not isinstance(reply, dict):
        return None, None
    parent = _text(_object(reply, "parent", "post.record.reply."), "uri", "post.record.reply.parent.")
    root = _text(_object(reply, "root", "post.record.reply."), "uri", "post.record.reply.root.")
    return root, parent


def _mentions(record: JsonObject) -> tuple[str, ...]:
    facets = record.get("facets")
    dids: list[str] = []
    for facet in facets if isinstance(facets, list) else []:
        features = facet.get("features") if isinstance(facet, dict) else None
        for feature in features if isinstance(features, list) else []:
            is_mention = isinstance(feature, dict) and str(feature.get("$type", "")).endswith("#mention")
            dids += [str(feature["did"])] if is_mention and feature.get("did") else []
    return tuple(dict.fromkeys(dids))


def _profile(author: JsonObject, web: str) -> Profile:
    did, handle = _text(author, "did", "post.author."), str(author.get("handle") or "")
    shown = handle if handle and handle != "handle.invalid" else did
    return Profile(
        external_id=did,
        handle=handle,
        name=str(author.get("displayName") or ""),
        avatar_url=str(author.get("avatar") or ""),
        url=f"{web}/profile/{shown}",
    )


def _loaded(body: str) -> JsonObject:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"the event is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise Unreadable("the event is no JSON object")
    return found


def _object(holder: JsonObject, name: str, where: str = "") -> JsonObject:
    found = holder.get(name)
    if not isinstance(found, dict):
        raise Unreadable(f"{where}{name} is missing or no object")
    return found


def _text(holder: JsonObject, name: str, where: str = "") -> str:
    found = holder.get(name)
    if not isinstance(found, str) or (not found and name != "text"):
        raise Unreadable(f"{where}{name} is missing or no text")
    return found
