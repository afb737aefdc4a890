"""What a brand can ask of the console network: the API that the adapter talks to."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from answerable.channels.console import accounts, events, hooks, posts
from answerable.channels.console.errors import Refusal, bad_request
from answerable.channels.console.networks import POSED
from answerable.channels.console.request import Request, maybe, need, texts
from answerable.channels.contract import Retry
from answerable.core import clock

PAGE = 50
KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml")
Answer = dict[str, Any]


def session(request: Request) -> Answer:
    body = request.json()
    token, row = accounts.sign_in(request.store, request.network, need(body, "handle"), need(body, "password"))
    hook = {"secret": row["hook_secret"], "verify_token": row["hook_token"]}
    return {"token": token, "account": accounts.profile(row, request.base), "webhook": hook}


def whoami(request: Request) -> Answer:
    return {"account": accounts.profile(request.me, request.base)}


def poll(request: Request) -> Answer:
    limit = max(1, request.number("limit", PAGE, 200))
    return events.page(request.store, request.me, request.number("since", 0, 10**15), limit)


def reply(request: Request) -> Answer:
    """Puts the brand's answer on the network, once for each key where the network knows keys."""
    new, store = _new(request), request.store
    with store.tx():
        if new.key is not None:
            known = posts.by_key(store, request.network, new.author, new.key)
            if known is not None:
                return {"post": posts.show(store, _again(request, known, new), request.base)}
        _may_answer(request, new)
        row = posts.write(store, request.network, new)
        events.announce(store, row, "post", request.base)
    return {"post": posts.show(store, row, request.base)}


def _new(request: Request) -> posts.New:
    body, retry = request.json(), POSED[request.network].manifest.retry
    key = {
        Retry.RECORD_KEY: maybe(body, "key"),
        Retry.IDEMPOTENCY_KEY: request.headers.get("idempotency-key"),
        Retry.NONE: None,
    }[retry]
    if key is not None and not KEY.fullmatch(key):
        raise bad_request("a key has 1 to 64 letters, digits, points, dashes and underscores")
    own_id = f"{request.me['id']}/{key}" if key and retry is Retry.RECORD_KEY else None
    return posts.New(
        author=request.me["id"],
        text=body["text"] if isinstance(body.get("text"), str) else "",
        parent=need(body, "parent"),
        media=_pictures(request, body),
        language=maybe(body, "language") or "",
        key=key,
        via="api",
        checked=True,
        own_id=own_id,
    )


def _again(request: Request, known: sqlite3.Row, new: posts.New) -> sqlite3.Row:
    """What a key that was used before gives: the same answer, or a conflict."""
    if POSED[request.network].manifest.retry is Retry.RECORD_KEY:
        raise Refusal(409, "already_there", f"there is a message {known['id']} already")
    if (known["text"], known["parent"]) != (new.text, new.parent):
        raise Refusal(422, "key_reused", "this idempotency key was used for another message")
    return known


def _may_answer(request: Request, new: posts.New) -> None:
    posed, store = POSED[request.network], request.store
    parent = store.one("SELECT * FROM posts WHERE network = ? AND id = ?", request.network, new.parent)
    if posed.one_reply and store.one(
        "SELECT 1 FROM posts WHERE network = ? AND parent = ? AND author = ? AND deleted_at IS NULL",
        request.network, new.parent, new.author,
    ):  # fmt: skip
        raise Refusal(409, "already_answered", f"{posed.manifest.label} takes one answer for each review")
    hours = posed.manifest.reply_window_hours
    if hours and parent is not None and not _within(request, parent, hours):
        raise Refusal(403, "window_closed", f"the customer last wrote more than {hours} hours ago")


def _within(request: Request, parent: sqlite3.Row, hours: int) -> bool:
    since = (clock.now() - timedelta(hours=hours)).isoformat(timespec="milliseconds")
    found = request.store.one(
        "SELECT 1 FROM posts WHERE network = ? AND root = ? AND author <> ? AND indexed_at >= ?",
        request.network, parent["root"], request.me["id"], since,
    )  # fmt: skip
    return found is not None


def _pictures(request: Request, body: dict[str, Any]) -> tuple[dict[str, str], ...]:
    given = body.get("media") or []
    if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
        raise bad_request("media must be a list of objects with id and alt")
    found = []
    for item in given:
        row = request.store.one("SELECT content_type FROM media WHERE id = ?", need(item, "id"))
        if row is None:
            raise bad_request(f"there is no uploaded picture {item['id']!r}")
        found.append({"id": item["id"], "alt": maybe(item, "alt") or "", "content_type": row["content_type"]})
    return tuple(found)


