"""What PostgreSQL and Python cannot both hold, taken out of text from outside; everything else stays as it was sent."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # before any network that is listened to
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def clean(text: str, limit: int | None = None) -> str:
    """Without NUL (PostgreSQL refuses it) and with half surrogates replaced (UTF-8 refuses them); cut at limit."""
    text = text.replace("\x00", "")
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if limit is None else text[:limit]


def sane(at: datetime | None) -> datetime | None:
    """A time from outside, or None for one no calendar of ours can show: clocks that were never set, jokes, attacks."""
    return at if at is not None and EARLIEST <= at <= LATEST else None


def event_key(kind: str, object_id: str, body: bytes) -> str:
    """The key of an event that the network gave none: an edit of the same post has another body, so another key."""
    digest = hashlib.sha256(f"{kind}\x1f{object_id}\x1f".encode("utf-8", "replace") + body)
    return "sha256:" + digest.hexdigest()
