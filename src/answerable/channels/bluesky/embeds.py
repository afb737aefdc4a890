"""What a post carries beside its text: pictures, a quoted post."""

from __future__ import annotations

from typing import Any

from answerable.channels.bluesky import names
from answerable.channels.contract import JsonObject, Media


def media(embed: Any) -> tuple[Media, ...]:
    """The pictures of an embed as the app view shows it, in their order. A video gives its still."""
    if not isinstance(embed, dict):
        return ()
    kind = str(embed.get("$type", ""))
    if kind.startswith("app.bsky.embed.recordWithMedia"):
        return media(embed.get("media"))
    if kind.startswith("app.bsky.embed.video"):
        return _picture(embed.get("thumbnail"), embed.get("alt"))
    listed = embed.get("images") or embed.get("items")
    found: tuple[Media, ...] = ()
    for image in listed if isinstance(listed, list) else []:
        if isinstance(image, dict):
            found += _picture(image.get("fullsize") or image.get("thumbnail"), image.get("alt"))
    return found


def quoted(record: JsonObject) -> str | None:
    """The id of the post that a record quotes. Embedded lists, feeds and starter packs are no quotes."""
    embed = record.get("embed")
    while isinstance(embed, dict):
        inner = embed.get("record")
        uri = inner.get("uri") if isinstance(inner, dict) else None
        if isinstance(uri, str):
            return uri if names.is_post(uri) else None
        embed = inner  # recordWithMedia wraps a record embed
    return None


def _picture(url: Any, alt: Any) -> tuple[Media, ...]:
    if not isinstance(url, str) or not url:
        return ()
    return (Media(url, alt if isinstance(alt, str) else ""),)
