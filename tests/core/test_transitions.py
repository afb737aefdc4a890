"""The gate: what it refuses, what it writes, and that a graph that makes no sense never gets as far as a row."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from answerable.cases.models import Case
from answerable.cases.states import CASE
from answerable.core import clock
from answerable.core.actors import CLOCK, CUSTOMER, Actor
from answerable.core.ledger import Kind, record
from answerable.core.models import Event
from answerable.core.transitions import Graph, Move, Refused, move
from answerable.customers.models import Customer
from tests.people import Team


@pytest.fixture
def case(team: Team) -> Case:
    customer = Customer.objects.create(brand=team.brand)
    return Case.objects.create(brand=team.brand, customer=customer, opened_at=clock.now(), last_at=clock.now())


def actor(team: Team) -> Actor:
    return Actor.person(team.anna.pk)


def test_a_move_changes_the_row_and_tells_the_ledger(team: Team, case: Case) -> None:
    event = move(case, CASE, "close", actor=actor(team), reason="done", closed_at=clock.now())
    case.refresh_from_db()
    assert case.state == "closed"
    assert case.closed_at is not None
    assert (event.kind, event.reason, event.data, event.actor_id) == (
        "case.close",
        "done",
        {"old": "open"},
        team.anna.pk,
    )


def test_of_two_who_saw_the_same_state_one_wins(team: Team, case: Case) -> None:
    stale = Case.objects.get(pk=case.pk)
    move(case, CASE, "close", actor=actor(team), reason="done")
    with pytest.raises(Refused, match="faster"):
        move(stale, CASE, "close", actor=actor(team), reason="done")
    assert Event.objects.filter(kind="case.close").count() == 1


@pytest.mark.parametrize(
    ("verb", "who", "reason", "why"),
    [
        ("close", CLOCK, "done", "not for clock"),
        ("close", None, "", "needs a reason"),
        ("close", None, "because", "needs a reason"),
        ("wake", CUSTOMER, "", "cannot wake"),
        ("reopen", None, "", "cannot reopen"),
    ],
)
def test_what_the_graph_does_not_allow_is_refused_and_leaves_no_trace(
    team: Team, case: Case, verb: str, who: Actor | None, reason: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        move(case, CASE, verb, actor=who or actor(team), reason=reason)
    case.refresh_from_db()
    assert case.state == "open"
    assert not Event.objects.filter(kind__startswith="case.").exists()


def test_a_further_condition_is_part_of_the_write(team: Team, case: Case) -> None:
    with pytest.raises(Refused):
        move(case, CASE, "close", actor=actor(team), reason="done", only_if={"waiting": 7})


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_moves() -> None:
    from tests.people import make_team

    team = make_team()
    customer = Customer.objects.create(brand=team.brand)
    case = Case.objects.create(brand=team.brand, customer=customer, opened_at=clock.now(), last_at=clock.now())
    with pytest.raises(RuntimeError, match="outside a transaction"):
        move(case, CASE, "close", actor=actor(team), reason="done")


def test_the_ledger_cannot_be_changed_or_deleted(team: Team, case: Case) -> None:
    event = move(case, CASE, "close", actor=actor(team), reason="done")
    for spoil in (
        lambda: Event.objects.filter(pk=event.pk).update(reason="spam"),
        lambda: Event.objects.filter(pk=event.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            spoil()
    assert Event.objects.get(pk=event.pk).reason == "done"


def test_an_event_carries_exactly_its_declared_fields(db: None) -> None:
    kind = Kind("test.typed", {"count": int})
    record(kind, brand_id=1, subject_id=1, actor=CLOCK, data={"count": 3})
    for wrong in ({}, {"count": "three"}, {"count": 3, "text": "what a customer said"}):
        with pytest.raises(TypeError):
            record(kind, brand_id=1, subject_id=1, actor=CLOCK, data=wrong)


@pytest.mark.parametrize(
    ("moves", "final", "why"),
    [
        ([Move("go", ("a",), "b"), Move("back", ("c",), "a")], ["b"], "no way leads"),
        ([Move("go", ("a",), "b")], [], "no way out"),
        ([Move("go", ("a",), "b"), Move("back", ("b",), "a")], ["b"], "has a way out"),
        ([Move("go", ("a",), "b"), Move("go", ("b",), "a")], [], "stands twice"),
    ],
)
def test_a_graph_that_makes_no_sense_fails_at_import(moves: list[Move], final: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Graph(f"nonsense {why}", initial="a", final=final, moves=moves)
