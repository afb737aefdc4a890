"""The append-only record of what happened: typed, ids only. Every room declares its kinds; one function writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    data = dict(data or {})
    kind.check(data)
    return Event.objects.create(
        brand_id=brand_id,
        kind=kind.name,
        subject_id=subject_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        reason=reason,
        data=data,
        at=clock.now(),
    )
