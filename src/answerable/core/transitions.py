"""The one gate per transition: allowed from-state, actor, reason and ledger event in one compare-and-set.

A room declares its graph beside its states; the graph checks itself at import. Nothing else writes a state
(tests/house/test_gate.py reads the source for it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from django.db import connection, models, transaction

from answerable.core.actors import Actor, ActorKind
from answerable.core.ledger import Entry, Kind, record, record_many
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


@dataclass(frozen=True, slots=True)
class Step:
    """One row's part in a move of many. also: fields set with the state; all steps of a move set the same ones."""

    entry: Entry
    old: str
    also: Mapping[str, Any] = field(default_factory=dict)


def move_many(model: type[models.Model], graph: Graph, verb: str, steps: Sequence[Step], *, brand_id: int) -> None:
    """Moves many rows by the same verb in one statement, with the checks of `move`; Refused, and nothing moved, if any
    of them may not. Each subject once."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{graph.noun}.{verb} outside a transaction")
    arrow = graph.moves[verb]
    for step in steps:
        if step.entry.actor.kind not in arrow.by:
            raise Refused(f"{verb} is not for {step.entry.actor.kind}")
        if arrow.reasons and step.entry.reason not in arrow.reasons:
            raise Refused(f"{verb} needs a reason, one of: {', '.join(arrow.reasons)}")
    if not steps:
        return
    with transaction.atomic():  # a caller who goes on after a refusal must not keep what had been moved
        moved = _move_rows(model, arrow, steps, brand_id)
        if moved != len(steps):
            raise Refused(f"{len(steps) - moved} of {len(steps)} cannot {verb} now; somebody may have been faster")
    entries = [replace(step.entry, data={"old": step.old, **step.entry.data}) for step in steps]
    record_many(graph.kinds[verb], brand_id=brand_id, entries=entries)


def _move_rows(model: type[models.Model], arrow: Move, steps: Sequence[Step], brand_id: int) -> int:
    """One compare-and-set over all rows: each from the state that its caller saw. Returns how many were moved."""
    meta = model._meta
    fields = [field for field in meta.concrete_fields if field.name in steps[0].also]
    names, columns = [field.name for field in fields], [field.column for field in fields]
    kinds = [field.db_type(connection) for field in fields]
    given = "".join(f", %s::{kind}[]" for kind in kinds)
    sets = "".join(f', "{column}" = v."{column}"' for column in columns)
    listed = "".join(f', "{column}"' for column in columns)
    sql = (
        f'UPDATE "{meta.db_table}" r SET state = %s{sets} FROM unnest(%s::bigint[], %s::text[]{given})'  # noqa: S608
        f" v(pk, old{listed}) WHERE r.id = v.pk AND r.brand_id = %s AND r.state = v.old AND r.state = ANY(%s)"
    )
    values: list[Any] = [arrow.target, [step.entry.subject_id for step in steps], [step.old for step in steps]]
    values += [[step.also[name] for step in steps] for name in names]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, brand_id, list(arrow.sources)])
        return int(cursor.rowcount)
