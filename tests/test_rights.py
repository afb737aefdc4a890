"""The table of rights, walked: every verb × every role × another brand's admin × nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist

from answerable.cases.models import Case, Decision, Wait
from answerable.channels.contract import ChannelError
from answerable.channels.models import Account
from answerable.channels.verbs import connect
from answerable.core import clock
from answerable.core.models import Event
from answerable.inbox.models import Message
from answerable.people.models import RoleName, User
from answerable.people.rights import HELD, VERBS, Forbidden, NoSuchBrand, Right, Seat, access
from answerable.replies import drafts
from answerable.replies.models import Delivery, Draft
from tests.desk import Desk
from tests.people import Team

pytestmark = pytest.mark.django_db

# What the design's table says. A verb that is not here has been added without saying who may.
TABLE = {
    "answerable.cases.verbs.take": Right.ANSWER,
    "answerable.cases.verbs.drop": Right.ANSWER,
    "answerable.cases.verbs.note": Right.ANSWER,
    "answerable.cases.verbs.decide": Right.ANSWER,
    "answerable.cases.verbs.undo_decision": Right.ANSWER,
    "answerable.cases.verbs.snooze": Right.ANSWER,
    "answerable.cases.verbs.wake": Right.ANSWER,
    "answerable.cases.verbs.close": Right.ANSWER,
    "answerable.cases.verbs.reopen": Right.ANSWER,
    "answerable.cases.verbs.undo_close": Right.ANSWER,
    "answerable.replies.drafts.save": Right.ANSWER,
    "answerable.replies.drafts.release": Right.ANSWER,
    "answerable.replies.drafts.discard": Right.ANSWER,
    "answerable.replies.drafts.attach": Right.ANSWER,
    "answerable.replies.drafts.detach": Right.ANSWER,
    "answerable.replies.verbs.recall": Right.ANSWER,
    "answerable.replies.verbs.edit": Right.ANSWER,
    "answerable.replies.verbs.try_again": Right.ANSWER,
    "answerable.replies.verbs.look_again": Right.ANSWER,
    "answerable.replies.verbs.not_there": Right.ANSWER,
    "answerable.replies.verbs.take_down": Right.LEAD,
    "answerable.channels.verbs.connect": Right.ADMIN,
    "answerable.channels.verbs.disconnect": Right.ADMIN,
}


def load(name: str) -> Callable[..., Any]:
    module, _, function = name.rpartition(".")
    found: Callable[..., Any] = getattr(import_module(module), function)
    return found


def test_every_verb_stands_in_the_table() -> None:
    for name in TABLE:
        load(name)
    assert {name: VERBS[name] for name in VERBS if name.startswith("answerable.")} == TABLE


class Rows:
    """One of everything, at Fjellro."""

    def __init__(self, desk: Desk, anna: Seat, lars: Seat) -> None:
        self.account = desk.connect()
        first = desk.hears("meadow", "kari", "@fjellro hvor er pakken?")
        draft = desk.answers(anna, first, "I morgen.")
        reply = desk.delivery(draft).message
        assert reply is not None
        self.reply, self.released = reply, draft
        self.message = desk.hears("meadow", "kari", "Den kom ikke.", parent=reply.external_id)
        self.wait = Wait.objects.get(outcome="")
        self.case = self.wait.case
        self.draft = drafts.save(anna, desk.words(self.message, "Vi ser på det."))
        self.words = desk.words(self.message, "Fremmede ord")
        self.decision = self._decision(desk, anna)

    def _decision(self, desk: Desk, anna: Seat) -> Decision:
        from answerable.cases.verbs import decide

        other = desk.hears("meadow", "ola", "@fjellro kjøp følgere")
        return decide(anna, Wait.objects.get(opener=other).pk, "spam")

    def arguments(self, name: str) -> tuple[object, ...]:
        """What the verb would be called with, by somebody who may."""
        short = name.removeprefix("answerable.")
        given: dict[str, tuple[object, ...]] = {
            "cases.verbs.note": (self.case.pk, "hei"),
            "cases.verbs.decide": (self.wait.pk, "spam"),
            "cases.verbs.undo_decision": (self.decision.pk,),
            "cases.verbs.snooze": (self.case.pk, clock.now() + timedelta(hours=1)),
            "cases.verbs.close": (self.case.pk, "gave_up"),
            "replies.drafts.save": (self.words,),
            "replies.drafts.release": (self.words,),
            "replies.drafts.attach": (self.draft.pk, b"", ""),
            "replies.drafts.detach": (self.draft.pk, 1),
            "replies.drafts.discard": (self.draft.pk,),
            "replies.verbs.take_down": (self.reply.pk, "feil"),
            "channels.verbs.connect": ("console", {}),
            "channels.verbs.disconnect": (self.account.pk,),
        }
        if short in given:
            return given[short]
        return (self.released.pk,) if short.startswith("replies.") else (self.case.pk,)

    def snapshot(self) -> object:
        """Everything of the brand that a verb could change."""
        models = (Case, Wait, Decision, Draft, Delivery, Message, Account)
        rows = [list(model._default_manager.order_by("pk").values()) for model in models]
        return rows, Event.objects.count()


@pytest.fixture
def rows(desk: Desk, anna: Seat, lars: Seat) -> Rows:
    return Rows(desk, anna, lars)


def test_each_role_may_exactly_what_the_table_says(rows: Rows, team: Team) -> None:
    before = rows.snapshot()
    refused = 0
    for name, right in TABLE.items():
        for user in (team.vera, team.anna, team.lars, team.odd):
            seat = team.seat(user)
            if HELD[seat.role] < right:
                with pytest.raises(Forbidden):
                    load(name)(seat, *rows.arguments(name))
                refused += 1
    by_right = {right: sum(1 for needed in TABLE.values() if needed == right) for right in Right}
    assert refused == by_right[Right.ANSWER] + 2 * by_right[Right.LEAD] + 3 * by_right[Right.ADMIN]
    assert rows.snapshot() == before


@pytest.mark.parametrize("name", [name for name in TABLE if not name.endswith("connect")])
def test_an_admin_of_another_brand_finds_nothing(rows: Rows, stranger: Seat, name: str) -> None:
    before = rows.snapshot()
    with pytest.raises(ObjectDoesNotExist):
        load(name)(stranger, *rows.arguments(name))
    assert rows.snapshot() == before


@pytest.mark.parametrize("name", [name for name in TABLE if not name.endswith("connect")])
def test_the_same_call_by_one_who_may_is_not_forbidden(rows: Rows, odd: Seat, name: str) -> None:
    """So that the refusals above cannot pass for a wrong reason: here only the state of things may object."""
    outcome: object = None
    try:
        load(name)(odd, *rows.arguments(name))
    except Exception as error:  # noqa: BLE001  a reply that is delivered cannot be recalled, and so on
        outcome = error
    assert not isinstance(outcome, Forbidden | ObjectDoesNotExist)


def test_a_stranger_cannot_tell_a_brand_from_none(team: Team) -> None:
    for slug in (team.brand.slug, "no-such-brand"):
        with pytest.raises(NoSuchBrand):
            access(team.stranger, slug)


def test_somebody_without_a_role_or_switched_off_has_no_seat(team: Team) -> None:
    nobody = User.objects.create_user("nobody@example.test", "x")
    with pytest.raises(NoSuchBrand):
        access(nobody, team.brand.slug)
    User.objects.filter(pk=team.anna.pk).update(is_active=False)
    with pytest.raises(NoSuchBrand):
        access(team.anna, team.brand.slug)


def test_roles_hold_growing_rights() -> None:
    order = [HELD[role] for role in (RoleName.VIEWER, RoleName.AGENT, RoleName.LEAD, RoleName.ADMIN)]
    assert order == sorted(order)
    assert len(set(order)) == 4


def test_an_account_of_one_brand_cannot_be_connected_by_another(rows: Rows, desk: Desk, stranger: Seat) -> None:
    values = {"service": desk.world.url, "network": "meadow", "handle": "fjellro", "password": "secret-enough"}
    with pytest.raises(ChannelError, match="another brand"):
        connect(stranger, "console", values)
    assert Account.objects.get().brand == desk.team.brand
