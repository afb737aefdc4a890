"""The append-only record of what happened: typed, ids only. Every room declares its kinds; one function writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from answerable.core import clock
from answerable.core.actors import Actor
from answerable.core.models import Event

KINDS: dict[str, Kind] = {}


@dataclass(frozen=True)
class Kind:
    """A kind of event. name: "room-noun.verb". data: the fields it carries and their types (ids, codes, counts)."""

    name: str
    data: dict[str, type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name in KINDS:
            raise ValueError(f"the ledger already has a kind {self.name!r}")
        KINDS[self.name] = self

    def check(self, data: dict[str, Any]) -> None:
        """TypeError unless data has exactly the declared fields (None is allowed for any)."""
        if data.keys() != self.data.keys():
            raise TypeError(f"{self.name} carries {sorted(self.data)}, not {sorted(data)}")
        for name, value in data.items():
            if value is not None and not isinstance(value, self.data[name]):
                raise TypeError(f"{self.name}: {name} is {type(value).__name__}, not {self.data[name].__name__}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What an event says, apart from its kind and brand. at: None for now; else it is told by an import."""

    subject_id: int
    actor: Actor
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


def record(
    kind: Kind,
    *,
    brand_id: int,
    subject_id: int,
    actor: Actor,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Writes one event in the caller's transaction."""
    event = _event(kind, brand_id, Entry(subject_id, actor, reason, data or {}))
    event.save(force_insert=True)
    return event


def record_many(kind: Kind, *, brand_id: int, entries: Sequence[Entry]) -> None:
    """Writes many events of a kind in the caller's transaction, in this order."""
    Event.objects.bulk_create([_event(kind, brand_id, entry) for entry in entries], batch_size=1000)


def _event(kind: Kind, brand_id: int, entry: Entry) -> Event:
    data = dict(entry.data)
    kind.check(data)
    return Event(
        brand_id=brand_id,
        kind=kind.name,
        subject_id=entry.subject_id,
        actor_kind=entry.actor.kind,
        actor_id=entry.actor.id,
        reason=entry.reason,
        data=data,
        at=entry.at or clock.now(),
        imported=entry.at is not None,
    )
