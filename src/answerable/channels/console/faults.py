"""What the console network can be told to do wrong, and the counting of it. docs/channels/console.md has the table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from answerable.channels.console.networks import POSED
from answerable.channels.console.store import Store

# A request of the brand that goes wrong. "before": nothing happened. "after": it happened, the answer is bad.
BEFORE = {
    "timeout_before": "no answer, and nothing happened",
    "closed_before": "the connection is cut, and nothing happened",
    "server_error_before": "a 500, and nothing happened",
    "rate_limited": "a 429; option retry_after in seconds, left out of the answer when not given",
    "token_expired": "a 401 that says that the token expired; the token itself stays good",
    "refused": "the network will never take this content",
    "forbidden": "this account may not do that",
}
AFTER = {
    "timeout_after": "it happened, but no answer comes",
    "closed_after": "it happened, but the connection is cut",
    "server_error_after": "it happened, but the answer is a 500",
    "broken_answer": "it happened, but the answer is no JSON",
    "strange_answer": "it happened, but the answer is JSON of another shape",
    "echo_first": "it happened, and the answer waits until the event of it was delivered or polled",
}
# An event that goes wrong on its way into the list of events (verb "event").
EVENT = {
    "duplicate": "the same event, with the same id, twice",
    "wrong_order": "the next event is held back until another one overtook it",
    "late_edit": "after an edit, the older version is told once more",
    "missed_webhook": "only the poll shows it",
    "malformed": "the event's post is not what a post should be",
    "unknown_fields": "the event carries fields that nobody documented",
}
# A delivery of a webhook that goes wrong (verb "webhook").
HOOK = {
    "wrong_signature": "signed with another secret",
    "no_signature": "not signed at all",
    "old_signature": "signed an hour ago",
    "malformed_batch": "a body that is cut in the middle, rightly signed",
    "redeliver": "the batch is delivered twice",
}
REQUEST_VERBS = (
    "session",
    "whoami",
    "poll",
    "reply",
    "find",
    "own",
    "thread",
    "look",
    "delete",
    "hide",
    "media",
    "hook",
)
KINDS_OF_VERB = {"event": EVENT, "webhook": HOOK} | dict.fromkeys(REQUEST_VERBS, BEFORE | AFTER)


class BadFault(ValueError):
    """A fault that nobody knows; the message names what would be known."""


@dataclass(frozen=True, slots=True)
class Fault:
    kind: str
    options: dict[str, Any] = field(default_factory=dict)

    def seconds(self, default: float) -> float:
        """How long a silence lasts at most."""
        return float(self.options.get("seconds", default))


def add(store: Store, network: str, verb: str, kind: str, *, times: int | None, options: dict[str, Any]) -> int:
    """Arms a fault `times` times, or until cleared when times is None; its number. "*" is every network or verb."""
    if network != "*" and network not in POSED:
        raise BadFault(f"no network {network!r}; known: {', '.join(POSED)}, *")
    known = BEFORE | AFTER if verb == "*" else KINDS_OF_VERB.get(verb)
    if known is None:
        raise BadFault(f"no verb {verb!r}; known: {', '.join(KINDS_OF_VERB)}, *")
    if kind not in known:
        raise BadFault(f"no fault {kind!r} for {verb}; known: {', '.join(known)}")
    if times is not None and times < 1:
        raise BadFault("times must be at least 1, or left out for “until cleared”")
    row = {"network": network, "verb": verb, "kind": kind, "remaining": times, "options": json.dumps(options)}
    return store.insert("faults", row)


def clear(store: Store, network: str = "*", verb: str = "*") -> int:
    """Disarms faults; how many there were."""
    return store.run(
        "DELETE FROM faults WHERE (? = '*' OR network = ?) AND (? = '*' OR verb = ?)", network, network, verb, verb
    )


def take(store: Store, network: str, verb: str, kinds: dict[str, str] | None = None) -> Fault | None:
    """The oldest fault armed for this, counted down; None when nothing is to go wrong."""
    with store.tx():
        rows = store.all(
            "SELECT * FROM faults WHERE network IN (?, '*') AND (verb = ? OR (verb = '*' AND ?)) ORDER BY id",
            network,
            verb,
            verb in REQUEST_VERBS,
        )
        for row in rows:
            if kinds is None or row["kind"] in kinds:
                _count_down(store, row["id"], row["remaining"])
                return Fault(row["kind"], json.loads(row["options"]))
    return None


def _count_down(store: Store, number: int, remaining: int | None) -> None:
    if remaining is None:
        return
    if remaining <= 1:
        store.run("DELETE FROM faults WHERE id = ?", number)
    else:
        store.run("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", number)


def armed(store: Store) -> list[dict[str, Any]]:
    """Every armed fault, oldest first."""
    return [
        dict(row) | {"options": json.loads(row["options"])} for row in store.all("SELECT * FROM faults ORDER BY id")
    ]
