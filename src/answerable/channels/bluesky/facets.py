"""Links, mentions and tags in a text, as Bluesky wants them: ranges of bytes beside the plain text."""

from __future__ import annotations

from collections.abc import Callable

from atproto_client.utils import facet_detection

from answerable.channels.contract import JsonObject

_MENTION = "app.bsky.richtext.facet#mention"


def facets(text: str, resolve: Callable[[str], str | None]) -> list[JsonObject]:
    """The facets of a text, by position. resolve: handle → did, or None when nobody has that handle (no facet then)."""
    found = [facet.model_dump(by_alias=True, exclude_none=True) for facet in facet_detection.detect_facets(text)]
    for mention in facet_detection.detect_mentions(text):
        did = resolve(mention.handle.lower())
        if did:
            index = {"byteStart": mention.byte_start, "byteEnd": mention.byte_end}
            found.append({"index": index, "features": [{"$type": _MENTION, "did": did}]})
    return sorted(found, key=lambda facet: int(facet["index"]["byteStart"]))
