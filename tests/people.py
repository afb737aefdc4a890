"""The people of every test: a team at one brand, and a stranger who is somebody elsewhere.

Anna is an agent, Lars a lead, Vera a viewer, Odd an admin of Fjellro. The stranger is an admin of another brand: every
refusal is tested against somebody who holds all rights, only not here.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from answerable.people.models import Brand, Role, RoleName, User
from answerable.people.rights import Seat, access

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Team:
    """One brand with somebody in each role, and the stranger with a brand of their own."""

    brand: Brand
    other: Brand
    anna: User
    lars: User
    vera: User
    odd: User
    stranger: User

    def seat(self, user: User) -> Seat:
        """The seat of a member of the brand."""
        return access(user, self.brand.slug)


def member(brand: Brand, name: str, role: RoleName) -> User:
    """A user with one role."""
    user = User.objects.create_user(f"{name.lower()}@{brand.slug}.test", PASSWORD, name=name)
    Role.objects.create(user=user, brand=brand, name=role)
    return user


def make_team() -> Team:
    """Writes the people into the database."""
    brand = Brand.objects.create(slug="fjellro", name="Fjellro")
    other = Brand.objects.create(slug="havgap", name="Havgap")
    return Team(
        brand=brand,
        other=other,
        anna=member(brand, "Anna", RoleName.AGENT),
        lars=member(brand, "Lars", RoleName.LEAD),
        vera=member(brand, "Vera", RoleName.VIEWER),
        odd=member(brand, "Odd", RoleName.ADMIN),
        stranger=member(other, "Stranger", RoleName.ADMIN),
    )


@pytest.fixture
def team(db: None) -> Team:
    return make_team()


@pytest.fixture
def anna(team: Team) -> Seat:
    return team.seat(team.anna)


@pytest.fixture
def lars(team: Team) -> Seat:
    return team.seat(team.lars)


@pytest.fixture
def vera(team: Team) -> Seat:
    return team.seat(team.vera)


@pytest.fixture
def odd(team: Team) -> Seat:
    return team.seat(team.odd)


@pytest.fixture
def stranger(team: Team) -> Seat:
    return access(team.stranger, team.other.slug)
