"""What stands on the console network: writing, editing, deleting, and showing it."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from answerable.channels.console import accounts
from answerable.channels.console.errors import Refusal, bad_request
from answerable.channels.console.networks import POSED, Posed
from answerable.channels.console.sizes import size
from answerable.channels.console.store import Store
from answerable.core import clock

NAMED = re.compile(r"@([^\s@/?#,;:!()\"»”]{1,64})")
MAX_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class New:
    """A message about to be written. key: chosen by the author (record or idempotency key).
    via: "app", or "api" when the desk wrote it. checked: the network's text limit holds for it.
    own_id: the id, where the author may choose it. at: the network's time, else now."""

    author: str
    text: str
    parent: str | None = None
    quotes: str | None = None
    to: str | None = None
    mentions: tuple[str, ...] = ()
    media: tuple[dict[str, str], ...] = ()
    language: str = ""
    key: str | None = None
    via: str = "app"
    claimed_at: str | None = None
    checked: bool = False
    own_id: str | None = None
    at: str | None = None


def stamp() -> str:
    return clock.now().isoformat(timespec="milliseconds")


def get(store: Store, network: str, post: str) -> sqlite3.Row:
    """The post, deleted or not."""
    row = store.one("SELECT * FROM posts WHERE network = ? AND id = ?", network, post)
    if row is None:
        raise Refusal(404, "no_post", f"{network} has no message {post!r}")
    return row


def by_key(store: Store, network: str, author: str, key: str | None) -> sqlite3.Row | None:
    """The author's own post with this key, deleted or not."""
    return store.one("SELECT * FROM posts WHERE network = ? AND author = ? AND key = ?", network, author, key)


def write(store: Store, network: str, new: New) -> sqlite3.Row:
    """Puts a message on the network, or says why not. Inside the caller's transaction."""
    posed = POSED[network]
    check_text(posed, new)
    parent = _parent(store, posed, new)
    ident = new.own_id or f"{network}-{store.next(f'post:{network}')}"
    to = _receiver(store, posed, new, parent)
    kind = posed.reply_kind if parent else posed.root_kind
    at = new.at or stamp()
    values: dict[str, Any] = {
        "network": network,
        "id": ident,
        "author": new.author,
        "text": new.text,
        "key": new.key,
        "via": new.via,
    }
    values |= {"parent": parent and parent["id"], "root": _root(store, posed, new, parent, to) or ident}
    values |= {"quotes": new.quotes, "receiver": to, "kind": kind.value, "language": new.language}
    values |= {"mentions": json.dumps(_mentions(store, network, new)), "media": json.dumps(list(new.media))}
    values |= {"claimed_at": new.claimed_at or at, "created_at": at, "indexed_at": at, "version_at": at}
    store.insert("posts", values)
    store.insert("versions", {"network": network, "post": ident, "version": 1, "text": new.text, "at": at})
    return get(store, network, ident)


def check_text(posed: Posed, new: New) -> None:
    manifest = posed.manifest
    try:
        new.text.encode()
    except UnicodeEncodeError:
        raise bad_request("the text holds half a character (a lone surrogate)") from None
    if len(new.text) > MAX_TEXT:
        raise Refusal(422, "too_long", f"no text here may be longer than {MAX_TEXT} characters")
    if not new.text.strip() and not new.media:
        raise Refusal(422, "refused", "a message needs a text or a picture")
    if new.checked and manifest.text_limit and size(new.text, manifest.unit) > manifest.text_limit:
        raise Refusal(422, "too_long", f"{manifest.label} takes at most {manifest.text_limit} {manifest.unit.value}")
    if new.checked and len(new.media) > manifest.images:
        raise Refusal(422, "refused", f"{manifest.label} takes at most {manifest.images} pictures")


def _parent(store: Store, posed: Posed, new: New) -> sqlite3.Row | None:
    if new.parent is None:
        return None
    row = store.one("SELECT * FROM posts WHERE network = ? AND id = ?", posed.name, new.parent)
    if row is None or row["deleted_at"]:
        raise Refusal(404, "target_gone", "the message that is answered is not there any more")
    return row


