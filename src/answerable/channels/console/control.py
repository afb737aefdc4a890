"""What the people of the console network do, and what tests ask of it: everything behind the control token."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from answerable.channels.console import accounts, events, faults, hooks, posts
from answerable.channels.console.errors import bad_request
from answerable.channels.console.networks import POSED
from answerable.channels.console.request import Request, maybe, need, texts

Answer = dict[str, Any]


def _where(body: dict[str, Any]) -> str:
    return accounts.known_network(need(body, "network"))


def account(request: Request) -> Answer:
    body = request.json()
    more = {key: body[key] for key in body if key not in ("network", "handle", "name", "password", "brand")}
    row = accounts.create(
        request.store,
        _where(body),
        need(body, "handle"),
        name=maybe(body, "name") or "",
        password=maybe(body, "password") or "",
        brand=bool(body.get("brand")),
        **more,
    )
    return {"account": accounts.profile(row, request.base), "password": row["password"]}


def rename(request: Request) -> Answer:
    body = request.json()
    row = accounts.rename(
        request.store, _where(body), need(body, "handle"), maybe(body, "new_handle") or "", maybe(body, "name")
    )
    return {"account": accounts.profile(row, request.base)}


def say(request: Request) -> Answer:
    """Writes as anybody; a customer whom nobody knows yet is made on the way."""
    body, store = request.json(), request.store
    network = _where(body)
    with store.tx():
        author = accounts.create(store, network, need(body, "as"))
        known = posts.by_key(store, network, author["id"], maybe(body, "key"))
        if known is not None:
            return {"post": posts.show(store, known, request.base)}
        new = posts.New(
            author=author["id"],
            text=body["text"] if isinstance(body.get("text"), str) else "",
            parent=maybe(body, "parent"),
            quotes=maybe(body, "quotes"),
            to=maybe(body, "to"),
            mentions=texts(body, "mentions"),
            media=_media(request, body),
            language=maybe(body, "language") or "",
            claimed_at=maybe(body, "claimed_at"),
            key=maybe(body, "key"),
            at=maybe(body, "at"),
        )
        row = posts.write(store, network, new)
        events.announce(store, row, "post", request.base)
    return {"post": posts.show(store, row, request.base)}


def _media(request: Request, body: dict[str, Any]) -> tuple[dict[str, str], ...]:
    """Pictures as {data: base64, content_type, alt}."""
    found = []
    for item in body.get("media") or []:
        kind = need(item, "content_type")
        try:
            data = base64.b64decode(need(item, "data"), validate=True)
        except binascii.Error:
            raise bad_request("media data must be base64") from None
        ident = posts.add_media(request.store, data, kind)
        found.append({"id": ident, "alt": maybe(item, "alt") or "", "content_type": kind})
    return tuple(found)


def edit(request: Request) -> Answer:
    body, store = request.json(), request.store
    with store.tx():
        row = posts.edit(store, _where(body), need(body, "id"), need(body, "text"))
        events.announce(store, row, "edited", request.base)
    return {"post": posts.show(store, row, request.base)}


def delete(request: Request) -> Answer:
    body, store = request.json(), request.store
    with store.tx():
        row = posts.delete(store, _where(body), need(body, "id"))
        events.announce(store, row, "deleted", request.base)
    return {}


def standing(request: Request) -> Answer:
    """Every post that stands (with deleted: also those that do not), oldest first."""
    body = request.json()
    network, author, parent = maybe(body, "network"), maybe(body, "as"), maybe(body, "parent")
    rows = request.store.all(
        "SELECT p.*, a.handle FROM posts p JOIN accounts a ON a.network = p.network AND a.id = p.author "
        "WHERE (? IS NULL OR p.network = ?) AND (? IS NULL OR a.handle = ?) AND (? IS NULL OR p.parent = ?) "
        "AND (p.deleted_at IS NULL OR ?) ORDER BY p.seq",
        network, network, author, author, parent, parent, bool(body.get("deleted")),
    )  # fmt: skip
    shown = posts.show_all(request.store, rows, request.base)
    extra = ({k: row[k] for k in ("network", "handle", "via", "key", "hidden", "deleted_at")} for row in rows)
    return {"posts": [post | more for post, more in zip(shown, extra, strict=True)]}


def fault(request: Request) -> Answer:
    body = request.json()
    times, options = body.get("times"), body.get("options") or {}
    if not (times is None or type(times) is int) or not isinstance(options, dict):
        raise bad_request("times must be a whole number or null, and options an object")
    return {
        "id": faults.add(
            request.store, need(body, "network"), need(body, "verb"), need(body, "kind"), times=times, options=options
        )
    }


def clear(request: Request) -> Answer:
    body, store = request.json(), request.store
    events.release(store)
    return {"cleared": faults.clear(store, maybe(body, "network") or "*", maybe(body, "verb") or "*")}


def kill_tokens(request: Request) -> Answer:
    body = request.json()
    return {"killed": accounts.kill_tokens(request.store, _where(body), need(body, "handle"))}


def webhook(request: Request) -> Answer:
    body = request.json()
    row = accounts.by_handle(request.store, _where(body), need(body, "handle"))
    hooks.put(request.store, row, maybe(body, "url") or "")
    return {"secret": row["hook_secret"], "verify_token": row["hook_token"]}


def replay(request: Request) -> Answer:
    body = request.json()
    since = body.get("since", 0)
    if type(since) is not int:
        raise bad_request("since must be the number of an event")
    row = accounts.by_handle(request.store, _where(body), need(body, "handle"))
    hooks.replay(request.store, row["network"], row["id"], since)
    return {}


def requests(request: Request) -> Answer:
    body = request.json()
    network, verb = maybe(body, "network"), maybe(body, "verb")
    rows = request.store.all(
        "SELECT * FROM requests WHERE (? IS NULL OR network = ?) AND (? IS NULL OR verb = ?) ORDER BY seq",
        network, network, verb, verb,
    )  # fmt: skip
    return {"requests": [dict(row) for row in rows]}


def state(request: Request) -> Answer:
    """The networks, who is on them, the armed faults, the webhooks."""
    store = request.store
    people = store.all("SELECT network, id, handle, name, brand FROM accounts ORDER BY rowid")
    found = store.all("SELECT network, account, url, delivered FROM webhooks")
    return {
        "networks": {name: posed.manifest.label for name, posed in POSED.items()},
        "accounts": [dict(row) for row in people],
        "faults": faults.armed(store),
        "webhooks": [dict(row) for row in found],
    }


def inject(request: Request) -> Answer:
    """Puts any event before a brand, as it stands in the body: for payloads that no post can make."""
    body, store = request.json(), request.store
    network = _where(body)
    row = accounts.by_handle(store, network, need(body, "handle"))
    event = body.get("event")
    if not isinstance(event, dict):
        raise bad_request("event must be an object")
    ident = str(event.get("id") or f"{network}-e{store.next(f'event:{network}')}")
    values = {"id": ident, "network": network, "account": row["id"], "post": "", "body": json.dumps(event)}
    with store.tx():
        store.insert("events", values)
    return {"id": ident}


VERBS: dict[str, Callable[[Request], Answer]] = {
    "account": account,
    "rename": rename,
    "say": say,
    "edit": edit,
    "delete": delete,
    "standing": standing,
    "fault": fault,
    "clear": clear,
    "kill_tokens": kill_tokens,
    "webhook": webhook,
    "replay": replay,
    "requests": requests,
    "state": state,
    "inject": inject,
}
