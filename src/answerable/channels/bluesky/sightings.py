"""A post met during a poll, and how it becomes an event."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from answerable.channels.bluesky import names
from answerable.channels.contract import Incoming, JsonObject

TELLING = frozenset({"mention", "reply", "quote"})


@dataclass(frozen=True, slots=True)
class Sighting:
    """A post and why it is sent on: mention, reply, quote (the network told us), own, found, context.

    post: as the app view shows it; whole is false while it is only what a notification or our own record tells of it.
    not_before: the network cannot have shown it earlier.
    """

    why: str
    post: JsonObject
    told: bool = False
    whole: bool = False
    subject: str = ""
    not_before: datetime | None = None

    @property
    def uri(self) -> str:
        return str(self.post.get("uri", ""))

    @property
    def letter(self) -> str:
        return self.why[0]

    def filled(self, post: JsonObject) -> Sighting:
        return replace(self, post=post, whole=True)

    def event(self, met: datetime) -> Incoming:
        """The same post met in the same way always has the same key; a changed post has another."""
        body = {"why": self.why, "told": self.told, "subject": self.subject, "met": met.isoformat(), "post": self.post}
        if self.not_before:
            body["not_before"] = self.not_before.isoformat()
        key = f"{self.why}:{self.uri}#{self.post.get('cid', '')}{'' if self.whole else '~'}"
        return Incoming("post", self.uri, json.dumps(body, ensure_ascii=False), key=key)

    def refers(self) -> list[str]:
        """The posts above this one that it names itself: its parent and its root."""
        record = self.post.get("record")
        reply = record.get("reply") if isinstance(record, dict) else None
        ends = [reply.get("parent"), reply.get("root")] if isinstance(reply, dict) else []
        found = [str(end.get("uri", "")) for end in ends if isinstance(end, dict)]
        return [uri for uri in found if names.is_post(uri)]


def gone(uri: str) -> Incoming:
    """The event of a deletion."""
    return Incoming("gone", uri, json.dumps({"why": "gone", "uri": uri}), key=f"gone:{uri}", gone=True)
