"""Random histories in the format of docs/guides/import.md, for comparing one computation of the measures with another.

A history is a list of records, in no order of time. The brand's handle is `fjellro`. Times are dense on purpose (few
seconds, few microseconds, and days around the seven after which a case is new), so that ties, skewed clocks and edges come
up all the time. Files are clean: ids are unique, nothing answers itself, there is no cycle, every act has its message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

Record = dict[str, Any]
Author = str | dict[str, str]

BRAND = "fjellro"
START = datetime(2026, 3, 1, 23, 59, 58, tzinfo=UTC)  # two seconds before a day ends
NETWORKS = ("chirp", "meadow", None)  # None: left out, which is "archive"
CUSTOMERS: dict[str, Author] = {"ann": "ann", "u2": {"id": "u2", "handle": "Bo"}, "cy": {"handle": "cy", "name": "Cy"}}
REASONS = ("spam", "nothing_to_answer", "too_late", "other", "answered_elsewhere")
TEXTS = (
    "Hei",
    "@fjellro hei",
    "Привет, @Fjellro!",
    "Bună, @fjellro.",
    "@fjellrobutikken ahoj",
    "post@fjellro.example",
    "fjellro?",
    "@bo @ann",
    "",
)
# Small groups of fields that go together; each is drawn for itself.
moments = st.builds(
    lambda days, seconds, micros: START + timedelta(days=days, seconds=seconds, microseconds=micros),
    st.sampled_from((0, 0, 0, 0, 3, 7, 8, 15)),
    st.integers(0, 6),
    st.sampled_from((0, 0, 1, 333_333)),
)
later = st.builds(
    lambda days, seconds: timedelta(days=days, seconds=seconds),
    st.sampled_from((0, 0, 0, 3, 7, 8)),
    st.integers(0, 4),
)
lags = st.builds(timedelta, seconds=st.integers(0, 4), microseconds=st.sampled_from((0, 1)))
rarely = st.integers(0, 5).map(lambda number: number == 5)


@dataclass
class Made:
    """What was drawn so far. customers: those who take part. roots: message id → id of its thread's root."""

    customers: list[str]
    records: list[Record] = field(default_factory=list)
    times: dict[str, datetime] = field(default_factory=dict)  # by message id
    roots: dict[str, str] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)  # message id → author id
    networks: dict[str, str | None] = field(default_factory=dict)  # message id → network

    def on(self, network: str | None) -> list[str]:
        return [message for message, its_network in self.networks.items() if its_network == network]


def brand_id(network: str | None) -> str:
    return f"{network or 'file'}-brand"


@st.composite
def histories(draw: st.DrawFn, max_messages: int = 14, max_acts: int = 5) -> list[Record]:
    """A list of records; `fjellro` is the account to ask for."""
    networks = draw(st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=2, unique=True))
    made = Made(draw(st.sampled_from((["u2"], ["u2"], ["ann", "cy"], sorted(CUSTOMERS)))))
    for number in range(draw(st.integers(0, max_messages))):
        _add_message(draw, made, f"m{number}", draw(st.sampled_from(networks)))
    theirs = [message for message, author in made.authors.items() if not author.endswith("-brand")]
    for _ in range(draw(st.integers(0, max_acts)) if theirs else 0):
        made.records.append(_act(draw, made, draw(st.sampled_from(theirs))))
    for network in networks:
        wrote = any(made.authors[message] == brand_id(network) for message in made.on(network))
        if not wrote or draw(st.booleans()):  # an account that never wrote is known by its line alone
            made.records.append(_on(network, {"type": "account", "id": brand_id(network), "handle": BRAND}))
    return draw(st.permutations(made.records))


