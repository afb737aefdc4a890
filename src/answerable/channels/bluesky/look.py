"""The questions a poll asks the network, each answer reduced to the shape we need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from answerable.channels.bluesky import names
from answerable.channels.bluesky.errors import ServiceError
from answerable.channels.bluesky.manifest import POST
from answerable.channels.bluesky.session import BlueskySession
from answerable.channels.contract import JsonObject

BATCH = 25  # posts that getPosts takes at once
_NO_RECORD = frozenset({"RecordNotFound", "InvalidRequest"})  # the second: the whole repository is gone


def objects(found: Any) -> list[JsonObject]:
    """The JSON objects in what should be a list of them."""
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def batches(uris: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(uris), BATCH):
        yield uris[start : start + BATCH]


def posts(session: BlueskySession, uris: Sequence[str]) -> dict[str, JsonObject]:
    """The posts that the app view shows us, by address. One that is missing may be gone, blocked, or not indexed yet."""
    found: dict[str, JsonObject] = {}
    for batch in batches(list(dict.fromkeys(uris))):
        for post in objects(session.query("app.bsky.feed.getPosts", uris=list(batch)).get("posts")):
            found[str(post.get("uri", ""))] = post
    return found


def record(session: BlueskySession, uri: str) -> JsonObject | None:
    """{uri, cid, value} of a record; None when it certainly is not there. Our own are read from our data server itself."""
    parts = names.split(uri)
    if parts is None:
        return None
    did, collection, rkey = parts
    try:
        return session.query("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=rkey)
    except ServiceError as error:
        if error.status in (400, 404) and error.name in _NO_RECORD:
            return None
        raise


def thread(session: BlueskySession, uri: str, depth: int) -> JsonObject | None:
    """The thread under a post (a threadViewPost, or the protocol's word for a blocked one); None when not found."""
    try:
        answer = session.query("app.bsky.feed.getPostThread", uri=uri, depth=depth, parentHeight=0)
    except ServiceError as error:
        if error.name == "NotFound":
            return None
        raise
    found = answer.get("thread")
    if not isinstance(found, dict) or str(found.get("$type", "")).endswith("#notFoundPost"):
        return None
    return found


def is_blocked(found: JsonObject | None) -> bool:
    return found is not None and str(found.get("$type", "")).endswith("#blockedPost")


def own_records(
    session: BlueskySession, did: str, limit: int, cursor: str | None
) -> tuple[list[JsonObject], str | None]:
    """Our own posts from our data server, newest key first: there at once, while the app view lags."""
    answer = session.query("com.atproto.repo.listRecords", repo=did, collection=POST, limit=limit, cursor=cursor)
    following = answer.get("cursor")
    return objects(answer.get("records")), following if isinstance(following, str) else None
