"""Every page stands, escapes what strangers wrote, and needs nothing that the content policy forbids."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from answerable.customers.models import Customer
from answerable.inbox.models import Author
from answerable.people.models import Role, User
from tests.desk import Desk
from tests.people import PASSWORD, Team
from tests.web.front_door import HTMX, faults, signed_in, to

HOSTILE = "\x00<script>alert(1)</script> \" onmouseover=\"x 'y' {{ 7*7 }} \u202egnp.exe \u200b\ud800"


def fine(answer: Any, status: int = 200) -> str:
    """The page's text, after asking that it stands under a strict policy and breaks none of it."""
    assert answer.status_code == status
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert faults(answer) == []
    return str(answer.content.decode())


def test_a_signed_in_person_lands_at_the_desk_of_their_brand(team: Team) -> None:
    answer = signed_in(team.anna).get("/", follow=True)
    assert answer.redirect_chain == [("/b/fjellro/", 302)]
    assert "No account is connected" in fine(answer)


def test_somebody_with_several_brands_chooses(team: Team) -> None:
    Role.objects.create(user=team.anna, brand=team.other, name="viewer")
    text = fine(signed_in(team.anna).get("/"))
    assert "/b/fjellro/" in text
    assert "/b/havgap/" in text


def test_somebody_without_a_brand_is_told(db: None) -> None:
    user = User.objects.create_user("new@example.test", PASSWORD)
    assert "No desk yet" in fine(signed_in(user).get("/"))


def test_an_empty_desk_says_what_to_do_next(team: Team) -> None:
    assert "Connect your first account" in fine(signed_in(team.odd).get(to("desk")))
    assert "An admin can connect one" in fine(signed_in(team.anna).get(to("desk")))


@pytest.mark.parametrize("tab", ["needs", "mine", "answered", "snoozed", "closed", "no such tab", "\x00"])
def test_every_tab_stands_empty_and_full(desk: Desk, tab: str) -> None:
    page = signed_in(desk.team.anna)
    fine(page.get(to("desk"), {"tab": tab}))
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro where is my parcel?")
    fine(page.get(to("desk"), {"tab": tab}))
    fine(page.get(to("queue"), {"tab": tab}, **HTMX))


def test_what_strangers_wrote_is_text_and_nothing_else(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro <script>alert(1)</script> <img src=x onerror=alert(1)>")
    Author.objects.filter(pk=message.author_id).update(name='<b onclick="x">Kari</b>', url="javascript:alert(1)")
    Customer.objects.update(name='"><script>alert(2)</script>')
    page = signed_in(desk.team.lars)
    for address in (to("desk"), to("case", desk.case().pk), to("message", desk.case().pk, message.pk)):
        text = fine(page.get(address))
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b onclick" not in text
        assert 'href="javascript:' not in text


def test_hidden_and_turning_characters_are_shown(desk: Desk) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro ab\u202egnp.exe\u202c ze\u200bro")
    text = fine(signed_in(desk.team.anna).get(to("case", desk.case().pk)))
    assert "\u202e" not in text
    assert "U+202E" in text
    assert "U+200B" in text


def test_a_very_long_message_is_folded_and_can_be_read_whole(desk: Desk) -> None:
    desk.connect("plaza")
    message = desk.hears("plaza", "kari", "@fjellro " + "x" * 100_000 + " the end")
    page = signed_in(desk.team.anna)
    text = fine(page.get(to("case", desk.case().pk)))
    assert "the end" not in text
    assert "more characters" in text
    assert len(text) < 60_000
    assert "the end" in fine(page.get(to("message", desk.case().pk, message.pk)))
    assert "the end" in page.get(to("message", desk.case().pk, message.pk), **HTMX).text


@pytest.mark.parametrize("who", ["vera", "anna", "lars", "odd"])
def test_every_page_stands_for_every_role(desk: Desk, who: str) -> None:
    account = desk.connect()
    desk.hears("meadow", "kari", "@fjellro where is my parcel?")
    page = signed_in(getattr(desk.team, who))
    case = desk.case().pk
    for address in (to("desk"), to("case", case), to("panes", case), to("accounts"), to("account", account.pk)):
        fine(page.get(address))
    fine(page.get(to("connect", "console")), 200 if who == "odd" else 403)
    assert ("composer-send" in page.get(to("case", case)).text) is (who != "vera")


@pytest.mark.parametrize(
    "path",
    [
        "login/",
        "signup/",
        "password/reset/",
        "password/reset/done/",
        "password/reset/key/1-x/",
        "inactive/",
    ],
)
def test_pages_of_the_entrance(db: None, path: str) -> None:
    fine(Client().get("/accounts/" + path))


@pytest.mark.parametrize(
    "path",
    [
        *("logout/", "password/change/", "reauthenticate/", "2fa/", "2fa/totp/activate/"),
        *("2fa/webauthn/", "2fa/webauthn/add/", "2fa/recovery-codes/generate/"),
    ],
)
def test_pages_of_ones_own_account(team: Team, path: str) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": team.anna.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    fine(client.get("/accounts/" + path))


def test_what_is_not_there_says_so_with_a_reference(team: Team) -> None:
    for client in (Client(), signed_in(team.anna)):
        answer = client.get("/no/such/page")
        text = fine(answer, 404)
        assert answer["X-Request-ID"] in text


def test_customers_words_are_not_kept_by_the_browser(team: Team) -> None:
    assert "no-store" in signed_in(team.anna).get(to("desk"))["Cache-Control"]


def test_the_theme_is_kept_and_leads_nowhere_else(team: Team) -> None:
    client = signed_in(team.anna)
    answer = client.post("/theme", {"theme": "dark", "next": "https://evil.example/"})
    assert answer["Location"] == "/"
    assert 'data-theme="dark"' in client.get(to("desk")).text
    client.post("/theme", {"theme": '"><script>', "next": to("desk")})
    assert "data-theme" not in fine(client.get(to("desk")))


@pytest.mark.parametrize("zone", ["Europe/Oslo", "../../etc/passwd", "/etc/passwd", "", "x" * 5000, "Nowhere/At_All"])
def test_the_readers_time_zone_is_believed_only_if_it_is_one(team: Team, zone: str) -> None:
    client = signed_in(team.anna)
    client.cookies["tz"] = zone
    fine(client.get(to("desk")))
