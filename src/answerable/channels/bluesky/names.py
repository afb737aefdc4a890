"""Addresses of records: at://did/collection/rkey."""

from __future__ import annotations

from answerable.channels.bluesky.manifest import POST, WEB


def post_uri(did: str, rkey: str) -> str:
    """The id that a post with this key has."""
    return f"at://{did}/{POST}/{rkey}"


def split(uri: str) -> tuple[str, str, str] | None:
    """(did, collection, rkey) of a record's address; None if it is none."""
    parts = uri.removeprefix("at://").split("/")
    if not uri.startswith("at://") or len(parts) != 3 or not all(parts):
        return None
    return parts[0], parts[1], parts[2]


def owner(uri: str) -> str:
    """The did in an address, "" if it is no address."""
    parts = split(uri)
    return parts[0] if parts else ""


def is_post(uri: str) -> bool:
    parts = split(uri)
    return parts is not None and parts[1] == POST


def page(uri: str, handle: str, web: str = WEB) -> str:
    """The public page of a post. A handle that no longer resolves is replaced by the did, which always works."""
    parts = split(uri)
    if parts is None:
        return ""
    who = handle if handle and handle != "handle.invalid" else parts[0]
    return f"{web}/profile/{who}/post/{parts[2]}"
