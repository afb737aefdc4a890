"""The one gate per transition: allowed from-state, actor, reason and ledger event in one compare-and-set.

A room declares its graph beside its states; the graph checks itself at import. Nothing else writes a state
(tests/house/test_gate.py reads the source for it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import connection, models

from answerable.core.actors import Actor, ActorKind
from answerable.core.ledger import Kind, record
from answerable.core.models import Event

ANYBODY = frozenset(ActorKind)
PERSON = frozenset({ActorKind.PERSON})


class Refused(Exception):
    """The transition is not allowed from where the row is now; the message is fit for people."""


@dataclass(frozen=True)
class Move:
    """One arrow. by: who may. reasons: codes one of which is required (empty: none is). data: the event's fields."""

    verb: str
    sources: tuple[str, ...]
    target: str
    by: frozenset[ActorKind] = ANYBODY
    reasons: tuple[str, ...] = ()
    data: dict[str, type] = field(default_factory=dict)


class Graph:
    """The states of one noun and the moves between them."""

    def __init__(self, noun: str, *, initial: str, final: Sequence[str] = (), moves: Sequence[Move]) -> None:
        self.noun = noun
        self.initial = initial
        self.final = frozenset(final)
        self.moves = {move.verb: move for move in moves}
        self.states = {initial} | {m.target for m in moves} | {s for m in moves for s in m.sources}
        self._check(moves)
        self.kinds = {m.verb: Kind(f"{noun}.{m.verb}", {"old": str, **m.data}) for m in moves}

    def _check(self, moves: Sequence[Move]) -> None:
        if len(self.moves) != len(moves):
            raise ValueError(f"{self.noun}: a verb stands twice")
        reached = {self.initial}
        while more := {m.target for m in moves if set(m.sources) & reached} - reached:
            reached |= more
        if lost := self.states - reached:
            raise ValueError(f"{self.noun}: no way leads to {sorted(lost)}")
        leaving = {s for m in moves for s in m.sources}
        if stuck := self.states - leaving - self.final:
            raise ValueError(f"{self.noun}: {sorted(stuck)} has no way out and is not declared final")
        if wrong := self.final & leaving:
            raise ValueError(f"{self.noun}: final state {sorted(wrong)} has a way out")

    def choices(self) -> list[tuple[str, str]]:
        return [(state, state) for state in sorted(self.states)]


class Stateful(Protocol):
    """A row with an id, a brand and a state."""

    pk: Any
    brand_id: int
    state: str


def move(
    row: Stateful,
    graph: Graph,
    verb: str,
    *,
    actor: Actor,
    reason: str = "",
    data: dict[str, Any] | None = None,
    only_if: dict[str, Any] | None = None,
    **also: Any,
) -> Event:
    """Moves row by verb, setting `also` fields with it, and records the event; Refused if it may not.

    only_if: further conditions of the compare-and-set (a lease that must still be ours).
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{graph.noun}.{verb} outside a transaction")
    arrow = graph.moves[verb]
    if actor.kind not in arrow.by:
        raise Refused(f"{verb} is not for {actor.kind}")
    if arrow.reasons and reason not in arrow.reasons:
        raise Refused(f"{verb} needs a reason, one of: {', '.join(arrow.reasons)}")
    assert isinstance(row, models.Model)
    old = row.state
    # The state as this caller saw it is part of the condition: of two callers that saw the same, one wins.
    rows = type(row)._default_manager.filter(pk=row.pk, brand_id=row.brand_id, state__in=arrow.sources)
    changed = rows.filter(state=old, **(only_if or {})).update(state=arrow.target, **also)
    if changed != 1:
        raise Refused(f"this {graph.noun} is {old} and cannot {verb} now; somebody may have been faster")
    row.state = arrow.target
    for name, value in also.items():
        setattr(row, name, value)
    kind = graph.kinds[verb]
    facts = {"old": old, **(data or {})}
    return record(kind, brand_id=row.brand_id, subject_id=row.pk, actor=actor, reason=reason, data=facts)
