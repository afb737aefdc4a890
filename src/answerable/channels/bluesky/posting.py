"""Putting a reply on the network once, finding it again, taking it down.

The record key is chosen before the first attempt, and every attempt writes the very same record under it, on the
condition that nothing stands there yet. So two attempts cannot make two posts, and reading the key back tells the truth.
"""

from __future__ import annotations

from typing import Any

from answerable.channels.bluesky import look, names
from answerable.channels.bluesky.errors import ServiceError
from answerable.channels.bluesky.facets import facets
from answerable.channels.bluesky.manifest import MANIFEST, MAX_BYTES, POST, WEB, graphemes
from answerable.channels.bluesky.parse import moment
from answerable.channels.bluesky.pictures import fit
from answerable.channels.bluesky.session import BlueskySession
from answerable.channels.contract import ChannelError, JsonObject, Link, Outgoing, Picture, Receipt, Symbol

_MAX_ALT = 2000  # graphemes we send; the network takes more, people do not


def send(session: BlueskySession, link: Link, outgoing: Outgoing) -> Receipt:
    """Writes the reply. A reply that stands there already under this key is success."""
    _check(outgoing)
    try:
        record = _record(session, outgoing)
    except ChannelError as error:
        # An earlier attempt may have arrived, and what it answered may be gone since.
        if error.permanent and (stands := find(session, link, outgoing)):
            return stands
        raise
    body: JsonObject = {"repo": link.external_id, "collection": POST, "rkey": outgoing.key, "record": record}
    try:
        # createRecord answers a second attempt with a bare 500; putRecord on "nothing there" says what is the matter.
        answer = session.write("com.atproto.repo.putRecord", {**body, "swapRecord": None})
    except ServiceError as error:
        if error.name != "InvalidSwap":
            raise
        receipt = find(session, link, outgoing)
        if receipt is None:
            text = "Bluesky says that the reply stands there already, but does not show it."
            raise ChannelError(Symbol.BAD_ANSWER, text, effect_unknown=True) from error
        return receipt
    return _receipt(link, names.post_uri(link.external_id, outgoing.key), str(answer.get("cid", "")), record)


def find(session: BlueskySession, link: Link, outgoing: Outgoing) -> Receipt | None:
    """Reads the record back by its key, from our own data server, which always knows."""
    uri = names.post_uri(link.external_id, outgoing.key)
    found = look.record(session, uri)
    if found is None:
        return None
    value = found.get("value")
    if not isinstance(value, dict) or value.get("text") != outgoing.text or _parent(value) != outgoing.parent_id:
        text = "Another post stands on Bluesky under the key of this reply. Look there before sending it again."
        raise ChannelError(Symbol.REFUSED, text, permanent=True)
    return _receipt(link, uri, str(found.get("cid", "")), value)


def delete(session: BlueskySession, link: Link, external_id: str) -> None:
    """Takes down our own post. The network calls a record that is already gone a success, and so do we."""
    parts = names.split(external_id)
    if parts is None or parts[0] != link.external_id or parts[1] != POST:
        raise ChannelError(Symbol.FORBIDDEN, "Only posts of this account itself can be deleted.", permanent=True)
    session.write("com.atproto.repo.deleteRecord", {"repo": parts[0], "collection": POST, "rkey": parts[2]})


def _check(outgoing: Outgoing) -> None:
    length, size = graphemes(outgoing.text), _size(outgoing.text)
    if length > MANIFEST.text_limit:
        text = f"The reply has {length} characters; Bluesky takes {MANIFEST.text_limit}."
        raise ChannelError(Symbol.TOO_LONG, text, permanent=True)
    if size > MAX_BYTES:
        text = f"The reply takes {size} bytes; Bluesky takes {MAX_BYTES}. Emoji and stacked accents take many."
        raise ChannelError(Symbol.TOO_LONG, text, permanent=True)
    if len(outgoing.pictures) > MANIFEST.images:
        text = f"The reply has {len(outgoing.pictures)} pictures; Bluesky takes {MANIFEST.images}."
        raise ChannelError(Symbol.REFUSED, text, permanent=True)
    if not outgoing.public:
        raise ChannelError(Symbol.REFUSED, "Private messages cannot be sent on Bluesky yet.", permanent=True)


