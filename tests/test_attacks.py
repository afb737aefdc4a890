"""Attacks through the front door that are refused: forged webhooks, guesses, wrong ways in, hostile words and files."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from answerable.channels.console import signing
from answerable.channels.models import Account
from answerable.core import clock, files
from answerable.inbox.models import Attachment, Message, RawEvent
from answerable.people.models import User
from answerable.people.signin import issue_link
from tests.desk import Desk
from tests.people import PASSWORD, Team
from tests.web.front_door import signed_in, to

ELSEWHERE = [
    "//evil.test/",
    "https://evil.test/",
    "https:evil.test",
    "/\\evil.test",
    "javascript:alert(1)",
    "\x01//evil",
]


def hook(account: Account, body: bytes, *, secret: str | None = None, late: int = 0, **more: Any) -> Any:
    """One webhook call, rightly signed unless told otherwise."""
    key = str(account.secret["hook_secret"]) if secret is None else secret
    header = signing.header(key, clock.now() - timedelta(seconds=late), body)
    given = {"HTTP_CONSOLE_SIGNATURE": header} | more
    return Client().post(f"/hooks/{account.hook_id}", body, content_type="application/json", **given)


def events(*ids: str) -> bytes:
    """A body with one event for each id."""
    return json.dumps({"events": [{"id": ident, "type": "post", "post": {"id": ident}} for ident in ids]}).encode()


# ── the webhook edge ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_forged_webhook_stores_nothing(desk: Desk) -> None:
    account = desk.connect()
    before = RawEvent.objects.count()
    body = events("a")
    assert hook(account, body, secret="guessed").status_code == 403
    assert hook(account, body, secret="").status_code == 403
    for forged in ("", "t=1", "t=1,v1=", "v1=x,t=²", "t=1,t=1,v1=x", "t=" + "9" * 400 + ",v1=x", "t=1,v1=é"):
        assert hook(account, body, HTTP_CONSOLE_SIGNATURE=forged).status_code == 403, forged
    assert RawEvent.objects.count() == before


def test_an_old_webhook_and_one_with_another_body_are_refused(desk: Desk) -> None:
    account = desk.connect()
    before = RawEvent.objects.count()
    assert hook(account, events("a"), late=3600).status_code == 403
    assert hook(account, events("a"), late=-3600).status_code == 403
    signed_for_another = signing.header(str(account.secret["hook_secret"]), clock.now(), events("a"))
    assert hook(account, events("b"), HTTP_CONSOLE_SIGNATURE=signed_for_another).status_code == 403
    assert RawEvent.objects.count() == before


def test_a_replayed_webhook_is_stored_once(desk: Desk) -> None:
    account = desk.connect()
    body = events("replayed")
    before = RawEvent.objects.count()
    for _ in range(3):
        assert hook(account, body).status_code == 200
    assert RawEvent.objects.count() == before + 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 100_000,
        b'{"events":' * 5_000,
        b'{"events": [NaN, Infinity, 1e999]}',
        b'{"events": [' + b"9" * 5_000 + b"]}",
        b'{"events": [], "events": "twice"}',
        b"\xff\xfe",
        b'{"events": [{"id": "\\u0000", "post": {"id": "\\ud800"}}]}',
    ],
    ids=["empty", "deep", "deeper", "no number", "long number", "twice", "no text", "half characters"],
)
def test_a_broken_body_breaks_nothing(desk: Desk, body: bytes) -> None:
    account = desk.connect()
    assert hook(account, body).status_code == 200
    desk.work()
    assert not RawEvent.objects.filter(parsed_at=None).exists()
    assert desk.hears("meadow", "kari", "@fjellro still there?").text == "@fjellro still there?"


def test_the_edge_of_a_disconnected_account_is_shut(desk: Desk) -> None:
    account = desk.connect()
    key = str(account.secret["hook_secret"])
    signed_in(desk.team.odd).post(to("disconnect", account.pk))
    assert hook(account, events("a"), secret=key).status_code == 404


# ── ways in ───────────────────────────────────────────────────────────────────────────────────────────────────────


def guess(client: Client, email: str, **more: Any) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": "not it"}, **more)


def test_guessing_is_slowed_whatever_address_the_guesser_claims(team: Team) -> None:
    cache.clear()
    client = Client()
    for number in range(12):
        guess(client, f"guess{number}@fjellro.test", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}", HTTP_X_REAL_IP="10.9.9.9")
    right = {"login": team.anna.email, "password": PASSWORD}
    client.post("/accounts/login/", right, HTTP_X_FORWARDED_FOR="10.0.1.1")
    assert "_auth_user_id" not in client.session


def test_guessing_one_persons_password_is_slowed_from_everywhere(team: Team) -> None:
    cache.clear()
    for number in range(6):
        guess(Client(), team.anna.email, REMOTE_ADDR=f"192.0.2.{number}")
    late = Client()
    late.post("/accounts/login/", {"login": team.anna.email, "password": PASSWORD}, REMOTE_ADDR="192.0.2.99")
    assert "_auth_user_id" not in late.session


def test_nobody_learns_who_works_here(team: Team) -> None:
    cache.clear()
    known = Client().post("/accounts/password/reset/", {"email": team.anna.email})
    unknown = Client().post("/accounts/password/reset/", {"email": "nobody@fjellro.test"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    wrong, stranger = guess(Client(), team.anna.email), guess(Client(), "nobody@fjellro.test")
    assert wrong.status_code == stranger.status_code == 200
    told = "not correct"
    assert told in wrong.text
    assert told in stranger.text


def test_strangers_cannot_sign_up(team: Team) -> None:
    form = {"email": "new@evil.test", "password1": "a long enough one 9", "password2": "a long enough one 9"}
    Client().post("/accounts/signup/", form)
    assert not User.objects.filter(email="new@evil.test").exists()


def test_a_session_planted_before_signing_in_is_not_the_one_after(team: Team) -> None:
    client = Client()
    client.session.save()
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    assert planted
    client.cookies["sessionid"] = planted
    client.post(f"/sign-in/{issue_link(team.anna)}")
    assert client.session.session_key != planted
    attacker = Client()
    attacker.cookies["sessionid"] = planted
    assert attacker.get(to("desk")).status_code == 302


def test_a_preview_of_a_sign_in_link_signs_nobody_in(team: Team) -> None:
    client = Client()
    client.get(f"/sign-in/{issue_link(team.anna)}")
    client.head(f"/sign-in/{issue_link(team.anna)}")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("there", ELSEWHERE)
def test_no_way_leads_off_the_desk(team: Team, there: str) -> None:
    client = signed_in(team.anna)
    login = {"login": team.anna.email, "password": PASSWORD, "next": there}
    answers = [
        client.get("/accounts/login/", {"next": there}),
        client.post("/theme", {"theme": "dark", "next": there}),
        client.post("/accounts/logout/", {"next": there}),
        Client().post("/accounts/login/", login),
    ]
    for answer in answers:
        assert answer.status_code == 302
        assert answer["Location"].startswith("/")
        assert not answer["Location"].startswith(("//", "/\\"))


def test_another_host_is_not_believed(team: Team) -> None:
    for header in ({"HTTP_HOST": "evil.test"}, {"HTTP_HOST": "[::"}, {"HTTP_HOST": "127.0.0.1.evil.test"}):
        assert Client().get("/accounts/login/", **header).status_code == 400  # type: ignore[arg-type]
    forwarded = Client().get("/accounts/login/", HTTP_X_FORWARDED_HOST="evil.test")
    assert "evil.test" not in forwarded.text


# ── hostile words and files ───────────────────────────────────────────────────────────────────────────────────────

SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


def test_nothing_a_customer_controls_becomes_a_tag_or_a_scripts_address(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", f"@fjellro {SCRIPT} javascript:alert(1) https://user@evil.test/")
    Message.objects.filter(pk=message.pk).update(link="javascript:alert(1)", language=SCRIPT[:20])
    author = message.author
    author.name, author.handle, author.url, author.avatar_url = (
        SCRIPT,
        SCRIPT,
        "javascript:alert(1)",
        "javascript:alert(1)",
    )
    author.save()
    Attachment.objects.create(message=message, position=0, url="javascript:alert(1)", alt=SCRIPT, trouble=SCRIPT)
    client = signed_in(desk.team.odd)
    case = desk.case().pk
    for page in (to("desk"), to("case", case), to("panes", case), to("message", case, message.pk)):
        text = client.get(page).text
        assert "<script>alert" not in text, page
        assert "<img src=x" not in text, page
        assert 'href="javascript' not in text
        assert 'src="javascript' not in text
        assert 'user@evil.test/"' not in text


@pytest.mark.parametrize(
    "data",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<html><script>1</script>",
        b"%PDF-1.7",
    ],
    ids=["svg", "html", "pdf"],
)
def test_a_file_that_could_run_is_only_a_download(desk: Desk, data: bytes) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro look")
    blob = files.keep(desk.team.brand.pk, data)
    Attachment.objects.create(message=message, position=0, url="https://x.test/a.png", blob=blob)
    answer = signed_in(desk.team.vera).get(to("file", blob.pk))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "private" in answer["Cache-Control"]


# ── what pages say of themselves ──────────────────────────────────────────────────────────────────────────────────


def test_pages_may_not_be_framed_sniffed_or_scripted(team: Team) -> None:
    for answer in (Client().get("/accounts/login/"), signed_in(team.anna).get(to("desk"))):
        policy = answer["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "base-uri 'none'" in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"


def test_health_tells_strangers_nothing_but_yes_or_no(team: Team) -> None:
    told = Client().get("/readyz").json()
    assert set(told.values()) <= {True, False}
    assert set(told) == {"ok", "database", "migrations", "worker"}
