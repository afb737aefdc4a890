"""The single-use way in."""

from __future__ import annotations

from datetime import datetime

from django.test import Client

from answerable.core import clock
from answerable.people.models import User
from answerable.people.signin import issue_link
from tests.people import Team


def test_looking_at_a_link_does_not_use_it_up(team: Team) -> None:
    address = f"/sign-in/{issue_link(team.anna)}"
    for _ in range(3):
        assert "Sign in" in Client().get(address).text
    client = Client()
    assert client.post(address)["Location"] == "/"
    assert client.get("/")["Location"] == "/b/fjellro/"


def test_a_link_lets_in_once(team: Team) -> None:
    address = f"/sign-in/{issue_link(team.anna)}"
    Client().post(address)
    again = Client()
    answer = again.post(address)
    assert answer.status_code == 410
    assert "This link no longer works" in answer.text
    assert again.get("/").status_code == 302


def test_an_old_or_invented_link_lets_nobody_in(team: Team) -> None:
    address = f"/sign-in/{issue_link(team.anna)}"
    later = datetime(2126, 1, 1, tzinfo=clock.now().tzinfo)
    with clock.set_to(lambda: later):
        assert Client().post(address).status_code == 410
    for token in ("x", "%00", "a" * 4000, "<script>"):
        assert Client().post(f"/sign-in/{token}").status_code in (404, 410)


def test_somebody_who_left_is_not_let_in(team: Team) -> None:
    address = f"/sign-in/{issue_link(team.anna)}"
    User.objects.filter(pk=team.anna.pk).update(is_active=False)
    assert Client().post(address).status_code == 410


def test_the_link_asks_for_a_form_of_ours(team: Team) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"/sign-in/{issue_link(team.anna)}").status_code == 403


def test_sign_out_asks_and_then_the_desk_is_shut(team: Team) -> None:
    client = Client()
    client.force_login(team.anna)
    assert client.get("/accounts/logout/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/b/fjellro/")["Location"].startswith("/accounts/login/")
