"""The brand's own posts and replies, wherever they were made, and what stands under them that nobody told us of.

They are read from the account's own data server and not from its feed in the app view: a reply made a moment ago in the
network's app is there at once, complete, and in an order that nobody else's clock disturbs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from answerable.channels.bluesky import look, names, tid
from answerable.channels.bluesky.memory import Memory, digest
from answerable.channels.bluesky.parse import moment
from answerable.channels.bluesky.session import BlueskySession
from answerable.channels.bluesky.sightings import Sighting
from answerable.channels.contract import JsonObject, Link

PAGE = 50
MOST = 500  # records read in one poll; more are left to the next
OVERLAP = timedelta(minutes=15)  # a key is chosen before its post is sent, so a later post may have an earlier key
RECONCILE_EVERY = timedelta(minutes=1)  # all of the latest posts
YOUNG = timedelta(minutes=5)  # posts that are compared on every poll
THREADS = 10  # threads fetched in one poll
DEPTH = 3


def read(session: BlueskySession, link: Link, memory: Memory) -> tuple[list[Sighting], list[str], bool]:
    """(new own posts, the addresses of our latest posts, whether more are left)."""
    gap = memory.state.pop("own_gap", None)
    cursor, floor = _start(gap, memory)
    found: list[Sighting] = []
    latest: list[str] = []
    while True:
        records, cursor = look.own_records(session, link.external_id, PAGE, cursor)
        latest += [str(one.get("uri", "")) for one in records]
        found += [_own(one, link) for one in records if _is_new(one, memory)]
        if not cursor or not records or latest[-1].rpartition("/")[2] < floor:
            break
        if len(latest) >= MOST:
            memory.state["own_gap"] = {"cursor": cursor, "floor": floor}
            break
    if not isinstance(gap, dict):
        memory.state["own"] = _newest(latest, memory)
    return found, latest[:PAGE] if not isinstance(gap, dict) else [], "own_gap" in memory.state


def _start(gap: object, memory: Memory) -> tuple[str | None, str]:
    if isinstance(gap, dict):
        return str(gap.get("cursor", "")) or None, str(gap.get("floor", ""))
    newest = tid.time_of(str(memory.state.get("own", "")))
    since = newest - OVERLAP if newest else memory.horizon
    return None, tid.encode(int(since.timestamp() * 1_000_000), 0)


def _newest(latest: list[str], memory: Memory) -> str:
    keys = [uri.rpartition("/")[2] for uri in latest]
    return max([key for key in keys if _sane(key, memory)], default=str(memory.state.get("own", "")))


def _sane(key: str, memory: Memory) -> bool:
    """A key from the future must not become the floor: everything after it would be taken for old."""
    at = tid.time_of(key)
    return at is not None and at <= memory.now + OVERLAP


def _is_new(one: JsonObject, memory: Memory) -> bool:
    uri = str(one.get("uri", ""))
    made = tid.time_of(uri.rpartition("/")[2]) or _created(one)
    return names.is_post(uri) and not memory.has("o", uri) and (made is None or made >= memory.horizon)


def _created(one: JsonObject) -> datetime | None:
    value = one.get("value")
    return moment(value.get("createdAt")) if isinstance(value, dict) else None


def _own(one: JsonObject, link: Link) -> Sighting:
    """Our own record as a post, as far as the data server knows."""
    author = {"did": link.external_id, "handle": link.handle}
    made = tid.time_of(str(one.get("uri", "")).rpartition("/")[2])
    post = {"uri": one.get("uri"), "cid": one.get("cid"), "author": author, "record": one.get("value")}
    return Sighting("own", {**post, "indexedAt": made.isoformat()} if made else post)


def reconcile(session: BlueskySession, link: Link, memory: Memory, latest: list[str]) -> list[Sighting]:
    """Replies under our latest posts that no notification told of.

    The app view takes in different people's posts side by side, and a reply that it sees before what it answers gives
    no notification, ever. That happens to quick answers, so posts made a moment ago are compared on every poll.
    """
    due = memory.due("reconciled", RECONCILE_EVERY)
    asked = latest if due else [uri for uri in latest if _is_young(uri, memory)]
    if not asked:
        return []
    before = memory.state.get("replies")
    counts: JsonObject = dict(before) if isinstance(before, dict) else {}
    shown = look.posts(session, asked)
    changed = [uri for uri, post in shown.items() if post.get("replyCount", 0) != counts.get(digest(uri), 0)]
    found: list[Sighting] = []
    for uri in changed[:THREADS]:
        found += _under(look.thread(session, uri, DEPTH), link, memory)
        counts[digest(uri)] = shown[uri].get("replyCount", 0)
    if due and len(changed) <= THREADS:
        memory.did("reconciled")
    memory.state["replies"] = {name: counts[name] for name in map(digest, latest) if counts.get(name)}
    return found


def _is_young(uri: str, memory: Memory) -> bool:
    made = tid.time_of(uri.rpartition("/")[2])
    return made is not None and memory.now - made < YOUNG


def _under(found: JsonObject | None, link: Link, memory: Memory) -> list[Sighting]:
    """Every unknown post of others below the top of a thread."""
    sightings: list[Sighting] = []
    for reply in look.objects(found.get("replies") if found else None):
        post = reply.get("post")
        if isinstance(post, dict) and _is_strange(post, link, memory):
            sightings.append(Sighting("found", post, told=_answers_us(post, link), whole=True))
        sightings += _under(reply, link, memory)
    return sightings


def _is_strange(post: JsonObject, link: Link, memory: Memory) -> bool:
    uri, at = str(post.get("uri", "")), moment(post.get("indexedAt"))
    return names.owner(uri) != link.external_id and not memory.knows(uri) and (at is None or at >= memory.horizon)


def _answers_us(post: JsonObject, link: Link) -> bool:
    """The network tells an account of replies to its posts; that this once it did not is no fault of the customer."""
    record = post.get("record")
    reply = record.get("reply") if isinstance(record, dict) else None
    parent = reply.get("parent") if isinstance(reply, dict) else None
    return isinstance(parent, dict) and names.owner(str(parent.get("uri", ""))) == link.external_id
