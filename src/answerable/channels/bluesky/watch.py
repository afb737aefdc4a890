"""Deletions: Bluesky tells nobody of them, so posts that still matter are looked at again."""

from __future__ import annotations

from collections.abc import Sequence

from answerable.channels.bluesky import look, names
from answerable.channels.bluesky.memory import Memory
from answerable.channels.bluesky.session import BlueskySession
from answerable.channels.bluesky.sightings import gone
from answerable.channels.contract import Incoming

WINDOW = 2 * look.BATCH  # watched posts looked at in one poll, turn by turn
SUSPECTS = look.BATCH


def deletions(session: BlueskySession, memory: Memory, watch: Sequence[str]) -> list[Incoming]:
    """Posts of watch that are gone.

    A post is gone when two polls running did not see it and the network then says so outright. An error says nothing,
    and the app view forgets for a moment: one copy of it lags behind another.
    """
    wanted = [uri for uri in dict.fromkeys(watch) if names.is_post(uri)]
    before = memory.state.get("missing")
    suspects = [uri for uri in before if uri in set(wanted)] if isinstance(before, list) else []
    chosen = _turn(wanted, memory)
    shown = look.posts(session, [*suspects, *chosen])
    events = [gone(uri) for uri in suspects if uri not in shown and _is_gone(session, uri)]
    memory.state["missing"] = [uri for uri in chosen if uri not in shown and uri not in suspects][:SUSPECTS]
    return events


def _turn(wanted: list[str], memory: Memory) -> list[str]:
    """The next of the watched posts, so that each has its turn."""
    if len(wanted) <= WINDOW:
        return wanted
    start = int(memory.state.get("turn", 0)) % len(wanted)
    memory.state["turn"] = start + WINDOW
    return (wanted + wanted)[start : start + WINDOW]


def _is_gone(session: BlueskySession, uri: str) -> bool:
    """A post hidden from us by a block has a thread that says so, and a record."""
    return look.thread(session, uri, 0) is None and look.record(session, uri) is None
