"""The front door: nobody, strangers, too small a role, forged forms."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from answerable.cases.models import Case, Decision, Wait
from answerable.cases.verbs import decide
from answerable.core.models import Event
from answerable.replies import drafts
from answerable.replies.models import Draft
from answerable.web.urls import urlpatterns
from tests.desk import Desk
from tests.web.front_door import HTMX, signed_in, to, words

ORDER = ["vera", "anna", "lars", "odd"]


class Everything:
    """A desk on which every address has something to act on."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.account = desk.connect()
        anna = desk.team.seat(desk.team.anna)
        self.message = desk.hears("meadow", "kari", "@fjellro where is my parcel?")
        self.other = desk.hears("meadow", "ola", "@fjellro and mine?")
        self.case = Case.objects.order_by("pk")[0]
        self.wait = Wait.objects.get(opener=self.message)
        self.decision = decide(anna, Wait.objects.get(opener=self.other).pk, "spam")
        self.draft = drafts.save(anna, desk.words(self.message, "Hello"))

    def acts(self) -> dict[str, tuple[str, dict[str, Any], str]]:
        """Every address that changes something: (address, form, smallest role)."""
        case, draft = self.case.pk, self.draft.pk
        said = words(self.message, "Hello")
        return {
            "take": (to("take", case), {}, "anna"),
            "drop": (to("drop", case), {}, "anna"),
            "note": (to("note", case), {"text": "Call them"}, "anna"),
            "snooze": (to("snooze", case), {"preset": "hours"}, "anna"),
            "wake": (to("wake", case), {}, "anna"),
            "close": (to("close", case), {"reason": "other"}, "anna"),
            "reopen": (to("reopen", case), {}, "anna"),
            "undo_close": (to("undo_close", case), {}, "anna"),
            "decide": (to("decide", case, self.wait.pk), {"reason": "spam"}, "anna"),
            "undo_decision": (to("undo_decision", case, self.decision.pk), {}, "anna"),
            "save": (to("save", case, self.message.pk), said, "anna"),
            "send": (to("send", case, self.message.pk), said, "anna"),
            "attach": (to("attach", case, self.message.pk), said, "anna"),
            "discard": (to("discard", case, draft), {}, "anna"),
            "recall": (to("recall", case, draft), {}, "anna"),
            "edit": (to("edit", case, draft), {}, "anna"),
            "try_again": (to("try_again", case, draft), {}, "anna"),
            "look_again": (to("look_again", case, draft), {}, "anna"),
            "not_there": (to("not_there", case, draft), {}, "anna"),
            "detach": (to("detach", case, draft, 1), {}, "anna"),
            "take_down": (to("take_down", case, self.message.pk), {"reason": "wrong"}, "lars"),
            "connect": (to("connect", "console"), {}, "odd"),
            "disconnect": (to("disconnect", self.account.pk), {}, "odd"),
        }


@pytest.fixture
def everything(desk: Desk) -> Everything:
    return Everything(desk)


def _snapshot() -> tuple[int, ...]:
    return Event.objects.count(), Draft.objects.count(), Decision.objects.filter(undone_at=None).count()


def test_no_address_that_changes_something_is_forgotten_here(everything: Everything) -> None:
    def names(patterns: list[Any]) -> set[str]:
        found: set[str] = set()
        for pattern in patterns:
            found |= names(pattern.url_patterns) if hasattr(pattern, "url_patterns") else {pattern.name}
        return found

    reads = {"home", "desk", "queue", "live", "file", "case", "panes", "message", "accounts", "account"}
    reads |= {"measures", "measures_waits", "measures_csv"}
    own = {"theme", "sign_in_link", "hook"}  # no brand's: tested beside
    assert names(urlpatterns) - reads - own == set(everything.acts())


@pytest.mark.parametrize("who", ORDER)
def test_each_verb_is_refused_to_smaller_roles(everything: Everything, who: str) -> None:
    client = signed_in(getattr(everything.desk.team, who))
    for name, (address, form, smallest) in everything.acts().items():
        if ORDER.index(who) >= ORDER.index(smallest):
            continue
        before = _snapshot()
        assert client.post(address, form).status_code == 403, name
        answer = client.post(address, form, **HTMX)
        assert answer.status_code == 403, name
        assert "your role here is" in answer.text, name
        assert _snapshot() == before, name


