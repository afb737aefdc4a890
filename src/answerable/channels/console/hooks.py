"""Delivers events to the brands' webhooks, in order, in batches, until they are taken."""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
import threading
from datetime import timedelta
from typing import Any

import httpx

from answerable.channels.console import faults, signing
from answerable.channels.console.errors import Refusal, bad_request
from answerable.channels.console.store import Store
from answerable.core import clock

log = logging.getLogger(__name__)
BATCH = 20
Due = tuple[sqlite3.Row, list[sqlite3.Row]]


def register(store: Store, account: sqlite3.Row, url: str) -> None:
    """Shakes hands with `url`, then delivers what happens from now on to it."""
    if not url.startswith(("http://", "https://")):
        raise bad_request(f"“{url}” is no address of a webhook: it must begin with http:// or https://")
    challenge = secrets.token_hex(16)
    query = {"console.challenge": challenge, "console.token": account["hook_token"]}
    try:
        answer = httpx.get(url, params=query, timeout=5, trust_env=False)
    except httpx.HTTPError as error:
        raise Refusal(422, "no_handshake", f"{url} could not be asked: {error}") from error
    if answer.status_code != 200 or answer.text != challenge:
        raise Refusal(422, "no_handshake", f"{url} did not answer the challenge (status {answer.status_code})")
    put(store, account, url)


def put(store: Store, account: sqlite3.Row, url: str) -> None:
    """Sets a webhook without a handshake. An empty url takes it away."""
    network, ident = account["network"], account["id"]
    with store.tx():
        newest = store.must("SELECT coalesce(max(seq), 0) AS seq FROM events")
        store.run("DELETE FROM webhooks WHERE network = ? AND account = ?", network, ident)
        if url:
            values = {"network": network, "account": ident, "url": url, "secret": account["hook_secret"]}
            store.insert("webhooks", values | {"delivered": newest["seq"]})


def replay(store: Store, network: str, account: str, since: int) -> None:
    """Delivers every event after number `since` once more, also those that a fault had kept back."""
    with store.tx():
        store.run("UPDATE events SET missed = 0 WHERE network = ? AND account = ? AND seq > ?", network, account, since)
        store.run("UPDATE webhooks SET delivered = ? WHERE network = ? AND account = ?", since, network, account)


class Deliverer(threading.Thread):
    """One thread for all webhooks; each waits longer after each failure. backoff: (first, longest) pause in seconds."""

    def __init__(self, store: Store, backoff: tuple[float, float] = (0.25, 30.0)) -> None:
        super().__init__(name="console-webhooks", daemon=True)
        self._store = store
        self._backoff = backoff
        self._pauses: dict[tuple[str, str], tuple[float, float]] = {}  # (network, account) → (due, length)
        self._stopping = threading.Event()
        self._client = httpx.Client(timeout=10, trust_env=False)

    def stop(self) -> None:
        self._stopping.set()
        with self._store.changed:
            self._store.changed.notify_all()
        self.join(timeout=15)
        self._client.close()

    def run(self) -> None:
        while not self._stopping.is_set():
            delivered = [self._deliver(due) for due in self._due()]
            if not any(delivered):
                with self._store.changed:
                    # The short wait also serves pauses that end and a change that came between look and wait.
                    self._store.changed.wait(0.2)

    def _due(self) -> list[Due]:
        found = []
        for hook in self._store.all("SELECT * FROM webhooks"):
            pause = self._pauses.get((hook["network"], hook["account"]))
            if pause and clock.now().timestamp() < pause[0]:
                continue
            rows = self._store.all(
                "SELECT * FROM events WHERE network = ? AND account = ? AND seq > ? ORDER BY seq LIMIT ?",
                hook["network"], hook["account"], hook["delivered"], BATCH,
            )  # fmt: skip
            if rows:
                found.append((hook, rows))
        return found

    def _deliver(self, due: Due) -> bool:
        """Delivers one batch; True when it was taken."""
        hook, rows = due
        told = [row for row in rows if not row["missed"]]
        if told and not self._post(hook, [json.loads(row["body"]) for row in told]):
            self._pause(hook)
            return False
        self._pauses.pop((hook["network"], hook["account"]), None)
        with self._store.tx():
            # Only forward, and only if nobody asked for a replay meanwhile.
            self._store.run(
                "UPDATE webhooks SET delivered = ? WHERE network = ? AND account = ? AND delivered = ?",
                rows[-1]["seq"], hook["network"], hook["account"], hook["delivered"],
            )  # fmt: skip
        return True

    def _pause(self, hook: sqlite3.Row) -> None:
        which = (hook["network"], hook["account"])
        first, longest = self._backoff
        length = min(self._pauses[which][1] * 2, longest) if which in self._pauses else first
        self._pauses[which] = (clock.now().timestamp() + length, length)

    def _post(self, hook: sqlite3.Row, events: list[dict[str, Any]]) -> bool:
        fault = faults.take(self._store, hook["network"], "webhook", faults.HOOK)
        how = fault.kind if fault else ""
        whole = {"object": "console", "network": hook["network"], "account": hook["account"], "events": events}
        body = json.dumps(whole, separators=(",", ":")).encode()
        if how == "malformed_batch":
            body = body[: len(body) // 2]
        headers = {"Content-Type": "application/json"} | _signature(hook["secret"], body, how)
        answers = [self._send(hook["url"], headers, body) for _ in range(2 if how == "redeliver" else 1)]
        # A spoiled delivery counts as made: the network does not know that it went wrong, and the poll makes it good.
        return all(200 <= status < 300 for status in answers) or how in (
            "wrong_signature", "no_signature", "old_signature", "malformed_batch",
        )  # fmt: skip

    def _send(self, url: str, headers: dict[str, str], body: bytes) -> int:
        try:
            return self._client.post(url, content=body, headers=headers).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.info("webhook %s did not take a delivery: %s", url, error)
            return 0


def _signature(secret: str, body: bytes, how: str) -> dict[str, str]:
    if how == "no_signature":
        return {}
    at = clock.now() - timedelta(hours=1) if how == "old_signature" else clock.now()
    return {"Console-Signature": signing.header("wrong" if how == "wrong_signature" else secret, at, body)}
