"""Who did something: a person, or which part of the world acted without one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    PERSON = "person"  # a user of the desk
    CUSTOMER = "customer"  # something the author of a message did
    NETWORK = "network"  # what a network answered or reported
    CLOCK = "clock"  # a deadline that came
    OPERATOR = "operator"  # the command line


@dataclass(frozen=True, slots=True)
class Actor:
    kind: ActorKind
    id: int | None = None  # the user's id, for a person

    @classmethod
    def person(cls, user_id: int) -> Actor:
        return cls(ActorKind.PERSON, user_id)


CUSTOMER = Actor(ActorKind.CUSTOMER)
NETWORK = Actor(ActorKind.NETWORK)
CLOCK = Actor(ActorKind.CLOCK)
OPERATOR = Actor(ActorKind.OPERATOR)