def _add_message(draw: st.DrawFn, made: Made, id_: str, network: str | None) -> None:
    ours = draw(st.booleans())
    author = brand_id(network) if ours else draw(st.sampled_from(made.customers))
    parent = draw(st.sampled_from([None, *made.on(network), *made.on(network)[-3:], *_lost(draw)]))
    # Mostly after what it answers, as in life; else anywhere.
    at = made.times[parent] + draw(later) if parent in made.times and draw(st.booleans()) else draw(moments)
    record = _on(network, {"id": id_, "author": _brand(draw, network) if ours else CUSTOMERS[author]})
    record |= {"at": _written(draw, at), "text": draw(st.sampled_from(TEXTS))}
    _point(draw, record, made, parent, network)
    _mark(draw, record, at, ours=ours)
    if record.get("kind") in {"direct", "mail"}:
        record["to"] = [draw(st.sampled_from(made.customers))] if ours else [brand_id(network)]
    if draw(rarely):
        record["type"] = "message"  # else left out
    made.records.append(record)
    made.authors[id_], made.networks[id_], made.times[id_] = author, network, at
    if parent is not None and draw(rarely):
        record["thread"] = made.roots[id_]


def _lost(draw: st.DrawFn) -> list[str]:
    """Parents that are not in the file; two threads may hang on one such."""
    return ["lost1", "lost2"] if draw(rarely) else []


def _brand(draw: st.DrawFn, network: str | None) -> Author:
    return {"id": brand_id(network), "handle": draw(st.sampled_from((BRAND, "Fjellro")))}


def _point(draw: st.DrawFn, record: Record, made: Made, parent: str | None, network: str | None) -> None:
    """What it answers, what it quotes, whom it names."""
    made.roots[record["id"]] = record["id"] if parent is None else made.roots.get(parent, parent)
    if parent is not None:
        record["parent"] = parent
    if draw(rarely):
        record["quotes"] = draw(st.sampled_from([*made.on(network), "lost3"]))
    mentions = draw(st.sampled_from((None, None, None, [], [brand_id(network)], ["@Fjellro"], ["u2"], ["fjellrofan"])))
    if mentions is not None:
        record["mentions"] = mentions
    record["kind"] = draw(st.sampled_from(("post", "post", "comment", "comment", "direct", "mail", "review")))
    if record["kind"] == "post" and draw(st.booleans()):
        del record["kind"]


def _mark(draw: st.DrawFn, record: Record, at: datetime, *, ours: bool) -> None:
    """What became of it, and how it came."""
    chances: list[tuple[str, Callable[[], Any]]] = [
        ("gone_at", lambda: _written(draw, at + draw(lags))),
        ("edited_at", lambda: _written(draw, at + draw(lags))),
        ("received_at", lambda: _written(draw, at + draw(lags))),
        ("language", lambda: draw(st.sampled_from(("no", "ru")))),
    ]
    if ours:
        chances += [("automatic", lambda: True), ("sent_here_at", lambda: _written(draw, at - draw(lags)))]
    else:
        chances += [("context", lambda: True), ("told", lambda: True)]
    for name, value in chances:
        if draw(rarely):
            record[name] = value()


def _act(draw: st.DrawFn, made: Made, message: str) -> Record:
    """What somebody did about the author of this message in its thread."""
    kind = draw(st.sampled_from(("decide", "close", "close", "close", "reopen", "note")))
    at = made.times[message] + draw(later) if draw(st.booleans()) else draw(moments)
    record = _on(made.networks[message], {"type": "act", "act": kind, "thread": made.roots[message]})
    record |= {"author": made.authors[message], "at": _written(draw, at), "by": "mia@fjellro.example"}
    if kind in {"decide", "close"}:
        record["reason"] = draw(st.sampled_from(REASONS if kind == "decide" else ("done", "done", *REASONS)))
        if record["reason"] == "answered_elsewhere":
            record["link"] = "https://chirp.example/answer"
        if draw(rarely):
            record["undone_at"] = _written(draw, at + draw(lags))
    if kind == "note":
        record["text"] = "Called them."
    return record


def _on(network: str | None, record: Record) -> Record:
    return record if network is None else {"network": network, **record}


def _written(draw: st.DrawFn, at: datetime) -> str:
    """The same instant in the ways in which files write it."""
    east = timedelta(hours=draw(st.sampled_from((0, 0, 0, 1, 5))))
    if east:
        return f"{(at + east).replace(tzinfo=None).isoformat()}+{east.seconds // 3600:02}:00"
    plain = at.replace(tzinfo=None).isoformat()
    return plain if draw(rarely) else plain + "Z"
