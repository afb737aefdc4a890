"""One poll: what the network told, our own posts, what stands around them, and what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from answerable.channels.bluesky import look, own, told, watch
from answerable.channels.bluesky.memory import Memory
from answerable.channels.bluesky.parse import moment
from answerable.channels.bluesky.session import BlueskySession
from answerable.channels.bluesky.sightings import Sighting
from answerable.channels.contract import JsonObject, Link, Page

LEVELS = 30  # how far up a thread is followed beside its root
CONTEXT = 200  # posts fetched in one poll to complete threads
PATIENCE = timedelta(minutes=10)  # how long the app view may take to show a post that we know of otherwise


def poll(session: BlueskySession, link: Link, cursor: JsonObject, watched: Sequence[str], now: datetime) -> Page:
    """What is new since cursor; the whole poll fails when any part of it does, and then nothing is marked as read."""
    memory = Memory(cursor, now)
    reading = told.Reading(session, memory)
    reading.read()
    mine, latest, more = own.read(session, link, memory)
    found = _whole(session, memory, [*reading.found, *mine])
    _note(memory, found)
    found += _noted(memory, own.reconcile(session, link, memory, latest))
    around = _context(session, memory, found)
    events = [sighting.event(now) for sighting in [*around, *sorted(found, key=_shown_at)]]
    events += watch.deletions(session, memory, watched)
    if not reading.more:
        memory.did("polled")
    return Page(events, memory.cursor(), more=reading.more or more)


def _shown_at(sighting: Sighting) -> str:
    return str(sighting.post.get("indexedAt", ""))


def _whole(session: BlueskySession, memory: Memory, found: list[Sighting]) -> list[Sighting]:
    """The sightings with their posts as the app view shows them (pictures, names), where it does."""
    shown = look.posts(session, [sighting.uri for sighting in found])
    return [sighting.filled(shown[sighting.uri]) if sighting.uri in shown else sighting for sighting in found]


def _note(memory: Memory, found: list[Sighting]) -> None:
    """A post that is not shown yet is sent as far as it is known, and met again until it is shown."""
    for sighting in found:
        at = moment(sighting.post.get("indexedAt"))
        waits = not sighting.whole and at is not None and memory.now - at < PATIENCE
        memory.add("b" if waits else sighting.letter, sighting.uri)


def _noted(memory: Memory, found: list[Sighting]) -> list[Sighting]:
    fresh = list({sighting.uri: sighting for sighting in found}.values())
    _note(memory, fresh)
    return fresh


def _context(session: BlueskySession, memory: Memory, found: list[Sighting]) -> list[Sighting]:
    """The posts above the found ones up to their roots, those furthest up first. A gap in the chain ends the way up."""
    around: list[Sighting] = []
    wanted = [uri for sighting in found for uri in sighting.refers()]
    for _ in range(LEVELS):
        asked = [uri for uri in dict.fromkeys(wanted) if not memory.knows(uri)][: CONTEXT - len(around)]
        if not asked:
            break
        level = [Sighting("context", post, whole=True) for post in look.posts(session, asked).values()]
        _note(memory, level)
        around = level + around
        wanted = [uri for sighting in level for uri in sighting.refers()]
    return around
