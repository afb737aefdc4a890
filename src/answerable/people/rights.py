"""The table of rights, and the seat a person takes at a brand's desk.

Every write of every room is a verb: a function whose first argument is a Seat, declared with @verb(right). The
decorator refuses before anything happens, and keeps the register that a test walks role by role.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from answerable.core.actors import Actor
from answerable.people.models import Brand, Role, RoleName, User

P = ParamSpec("P")
R = TypeVar("R")


class Right(IntEnum):
    """What a verb needs; each role holds all rights up to its own."""

    READ = 1  # cases, measures
    ANSWER = 2  # assign to self, note, reply, decide with a reason, snooze
    LEAD = 3  # approve, assign others, take apart or together, hide or delete on a network
    ADMIN = 4  # accounts, team, policies, rules, import, export, erase, webhooks, tokens


HELD = {
    RoleName.VIEWER: Right.READ,
    RoleName.AGENT: Right.ANSWER,
    RoleName.LEAD: Right.LEAD,
    RoleName.ADMIN: Right.ADMIN,
}
VERBS: dict[str, Right] = {}


class Forbidden(Exception):
    """This person may not do this at this brand."""


class NoSuchBrand(Exception):
    """No brand of this name, or none that this person may know of: strangers cannot tell the two apart."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at one brand's desk: the proof, made only by access(), that every verb and query asks for."""

    brand: Brand
    user: User
    role: RoleName

    @property
    def actor(self) -> Actor:
        return Actor.person(self.user.pk)

    def may(self, right: Right) -> bool:
        return HELD[self.role] >= right

    def require(self, right: Right) -> None:
        """Forbidden unless the role holds the right."""
        if not self.may(right):
            raise Forbidden(
                f"this needs the right to {right.name.lower()}; your role here is {self.role.label.lower()}"
            )


def access(user: User, brand_slug: str, right: Right = Right.READ) -> Seat:
    """The only way to a brand for a person. NoSuchBrand for strangers, Forbidden for too small a role."""
    role = Role.objects.select_related("brand").filter(user=user, user__is_active=True, brand__slug=brand_slug).first()
    if role is None:
        raise NoSuchBrand(brand_slug)
    seat = Seat(role.brand, user, RoleName(role.name))
    seat.require(right)
    return seat


def seats(user: User) -> list[Seat]:
    """Every desk this person may sit at, by name."""
    roles = Role.objects.select_related("brand").filter(user=user).order_by("brand__name")
    return [Seat(role.brand, user, RoleName(role.name)) for role in roles]


def verb(right: Right) -> Callable[[Callable[Concatenate[Seat, P], R]], Callable[Concatenate[Seat, P], R]]:
    """Declares a write and the right it needs; refuses before the function runs."""

    def declare(function: Callable[Concatenate[Seat, P], R]) -> Callable[Concatenate[Seat, P], R]:
        VERBS[f"{function.__module__}.{function.__qualname__}"] = right

        @wraps(function)
        def guarded(seat: Seat, /, *args: P.args, **kwargs: P.kwargs) -> R:
            seat.require(right)
            return function(seat, *args, **kwargs)

        return guarded

    return declare
