"""The gate for many rows: the checks of the gate for one, and all or none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from answerable.cases.models import Case
from answerable.cases.states import CASE
from answerable.core.actors import CUSTOMER, OPERATOR, Actor, ActorKind
from answerable.core.ledger import Entry
from answerable.core.models import Event
from answerable.core.transitions import Refused, Step, move_many
from answerable.customers.models import Customer
from tests.people import Team

pytestmark = pytest.mark.django_db
AT = datetime(2020, 5, 4, 12, tzinfo=UTC)
SOMEBODY = Actor(ActorKind.PERSON)


def cases(team: Team, *states: str) -> list[Case]:
    customer = Customer.objects.create(brand=team.brand)
    return [
        Case.objects.create(brand=team.brand, customer=customer, opened_at=AT, last_at=AT, state=state)
        for state in states
    ]


def steps(rows: list[Case], actor: Actor = SOMEBODY, reason: str = "spam", **more: str) -> list[Step]:
    return [
        Step(Entry(row.pk, actor, reason, at=AT), more.get("old", row.state), {"closed_at": AT, "snoozed_until": None})
        for row in rows
    ]


def test_all_are_moved_and_each_has_its_event(team: Team) -> None:
    rows = cases(team, "open", "snoozed")
    move_many(Case, CASE, "close", steps(rows), brand_id=team.brand.pk)
    assert set(Case.objects.values_list("state", "closed_at")) == {("closed", AT)}
    told = list(Event.objects.order_by("id").values_list("kind", "subject_id", "reason", "data", "at", "imported"))
    assert told == [
        ("case.close", rows[0].pk, "spam", {"old": "open"}, AT, True),
        ("case.close", rows[1].pk, "spam", {"old": "snoozed"}, AT, True),
    ]


def test_one_that_may_not_stops_all(team: Team) -> None:
    rows = cases(team, "open", "closed")
    with pytest.raises(Refused, match="1 of 2 cannot close now"):
        move_many(Case, CASE, "close", steps(rows), brand_id=team.brand.pk)
    assert list(Case.objects.order_by("id").values_list("state", "closed_at")) == [("open", None), ("closed", None)]
    assert not Event.objects.exists()


def test_what_somebody_else_changed_meanwhile_is_refused(team: Team) -> None:
    rows = cases(team, "snoozed")
    with pytest.raises(Refused):
        move_many(Case, CASE, "close", steps(rows, old="open"), brand_id=team.brand.pk)


def test_another_brands_rows_are_refused(team: Team) -> None:
    rows = cases(team, "open")
    with pytest.raises(Refused):
        move_many(Case, CASE, "close", steps(rows), brand_id=team.other.pk)


def test_actor_and_reason_are_checked(team: Team) -> None:
    rows = cases(team, "open")
    with pytest.raises(Refused, match="close is not for customer"):
        move_many(Case, CASE, "close", steps(rows, CUSTOMER), brand_id=team.brand.pk)
    with pytest.raises(Refused, match="close is not for operator"):
        move_many(Case, CASE, "close", steps(rows, OPERATOR), brand_id=team.brand.pk)
    with pytest.raises(Refused, match="needs a reason"):
        move_many(Case, CASE, "close", steps(rows, reason="because"), brand_id=team.brand.pk)
    assert not Event.objects.exists()


def test_none_is_nothing(team: Team) -> None:
    move_many(Case, CASE, "close", [], brand_id=team.brand.pk)
    assert not Event.objects.exists()
