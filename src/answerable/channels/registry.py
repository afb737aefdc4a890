"""Every channel this house knows, by key. Adding one: docs/rooms/channels.md, "Add a channel"."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from answerable.channels.contract import Channel

# key → "module:class"; imported on first use, so that a network's SDK costs nothing until it is needed.
CHANNELS = {
    "archive": "answerable.channels.archive.adapter:Archive",
    "bluesky": "answerable.channels.bluesky.adapter:Bluesky",
    "console": "answerable.channels.console.adapter:Console",
}


class UnknownChannel(LookupError):
    """No channel with this key."""


@cache
def channel(key: str) -> Channel:
    """The adapter for a channel key; UnknownChannel if there is none."""
    if key not in CHANNELS:
        raise UnknownChannel(f"there is no channel {key!r}; known: {', '.join(sorted(CHANNELS))}")
    module, name = CHANNELS[key].split(":")
    adapter: Channel = getattr(import_module(module), name)()
    return adapter
