"""What Bluesky can do, as data."""

from __future__ import annotations

import regex

from answerable.channels.contract import Manifest, Retry, Unit

NETWORK = "bluesky"
SERVICE = "https://bsky.social"
WEB = "https://bsky.app"
POST = "app.bsky.feed.post"
MAX_BYTES = 3000  # of a post's text, beside its 300 graphemes

MANIFEST = Manifest(
    network=NETWORK,
    label="Bluesky",
    delete_own=True,
    retry=Retry.RECORD_KEY,
    text_limit=300,
    unit=Unit.GRAPHEMES,
    images=4,
    image_bytes=1_000_000,
    alt_text=True,
    poll_seconds=5.0,
)


def graphemes(text: str) -> int:
    """Length of a text as people and Bluesky count it."""
    return len(regex.findall(r"\X", text))
