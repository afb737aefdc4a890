"""Posts as an app view shows them, written by hand for the tests."""

from __future__ import annotations

import json
from typing import Any

from answerable.channels.bluesky import tid
from answerable.channels.contract import Incoming, JsonObject, Link

BRAND = "did:plc:brandbrandbrandbrandbran"
CAROL = "did:plc:carolcarolcarolcarolcaro"
KEY = tid.encode(1_790_000_000_000_000, 7)  # 2026-09-21T14:13:20Z
URI = f"at://{CAROL}/app.bsky.feed.post/{KEY}"
MADE = "2026-09-21T14:13:20.000Z"

LINK = Link(BRAND, "brand.test", "bluesky", {"service": "https://pds.test"}, {}, lambda secret: None)


def post(text: str = "Where is my tent?", **more: Any) -> JsonObject:
    """A post of Carol's; record=… adds to its record."""
    record = {"$type": "app.bsky.feed.post", "text": text, "createdAt": MADE, **more.pop("record", {})}
    author = {"did": CAROL, "handle": "carol.test", "displayName": "Carol", "avatar": "https://cdn.test/carol.jpg"}
    return {"uri": URI, "cid": "bafycid", "author": author, "record": record, "indexedAt": MADE, **more}


def event(post: Any, why: str = "mention", **more: Any) -> Incoming:
    body = {"why": why, "told": True, "met": "2026-09-21T14:13:25Z", "post": post, **more}
    return Incoming("post", URI, json.dumps(body), key=f"{why}:{URI}")
