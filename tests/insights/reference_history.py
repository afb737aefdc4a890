"""The first half of the second computation: from the lines of a file to the brand's share of it.

Written from docs/guides/import.md and docs/rooms/inbox.md alone; shares no code with the desk. See reference.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]
Key = tuple[str, str]  # network and id: of a message, a thread's root, or an author
Pair = tuple[str, str, str]  # network, thread, author

PERSONAL = {"direct", "mail", "review"}
HANDLE = re.compile(r"(?<!\w)@(\w+(?:[.-]\w+)*)")  # @fjellro, but neither me@fjellro nor @fjellro.no


@dataclass
class Message:
    """One message of the file, with what is worked out about it. line: its place in the file."""

    line: int
    record: Record
    network: str
    id: str
    author: str
    at: datetime
    received_at: datetime
    gone_at: datetime | None
    ours: bool = False
    names_us: bool = False
    thread: str = ""
    answers: str | None = None  # whom a message of the brand answers


@dataclass
class Act:
    """What a person did. reason: only where it ends a wait."""

    line: int
    kind: str
    pair: Pair
    at: datetime
    reason: str | None
    undone: bool


@dataclass
class History:
    """The brand's share of a file."""

    messages: dict[Key, Message] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    own_ids: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # by network
    own_names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # by network, small letters
    as_of: datetime | None = None


def when(text: str) -> datetime:
    """An ISO 8601 time; without a zone: UTC."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def who(author: str | Record) -> tuple[str, str]:
    """Id and handle of an author; one stands for the other where only one is given."""
    if isinstance(author, str):
        return author, author
    handle = author.get("handle") or ""
    return author.get("id") or handle, handle


def bare(handle: str) -> str:
    return handle.removeprefix("@").lower()


def read(lines: Iterable[Record], account: str) -> History:
    """The share of the file that is the account's."""
    records = list(lines)
    history = History()
    find_accounts(records, account, history)
    for line, record in enumerate(records):
        if record.get("type", "message") == "message":
            message = read_message(line, record)
            message.ours = message.author in history.own_ids[message.network]
            history.messages[message.network, message.id] = message
    for message in history.messages.values():
        message.thread = root_of(message, history)
    keep_the_share(history, account)
    for message in history.messages.values():
        message.answers = answered_by(message, history)
    history.acts = list(read_acts(records, history))
    history.as_of = last_event(history)
    return history


def find_accounts(records: list[Record], account: str, history: History) -> None:
    """Every id that bears the account's handle, on every network; then every handle that these ids bear."""
    seen: list[tuple[str, str, str]] = []
    for record in records:
        kind, network = record.get("type", "message"), record.get("network") or "archive"
        if kind == "account":
            seen.append((network, *who(record)))
        elif kind == "message":
            seen.append((network, *who(record["author"])))
    for network, id_, handle in seen:
        if id_ == account or (handle and bare(handle) == bare(account)):
            history.own_ids[network].add(id_)
    for network, id_, handle in seen:
        if handle and id_ in history.own_ids[network]:
            history.own_names[network].add(bare(handle))


def read_message(line: int, record: Record) -> Message:
    at = when(record["at"])
    return Message(
        line=line,
        record=record,
        network=record.get("network") or "archive",
        id=record["id"],
        author=who(record["author"])[0],
        at=at,
        received_at=when(record["received_at"]) if record.get("received_at") else at,
        gone_at=when(record["gone_at"]) if record.get("gone_at") else None,
    )


def parent_of(message: Message, history: History) -> Message | None:
    return history.messages.get((message.network, message.record.get("parent") or ""))


def root_of(message: Message, history: History) -> str:
    """The thread it says; else that of its parent; else the id it answers, though nobody has seen that; else its own."""
    while not message.record.get("thread"):
        parent = parent_of(message, history)
        if parent is None:
            return str(message.record.get("parent") or message.id)
        message = parent
    return str(message.record["thread"])


def names_us(message: Message, history: History, account: str) -> bool:
    """By the list of mentions; where there is none, by @handle in the text. The account's name counts on any network."""
    ids = history.own_ids[message.network] | {account}
    names = history.own_names[message.network] | {bare(account)}
    mentions = message.record.get("mentions")
    if mentions is None:
        return any(bare(name) in names for name in HANDLE.findall(message.record.get("text") or ""))
    return any(entry in ids or bare(entry) in names for entry in mentions)


def keep_the_share(history: History, account: str) -> None:
    """Keeps the threads in which the account wrote, or was named, written to, quoted, or told of something."""
    threads: set[Key] = set()
    for message in history.messages.values():
        message.names_us = names_us(message, history, account)
        to_us = set(message.record.get("to") or ()) & history.own_ids[message.network]
        if message.ours or message.names_us or to_us or quotes_us(message, history) or is_told(message):
            threads.add((message.network, message.thread))
    for key, message in list(history.messages.items()):
        if (message.network, message.thread) not in threads:
            del history.messages[key]


def quotes_us(message: Message, history: History) -> bool:
    quoted = history.messages.get((message.network, message.record.get("quotes") or ""))
    return quoted is not None and quoted.ours


def is_told(message: Message) -> bool:
    return bool(message.record.get("told"))


def answered_by(message: Message, history: History) -> str | None:
    """Whom a message of the brand answers: its parent's author; after own words, whoever those answered."""
    if not message.ours:
        return None
    parent = parent_of(message, history)
    while parent is not None and parent.ours:
        message, parent = parent, parent_of(parent, history)
    if parent is not None:
        return parent.author
    others = [id_ for id_ in message.record.get("to") or () if id_ not in history.own_ids[message.network]]
    return others[0] if others else None


def read_acts(records: list[Record], history: History) -> Iterator[Act]:
    """Those that touch words of a customer in the share."""
    known = {(message.network, message.thread, message.author) for message in history.messages.values()}
    for line, record in enumerate(records):
        if record.get("type") != "act":
            continue
        pair = (record.get("network") or "archive", record["thread"], record["author"])
        if pair in known:
            kind, reason = record["act"], record.get("reason")
            ends = kind == "decide" or (kind == "close" and reason != "done")
            yield Act(line, kind, pair, when(record["at"]), reason if ends else None, bool(record.get("undone_at")))


def last_event(history: History) -> datetime | None:
    times = [act.at for act in history.acts]
    for message in history.messages.values():
        times.append(message.at)
        times.extend(when(message.record[name]) for name in ("gone_at", "edited_at") if message.record.get(name))
    return max(times, default=None)


def addressed(message: Message, history: History) -> bool:
    """docs/rooms/inbox.md, "Addressed"."""
    if message.ours or (message.record.get("context") and not is_told(message)):
        return False
    if message.record.get("kind", "post") in PERSONAL or message.names_us or quotes_us(message, history):
        return True
    parent = parent_of(message, history)
    if parent is None:
        return is_told(message)
    root = history.messages.get((message.network, message.thread))
    goes_on = parent.author == message.author and root is not None and root.ours
    return parent.ours or goes_on