def test_nobody_is_sent_to_sign_in(everything: Everything) -> None:
    before = _snapshot()
    for name, (address, form, _) in everything.acts().items():
        answer = Client().post(address, form)
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/accounts/login/?next="), name
        assert Client().post(address, form, **HTMX).status_code == 401, name
    for address in (
        to("desk"),
        to("queue"),
        to("case", everything.case.pk),
        to("panes", everything.case.pk),
        to("accounts"),
    ):
        assert Client().get(address).status_code == 302
    assert _snapshot() == before


def test_a_stranger_finds_nothing_under_the_brands_name(everything: Everything) -> None:
    client = signed_in(everything.desk.team.stranger)
    before = _snapshot()
    for name, (address, form, _) in everything.acts().items():
        assert client.post(address, form).status_code == 404, name
        assert client.post(address, form, **HTMX).status_code == 404, name
    for address in (
        to("desk"),
        to("queue"),
        to("case", everything.case.pk),
        to("accounts"),
        to("account", everything.account.pk),
    ):
        assert client.get(address).status_code == 404, address
    assert _snapshot() == before


def test_a_stranger_finds_none_of_our_ids_under_their_own_name(everything: Everything) -> None:
    client = signed_in(everything.desk.team.stranger)
    before = _snapshot()
    for name, (address, form, _) in everything.acts().items():
        if name == "connect":
            continue
        theirs = address.replace("/b/fjellro/", "/b/havgap/")
        assert client.post(theirs, form).status_code == 404, name
    for address in (
        to("case", everything.case.pk),
        to("panes", everything.case.pk),
        to("account", everything.account.pk),
    ):
        assert client.get(address.replace("/b/fjellro/", "/b/havgap/")).status_code == 404, address
    message = to("message", everything.case.pk, everything.message.pk)
    assert client.get(message.replace("/b/fjellro/", "/b/havgap/")).status_code == 404
    assert _snapshot() == before


def test_a_form_that_did_not_come_from_the_desk_changes_nothing(everything: Everything) -> None:
    client = signed_in(everything.desk.team.odd, enforce_csrf_checks=True)
    before = _snapshot()
    for name, (address, form, _) in everything.acts().items():
        assert client.post(address, form).status_code == 403, name
    assert client.post("/theme", {"theme": "dark"}).status_code == 403
    assert _snapshot() == before


def test_verbs_do_not_answer_to_a_get(everything: Everything) -> None:
    client = signed_in(everything.desk.team.odd)
    for name, (address, _, _) in everything.acts().items():
        if name != "connect":
            assert client.get(address).status_code == 405, name


@pytest.mark.parametrize("token", ["", "no-token", "\x00", "x" * 10_000])
def test_a_composer_without_a_token_is_a_bad_request(everything: Everything, token: str) -> None:
    client = signed_in(everything.desk.team.anna)
    form = words(everything.message, "Hello", token=token)
    assert client.post(to("send", everything.case.pk, everything.message.pk), form).status_code == 400


@pytest.mark.parametrize("version", ["", "-1", "1.5", "x", "9" * 100, "\u0663"])
def test_a_composer_with_a_broken_version_is_a_bad_request(everything: Everything, version: str) -> None:
    client = signed_in(everything.desk.team.anna)
    form = words(everything.message, "Hello", version=version, token=str(uuid.uuid4()))
    assert client.post(to("send", everything.case.pk, everything.message.pk), form).status_code == 400


def test_ids_beyond_the_database_are_simply_not_there(everything: Everything) -> None:
    client = signed_in(everything.desk.team.odd)
    assert client.get(to("case", 10**30)).status_code == 404
    assert client.post(to("decide", everything.case.pk, 10**30), {"reason": "spam"}).status_code == 404
    assert client.get(to("file", 10**30)).status_code == 404