def _receiver(store: Store, posed: Posed, new: New, parent: sqlite3.Row | None) -> str | None:
    """Who a private message or a review is for: named, else the other side, else the network's only brand."""
    if not (posed.private or posed.review):
        return None
    if new.to:
        return str(accounts.by_handle(store, posed.name, new.to)["id"])
    if parent is not None:
        return str(parent["author"] if parent["author"] != new.author else parent["receiver"])
    known = accounts.brands(store, posed.name)
    if len(known) != 1:
        raise bad_request(f"say who it is for: {posed.name} has {len(known)} brands")
    return str(known[0]["id"])


def _root(store: Store, posed: Posed, new: New, parent: sqlite3.Row | None, to: str | None) -> str | None:
    """The thread's root; None for a new thread. A private conversation of two is one thread for ever."""
    if parent is not None:
        return str(parent["root"])
    if not posed.private:
        return None
    row = store.one(
        "SELECT root FROM posts WHERE network = ? AND author IN (?, ?) AND receiver IN (?, ?) ORDER BY seq LIMIT 1",
        posed.name,
        new.author,
        to,
        new.author,
        to,
    )
    return str(row["root"]) if row else None


def _mentions(store: Store, network: str, new: New) -> list[str]:
    named = [accounts.by_handle(store, network, handle)["id"] for handle in new.mentions]
    for handle in NAMED.findall(new.text[:20_000]):
        row = store.one(
            "SELECT id FROM accounts WHERE network = ? AND handle IN (?, ?)", network, handle, handle.rstrip(".")
        )
        if row is not None:
            named.append(row["id"])
    return list(dict.fromkeys(named))


def edit(store: Store, network: str, post: str, text: str) -> sqlite3.Row:
    row = get(store, network, post)
    if row["deleted_at"]:
        raise Refusal(404, "no_post", "the message is deleted")
    check_text(POSED[network], New(author=row["author"], text=text))
    # Two edits in one millisecond must still be in order for whoever compares times only.
    at = max(clock.now(), _after(row["version_at"])).isoformat(timespec="milliseconds")
    version = row["version"] + 1
    store.run(
        "UPDATE posts SET text = ?, version = ?, version_at = ? WHERE network = ? AND id = ?",
        text, version, at, network, post,
    )  # fmt: skip
    store.insert("versions", {"network": network, "post": post, "version": version, "text": text, "at": at})
    return get(store, network, post)


def _after(at: str) -> datetime:
    return datetime.fromisoformat(at) + timedelta(milliseconds=1)


def delete(store: Store, network: str, post: str) -> sqlite3.Row:
    """Takes a message down; the row stays, marked."""
    row = get(store, network, post)
    if row["deleted_at"]:
        raise Refusal(404, "no_post", "the message is already deleted")
    store.run("UPDATE posts SET deleted_at = ? WHERE network = ? AND id = ?", stamp(), network, post)
    return get(store, network, post)


def add_media(store: Store, data: bytes, content_type: str) -> str:
    ident = secrets.token_hex(8)
    store.insert("media", {"id": ident, "content_type": content_type, "data": data})
    return ident


def show(store: Store, row: sqlite3.Row, base: str) -> dict[str, Any]:
    """A post as the API and the events show it."""
    media = [{**item, "url": f"{base}/media/{item['id']}"} for item in json.loads(row["media"])]
    return {
        "id": row["id"],
        "author": accounts.profile(accounts.by_id(store, row["network"], row["author"]), base),
        "text": row["text"],
        "parent": row["parent"],
        "root": row["root"],
        "quotes": row["quotes"],
        "to": row["receiver"],
        "kind": row["kind"],
        "public": not POSED[row["network"]].private,
        "mentions": json.loads(row["mentions"]),
        "media": media,
        "language": row["language"],
        "claimed_at": row["claimed_at"],
        "created_at": row["created_at"],
        "indexed_at": row["indexed_at"],
        "version": row["version"],
        "version_at": row["version_at"],
        "automatic": bool(accounts.by_id(store, row["network"], row["author"])["automatic"]),
        "url": "" if POSED[row["network"]].private else f"{base}/n/{row['network']}/p/{quote(row['id'], safe='')}",
    }


def show_all(store: Store, rows: Iterable[sqlite3.Row], base: str) -> list[dict[str, Any]]:
    return [show(store, row, base) for row in rows]
