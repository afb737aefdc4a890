"""People and brands on the console network: accounts, passwords, tokens."""

from __future__ import annotations

import hmac
import re
import secrets
import sqlite3
from typing import Any

from answerable.channels.console.errors import Refusal, bad_request
from answerable.channels.console.networks import POSED
from answerable.channels.console.store import Store

HANDLE = re.compile(r"[^\s@/?#]{1,64}")


def known_network(network: str) -> str:
    if network not in POSED:
        raise Refusal(404, "no_network", f"this service has no network called “{network}”; known: {', '.join(POSED)}")
    return network


def create(
    store: Store, network: str, handle: str, *, name: str = "", password: str = "", brand: bool = False, **more: Any
) -> sqlite3.Row:
    """Makes an account, or returns the one that has this handle, with this password if one is given. more: followers, avatar, automatic."""
    known_network(network)
    if not HANDLE.fullmatch(handle):
        raise bad_request(f"“{handle}” is no handle: 1 to 64 characters without spaces, @, /, ? and #")
    with store.tx():
        if store.one("SELECT 1 FROM accounts WHERE network = ? AND handle = ?", network, handle) is None:
            values: dict[str, Any] = {
                "network": network,
                "id": f"{network}-u{store.next(f'account:{network}')}",
                "handle": handle,
            }
            values |= {"name": name or handle, "password": password or secrets.token_urlsafe(12), "brand": int(brand)}
            values |= {"hook_secret": secrets.token_hex(24), "hook_token": secrets.token_hex(12)}
            store.insert("accounts", values | _extras(more))
        elif password:
            store.run("UPDATE accounts SET password = ? WHERE network = ? AND handle = ?", password, network, handle)
        return by_handle(store, network, handle)


def _extras(more: dict[str, Any]) -> dict[str, Any]:
    unknown = set(more) - {"followers", "avatar", "automatic"}
    if unknown:
        raise bad_request(f"unknown field of an account: {', '.join(sorted(unknown))}")
    return {name: int(value) if name == "automatic" else value for name, value in more.items() if value is not None}


def rename(store: Store, network: str, handle: str, new_handle: str, name: str | None) -> sqlite3.Row:
    """Handles and names change; the id does not."""
    row = by_handle(store, network, handle)
    store.run(
        "UPDATE accounts SET handle = ?, name = coalesce(?, name) WHERE network = ? AND id = ?",
        new_handle or handle,
        name,
        network,
        row["id"],
    )
    return by_id(store, network, row["id"])


def by_handle(store: Store, network: str, handle: str) -> sqlite3.Row:
    row = store.one("SELECT * FROM accounts WHERE network = ? AND handle = ?", network, handle.removeprefix("@"))
    if row is None:
        raise Refusal(404, "no_account", f"nobody on {network} is called “{handle}”")
    return row


def by_id(store: Store, network: str, account: str) -> sqlite3.Row:
    row = store.one("SELECT * FROM accounts WHERE network = ? AND id = ?", network, account)
    if row is None:
        raise Refusal(404, "no_account", f"{network} has no account {account!r}")
    return row


def brands(store: Store, network: str) -> list[sqlite3.Row]:
    return store.all("SELECT * FROM accounts WHERE network = ? AND brand = 1 ORDER BY rowid", network)


def sign_in(store: Store, network: str, handle: str, password: str) -> tuple[str, sqlite3.Row]:
    """A fresh token for a handle and its password."""
    row = by_handle(store, known_network(network), handle)
    if not hmac.compare_digest(row["password"].encode(), password.encode()):
        raise Refusal(401, "bad_password", "the password is wrong")
    token = secrets.token_urlsafe(24)
    store.insert("tokens", {"token": token, "network": network, "account": row["id"]})
    return token, row


def by_token(store: Store, network: str, token: str) -> sqlite3.Row:
    """Who signs in with this token; a token is good for its own network only."""
    known_network(network)
    found = store.one("SELECT * FROM tokens WHERE token = ? AND network = ?", token, network)
    if found is None:
        raise Refusal(401, "bad_token", "the token is not known here")
    if found["dead"]:
        raise Refusal(401, "token_expired", "the token has expired; sign in again")
    return by_id(store, network, found["account"])


def kill_tokens(store: Store, network: str, handle: str) -> int:
    """Every token of an account dies; how many there were."""
    account = by_handle(store, network, handle)["id"]
    return store.run("UPDATE tokens SET dead = 1 WHERE network = ? AND account = ? AND dead = 0", network, account)


def profile(row: sqlite3.Row, base: str) -> dict[str, Any]:
    """An account as the network shows it."""
    return {
        "id": row["id"],
        "handle": row["handle"],
        "name": row["name"],
        "avatar": row["avatar"],
        "followers": row["followers"],
        "url": f"{base}/n/{row['network']}/u/{row['handle']}",
    }
