"""What the network tells a brand: one list of events an account, read by the poll and by the webhook alike."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from answerable.channels.console import accounts, faults, posts
from answerable.channels.console.networks import POSED
from answerable.channels.console.store import Store


def announce(store: Store, row: sqlite3.Row, kind: str, base: str) -> None:
    """Tells every brand whom it concerns that a post is new, edited or deleted. kind: post, edited, deleted.

    Inside the transaction that changed the post, so that no change is ever untold."""
    for brand in accounts.brands(store, row["network"]):
        why = reason(store, row, brand["id"])
        if why is None or (kind == "deleted" and not POSED[row["network"]].tells_deletes):
            continue
        shown = posts.show(store, row, base)
        if kind == "deleted":
            shown = {"id": row["id"], "deleted_at": row["deleted_at"]}
        _tell(store, row, brand["id"], kind, why, shown=shown)
        if kind == "edited" and faults.take(store, row["network"], "event", {"late_edit": ""}):
            _tell(store, row, brand["id"], kind, why, shown=_older(store, row, shown))


def reason(store: Store, row: sqlite3.Row, brand: str) -> str | None:
    """Why a brand is told of a post; None when it is none of its business."""
    posed = POSED[row["network"]]
    if row["author"] == brand:
        return "own"
    if posed.private or posed.review:
        return ("direct" if posed.private else "review") if row["receiver"] == brand else None
    if _author(store, row, row["parent"]) == brand:
        return "comment" if posed.comments else "reply"
    if _author(store, row, row["quotes"]) == brand:
        return "quote"
    if brand in json.loads(row["mentions"]):
        return "mention"
    if _author(store, row, row["root"]) == brand:
        return "comment" if posed.comments else "thread"
    return "thread" if _takes_part(store, row, brand) else None


def _author(store: Store, row: sqlite3.Row, post: str | None) -> str | None:
    if post is None or post == row["id"]:
        return None
    found = store.one("SELECT author FROM posts WHERE network = ? AND id = ?", row["network"], post)
    return found["author"] if found else None


def _takes_part(store: Store, row: sqlite3.Row, brand: str) -> bool:
    """Has the brand written in this thread, or been named in it?"""
    rows = store.all(
        "SELECT author, mentions FROM posts WHERE network = ? AND root = ? AND id <> ?",
        row["network"], row["root"], row["id"],
    )  # fmt: skip
    return any(other["author"] == brand or brand in json.loads(other["mentions"]) for other in rows)


def _older(store: Store, row: sqlite3.Row, shown: dict[str, Any]) -> dict[str, Any]:
    """The post as it was one version ago."""
    old = store.must(
        "SELECT * FROM versions WHERE network = ? AND post = ? AND version = ?",
        row["network"], row["id"], row["version"] - 1,
    )  # fmt: skip
    return shown | {"text": old["text"], "version": old["version"], "version_at": old["at"]}


def _tell(store: Store, row: sqlite3.Row, account: str, kind: str, why: str, *, shown: dict[str, Any]) -> None:
    network = row["network"]
    event: dict[str, Any] = {"id": f"{network}-e{store.next(f'event:{network}')}", "type": kind, "why": why}
    event |= {"network": network, "account": account, "at": posts.stamp(), "post": shown}
    fault = faults.take(store, network, "event", {k: "" for k in faults.EVENT if k != "late_edit"})
    spoiled = _spoil(event, fault.kind if fault else "")
    values = {"id": event["id"], "network": network, "account": account, "post": row["id"], "body": dump(spoiled)}
    if fault and fault.kind == "wrong_order" and not _parked(store, network, account):
        store.insert("parked", values)
        return
    missed = int(bool(fault and fault.kind == "missed_webhook"))
    for _ in range(2 if fault and fault.kind == "duplicate" else 1):
        store.insert("events", values | {"missed": missed})
    release(store, network, account)


def _spoil(event: dict[str, Any], how: str) -> dict[str, Any]:
    if how == "malformed":
        return event | {"post": {"id": 17, "author": "nobody", "text": None}}
    if how == "unknown_fields":
        more = {"colour": "green", "sources": [{"a": None}]}
        return event | more | {"post": event["post"] | more}
    return event


def dump(event: dict[str, Any]) -> str:
    """The one JSON text of an event: ASCII, so that no byte of it can be mistaken on the way."""
    return json.dumps(event, separators=(",", ":"))


def _parked(store: Store, network: str, account: str) -> bool:
    return store.one("SELECT 1 FROM parked WHERE network = ? AND account = ?", network, account) is not None


def release(store: Store, network: str = "*", account: str = "*") -> None:
    """Appends what a wrong_order fault held back."""
    where = "(? = '*' OR network = ?) AND (? = '*' OR account = ?)"
    args = (network, network, account, account)
    with store.tx():
        store.run(
            f"INSERT INTO events (id, network, account, post, body) "  # noqa: S608
            f"SELECT id, network, account, post, body FROM parked WHERE {where} ORDER BY seq",
            *args,
        )
        store.run(f"DELETE FROM parked WHERE {where}", *args)  # noqa: S608


def page(store: Store, account: sqlite3.Row, since: int, limit: int) -> dict[str, Any]:
    """The events of an account after number `since`, oldest first."""
    rows = store.all(
        "SELECT seq, body FROM events WHERE network = ? AND account = ? AND seq > ? ORDER BY seq LIMIT ?",
        account["network"], account["id"], since, limit + 1,
    )  # fmt: skip
    more, rows = len(rows) > limit, rows[:limit]
    last = rows[-1]["seq"] if rows else since
    with store.tx():  # whoever waits for an echo to be seen wakes up
        store.run(
            "UPDATE accounts SET polled = max(polled, ?) WHERE network = ? AND id = ?",
            last, account["network"], account["id"],
        )  # fmt: skip
    return {
        "events": [{"seq": row["seq"], "event": json.loads(row["body"])} for row in rows],
        "next": last,
        "more": more,
    }


def seen_up_to(store: Store, network: str, account: str) -> int:
    """The last event of an account that its poll or its webhook has given to it."""
    row = store.one(
        "SELECT max(polled, coalesce((SELECT delivered FROM webhooks w WHERE w.network = a.network "
        "AND w.account = a.id), 0)) AS seq FROM accounts a WHERE network = ? AND id = ?",
        network, account,
    )  # fmt: skip
    return int(row["seq"]) if row else 0


def last_of(store: Store, network: str, post: str) -> int:
    """The number of the last event about a post; 0 when there is none."""
    row = store.one("SELECT max(seq) AS seq FROM events WHERE network = ? AND post = ?", network, post)
    return int(row["seq"] or 0) if row else 0