def upload(request: Request) -> Answer:
    manifest = POSED[request.network].manifest
    kind = request.headers.get("content-type", "")
    if kind not in IMAGE_TYPES:
        raise Refusal(422, "refused", f"“{kind}” is no picture that is taken here")
    if not request.body or len(request.body) > manifest.image_bytes:
        raise Refusal(422, "refused", f"{manifest.label} takes pictures of 1 to {manifest.image_bytes} bytes")
    return {"id": posts.add_media(request.store, request.body, kind)}


def find(request: Request) -> Answer:
    """One standing post, by its id or by the author's own key."""
    key, store = request.query.get("key"), request.store
    if key:
        row = posts.by_key(store, request.network, request.me["id"], key)
    else:
        row = store.one("SELECT * FROM posts WHERE network = ? AND id = ?", request.network, request.text("id"))
    if row is None or row["deleted_at"] or not _may_see(request, row):
        raise Refusal(404, "no_post", "there is no such message")
    return {"post": posts.show(store, row, request.base)}


def _may_see(request: Request, row: sqlite3.Row) -> bool:
    private = POSED[request.network].private
    return not private or request.me["id"] in (row["author"], row["receiver"])


def own(request: Request) -> Answer:
    """The brand's own standing posts made at or after `since`, oldest first, a page at a time by `after`."""
    rows = request.store.all(
        "SELECT * FROM posts WHERE network = ? AND author = ? AND deleted_at IS NULL AND created_at >= ? AND seq > ? "
        "ORDER BY seq LIMIT ?",
        request.network, request.me["id"], request.query.get("since", ""), request.number("after", 0, 10**15), PAGE + 1,
    )  # fmt: skip
    more, rows = len(rows) > PAGE, rows[:PAGE]
    shown = posts.show_all(request.store, rows, request.base)
    return {"posts": shown, "next": rows[-1]["seq"] if rows else 0, "more": more}


def thread(request: Request) -> Answer:
    rows = request.store.all(
        "SELECT * FROM posts WHERE network = ? AND root = ? AND deleted_at IS NULL ORDER BY seq LIMIT 500",
        request.network, request.text("root"),
    )  # fmt: skip
    return {"posts": posts.show_all(request.store, [row for row in rows if _may_see(request, row)], request.base)}


def look(request: Request) -> Answer:
    """Which of the ids do not stand any more; ids that never were are left out."""
    ids = texts(request.json(), "ids")[:500]
    marks = ", ".join("?" for _ in ids)
    rows = request.store.all(
        f"SELECT id, deleted_at FROM posts WHERE network = ? AND deleted_at IS NOT NULL AND id IN ({marks})",  # noqa: S608
        request.network, *ids,
    )  # fmt: skip
    return {"gone": [{"id": row["id"], "deleted_at": row["deleted_at"]} for row in rows]}


def delete(request: Request) -> Answer:
    if not POSED[request.network].manifest.delete_own:
        raise Refusal(403, "forbidden", "nothing can be taken down here")
    with request.store.tx():
        row = posts.get(request.store, request.network, need(request.json(), "id"))
        if row["author"] != request.me["id"]:
            raise Refusal(403, "forbidden", "the message belongs to somebody else")
        gone = posts.delete(request.store, request.network, row["id"])
        events.announce(request.store, gone, "deleted", request.base)
    return {}


def hide(request: Request) -> Answer:
    """Hides somebody else's comment under the brand's own post."""
    with request.store.tx():
        row = posts.get(request.store, request.network, need(request.json(), "id"))
        root = posts.get(request.store, request.network, row["root"])
        if not POSED[request.network].manifest.hide or root["author"] != request.me["id"]:
            raise Refusal(
                403, "forbidden", "only comments under your own posts can be hidden, and not on every network"
            )
        hidden = int(request.json().get("hidden", True) is not False)
        request.store.run(
            "UPDATE posts SET hidden = ? WHERE network = ? AND id = ?", hidden, request.network, row["id"]
        )
    return {}


def hook(request: Request) -> Answer:
    if not POSED[request.network].manifest.push:
        raise Refusal(422, "refused", f"{POSED[request.network].manifest.label} delivers nothing by webhook")
    hooks.register(request.store, request.me, need(request.json(), "url"))
    return {}


# (method, last part of the path) → (verb for faults and the log, what answers)
ROUTES: dict[tuple[str, str], tuple[str, Callable[[Request], Answer]]] = {
    ("POST", "session"): ("session", session),
    ("GET", "whoami"): ("whoami", whoami),
    ("GET", "events"): ("poll", poll),
    ("POST", "replies"): ("reply", reply),
    ("POST", "media"): ("media", upload),
    ("GET", "post"): ("find", find),
    ("GET", "own"): ("own", own),
    ("GET", "thread"): ("thread", thread),
    ("POST", "look"): ("look", look),
    ("POST", "delete"): ("delete", delete),
    ("POST", "hide"): ("hide", hide),
    ("POST", "webhook"): ("hook", hook),
}