def _size(text: str) -> int:
    """Bytes of a text. Half of a surrogate pair is no text: some cut-and-paste leaves one."""
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        words = "The reply has a broken character in it (half of an emoji, perhaps). Delete it and type it again."
        raise ChannelError(Symbol.REFUSED, words, permanent=True) from error


def _record(session: BlueskySession, outgoing: Outgoing) -> JsonObject:
    """The record, the same on every attempt: its time is that of the first one."""
    since = outgoing.since.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record: JsonObject = {"$type": POST, "text": outgoing.text, "createdAt": since}
    record["reply"] = _answered(session, outgoing.parent_id)
    found = facets(outgoing.text, lambda handle: _did(session, outgoing, handle))
    if found:
        record["facets"] = found
    if outgoing.language:
        record["langs"] = [outgoing.language]
    if outgoing.pictures:
        images = [_image(session, picture) for picture in outgoing.pictures]
        record["embed"] = {"$type": "app.bsky.embed.images", "images": images}
    return record


def _answered(session: BlueskySession, parent_id: str) -> JsonObject:
    """The reply's strong references to parent and root: the root is the one that the parent itself names."""
    shown = look.posts(session, [parent_id]).get(parent_id)
    if shown is None:
        shown = _hidden(session, parent_id)
    elif _viewer(shown).get("replyDisabled"):
        text = "The author allows answers to this post only from some people, and this account is not among them."
        raise ChannelError(Symbol.FORBIDDEN, text, permanent=True)
    parent = {"uri": parent_id, "cid": str(shown.get("cid", ""))}
    reply = shown["record"].get("reply") if isinstance(shown.get("record"), dict) else None
    root = reply.get("root") if isinstance(reply, dict) else None
    return {"root": root if isinstance(root, dict) else parent, "parent": parent}


def _hidden(session: BlueskySession, parent_id: str) -> JsonObject:
    """A parent that the app view does not show us: blocked, gone, or too new."""
    if look.is_blocked(look.thread(session, parent_id, 0)):
        text = "The author and this account have blocked each other, so no reply reaches them here."
        raise ChannelError(Symbol.FORBIDDEN, text, permanent=True)
    found = look.record(session, parent_id)
    if found is None:
        text = "The post that this answers no longer stands on Bluesky."
        raise ChannelError(Symbol.TARGET_GONE, text, permanent=True)
    return {"cid": found.get("cid"), "record": found.get("value")}


def _viewer(post: JsonObject) -> JsonObject:
    viewer = post.get("viewer")
    return viewer if isinstance(viewer, dict) else {}


def _did(session: BlueskySession, outgoing: Outgoing, handle: str) -> str | None:
    if handle == outgoing.to_handle.lower():
        return outgoing.to_id
    try:
        return str(session.query("com.atproto.identity.resolveHandle", handle=handle).get("did") or "") or None
    except ServiceError as error:
        if error.status == 400:  # nobody has this handle: it stays plain text
            return None
        raise


def _image(session: BlueskySession, picture: Picture) -> JsonObject:
    ready = fit(picture)
    blob = session.upload(ready.data, ready.content_type).get("blob")
    if not isinstance(blob, dict):
        raise ChannelError(Symbol.BAD_ANSWER, "Bluesky took the picture but did not say where it is.")
    ratio = {"width": ready.width, "height": ready.height}
    return {"image": blob, "alt": picture.alt[:_MAX_ALT], "aspectRatio": ratio}


def _parent(value: JsonObject) -> Any:
    reply = value.get("reply")
    parent = reply.get("parent") if isinstance(reply, dict) else None
    return parent.get("uri") if isinstance(parent, dict) else None


def _receipt(link: Link, uri: str, cid: str, record: JsonObject) -> Receipt:
    page = names.page(uri, link.handle, str(link.settings.get("web") or WEB))
    return Receipt(uri, moment(record.get("createdAt")), page, {"uri": uri, "cid": cid, "record": record})
