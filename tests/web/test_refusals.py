"""What a clever request could once do at the pages, and no longer does."""

from __future__ import annotations

import io
import logging
import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from answerable.cases.models import Case, Wait
from answerable.cases.verbs import decide
from answerable.config import logs
from answerable.inbox.models import Attachment, Message, Revision
from answerable.people.models import User
from answerable.people.signin import issue_link
from answerable.replies import drafts
from answerable.web.shown import text as texts
from answerable.web.templatetags import desk as tags
from tests.desk import Desk
from tests.people import PASSWORD, Team
from tests.web.front_door import HTMX, signed_in, to, words

# ── whose address it is ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["email/", "email", "confirm-email/", "confirm-email/MQ:x:y/"])
def test_nobody_takes_a_future_colleagues_address(team: Team, path: str) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": team.anna.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    form = {"email": "boss@havgap.test", "action_add": "", "action_primary": ""}
    assert client.get(f"/accounts/{path}").status_code == 404
    assert client.post(f"/accounts/{path}", form).status_code == 404
    assert not User.objects.filter(email="boss@havgap.test").exists()
    assert User.objects.get(pk=team.anna.pk).email == team.anna.email
    assert "/accounts/email" not in client.get("/accounts/2fa/").text


def test_a_link_to_a_new_password_leads_to_the_desk_whatever_host_was_named(team: Team, settings: Settings) -> None:
    cache.clear()
    settings.PUBLIC_URL = "https://desk.example.org"
    Client().post("/accounts/password/reset/", {"email": team.anna.email}, HTTP_HOST="127.0.0.1:666")
    assert len(mail.outbox) == 1
    assert "https://desk.example.org/accounts/password/reset/key/" in mail.outbox[0].body
    assert "127.0.0.1" not in f"{mail.outbox[0].subject} {mail.outbox[0].body}"
    assert "testserver" not in f"{mail.outbox[0].subject} {mail.outbox[0].body}"
    link = mail.outbox[0].body.split("https://desk.example.org")[1].split()[0]
    assert Client().get(link).status_code == 302


def test_no_mail_goes_to_an_address_that_is_none_of_ours(team: Team) -> None:
    cache.clear()
    Client().post("/accounts/password/reset/", {"email": "victim@elsewhere.test"})
    assert mail.outbox == []


def test_health_is_told_by_any_name_and_pages_are_not(team: Team, settings: Settings) -> None:
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["desk.example.org"], "https://desk.example.org"
    for host in ("localhost", "127.0.0.1", "10.1.2.3:8000"):
        assert Client().get("/healthz", HTTP_HOST=host).status_code == 200
        assert Client().get("/accounts/login/", HTTP_HOST=host).status_code == 400


def test_next_leads_to_no_other_host_of_ours(team: Team, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "old.example.org", "localhost"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://other.example.org"]
    for there in ("http://old.example.org/", "http://localhost/", "https://other.example.org/"):
        form = {"login": team.anna.email, "password": PASSWORD, "next": there}
        answer = Client().post("/accounts/login/", form)
        assert (answer.status_code, answer["Location"]) == (302, "/")


def test_a_link_cannot_fill_in_the_form_that_asks_for_a_password(desk: Desk) -> None:
    account = desk.connect()
    client = signed_in(desk.team.odd)
    there = to("connect", "console")
    page = client.get(there, {"service": "https://evil.test", "handle": "evil", "network": "evil"})
    assert 'value="evil"' not in page.text
    assert 'value="https://evil.test"' not in page.text
    known = client.get(there, {"account": str(account.pk), "service": "https://evil.test"})
    assert 'value="https://evil.test"' not in known.text
    assert f'value="{desk.world.url}"' in known.text
    assert 'value="fjellro"' in known.text
    assert f"{there}?account={account.pk}" in client.get(to("account", account.pk)).text


@pytest.mark.parametrize("account", ["0", "x", "-1", "9" * 18, "9" * 30, "\x00"])
def test_an_account_that_is_none_of_ours_fills_in_nothing(desk: Desk, account: str) -> None:
    desk.connect()
    assert signed_in(desk.team.odd).get(to("connect", "console"), {"account": account}).status_code == 404


def test_another_brands_account_fills_in_nothing(desk: Desk) -> None:
    account = desk.connect()
    theirs = to("connect", "console", brand="havgap")
    assert signed_in(desk.team.stranger).get(theirs, {"account": account.pk}).status_code == 404


# ── one case's address does not act on another's ──────────────────────────────────────────────────────────────────


def test_nothing_of_another_case_is_reached_through_this_one(desk: Desk) -> None:
    desk.connect()
    anna = desk.team.seat(desk.team.anna)
    first, second = desk.hears("meadow", "kari", "@fjellro a?"), desk.hears("meadow", "ola", "@fjellro b?")
    wait = Wait.objects.get(opener=second)
    here, there = Wait.objects.get(opener=first).case_id, wait.case_id
    draft = drafts.save(anna, desk.words(second, "Hello"))
    client = signed_in(desk.team.odd)
    assert client.post(to("decide", here, wait.pk), {"reason": "spam"}).status_code == 404
    assert Wait.objects.get(pk=wait.pk).outcome == ""
    for name in ("discard", "recall", "edit", "try_again", "look_again", "not_there"):
        assert client.post(to(name, here, draft.pk)).status_code == 404, name
    for name in ("save", "send", "attach", "take_down"):
        assert client.post(to(name, here, second.pk), words(second, "Hi")).status_code == 404, name
    assert client.get(to("message", here, second.pk)).status_code == 404
    decision = decide(anna, wait.pk, "spam")
    assert client.post(to("undo_decision", here, decision.pk)).status_code == 404
    assert client.post(to("undo_decision", there, decision.pk)).status_code == 302


# ── no request brings a page down ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", ["\x00" * 32, "x", "%00" * 11, "a" * 5000, "é" * 32, "'; DROP TABLE", "A" * 32])
def test_a_session_that_we_never_gave_is_none(team: Team, key: str) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = key
    assert client.get("/accounts/login/").status_code == 200
    assert client.get(to("desk")).status_code == 302


@pytest.mark.parametrize("address", ["http://[", "http://[::1", "//[x]", "http://testserver:port/", "\x00", "x" * 9999])
def test_a_script_that_says_no_address_is_answered(desk: Desk, address: str) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro where?")
    more: dict[str, Any] = HTMX | {"HTTP_HX_CURRENT_URL": address}
    nobody = Client(raise_request_exception=False).get(to("queue"), **more)
    assert (nobody.status_code, nobody["HX-Redirect"]) == (401, "/accounts/login/?next=/")
    client = signed_in(desk.team.anna, raise_request_exception=False)
    assert client.post(to("take", desk.case().pk), **more).status_code == 200


@pytest.mark.parametrize("form", ["a, #evil", "x" * 81, "<b>", "a b", "é", "a\n", "%0A"])
def test_only_a_plain_id_of_a_form_is_repeated(desk: Desk, form: str) -> None:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro where?")
    more: dict[str, Any] = HTMX | {"HTTP_HX_TRIGGER": form, "HTTP_HX_TRIGGER_URI_AUTOENCODED": "true"}
    client = signed_in(desk.team.anna, raise_request_exception=False)
    answer = client.post(to("note", desk.case().pk), {"text": ""}, **more)
    assert (answer.status_code, answer["HX-Retarget"]) == (422, "#troubles")


CREDENTIALS = [
    "[" * 100_000,
    '{"a":' * 50_000,
    "{}",
    "[]",
    "1",
    "null",
    '""',
    '{"response": {"userHandle": 1}}',
    '{"id": "a", "rawId": "a", "type": "public-key", "response": {"userHandle": "_w"}}',
    '{"id": 1, "rawId": [], "type": {}, "response": []}',
    "9" * 5000,
    '{"id": "\\ud800", "rawId": "\\u0000"}',
]


@pytest.mark.parametrize("credential", CREDENTIALS, ids=[text[:12] for text in CREDENTIALS])
def test_a_key_that_is_none_is_refused(team: Team, credential: str) -> None:
    cache.clear()
    client = Client(raise_request_exception=False)
    client.get("/accounts/2fa/webauthn/login/", HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})
    assert answer.status_code in (302, 400)
    assert "_auth_user_id" not in client.session


def test_a_bad_request_has_its_reference(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro where?")
    client = signed_in(desk.team.anna)
    odd = client.post(to("send", desk.case().pk, message.pk), words(message, "Hi", token="none"))
    strange = client.get("/", HTTP_HOST="evil.test")
    gone = client.get("/no/such/page")
    small = signed_in(desk.team.vera).post(to("take", desk.case().pk))
    for answer, status in ((odd, 400), (strange, 400), (gone, 404), (small, 403)):
        assert answer.status_code == status
        assert answer["X-Request-ID"] in answer.text


# ── what stands in the log ────────────────────────────────────────────────────────────────────────────────────────


class Lines(logging.Handler):
    """The log as the operator reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.addFilter(logs.AddRequestId())
        self.addFilter(logs.TraceOnlyErrors())
        self.setFormatter(logs.Line(logs.configuration("INFO")["formatters"]["line"]["fmt"]))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Any:
    lines = Lines()
    logging.getLogger().addHandler(lines)
    yield lines
    logging.getLogger().removeHandler(lines)


def test_no_way_in_stands_in_the_log(team: Team, log: Lines) -> None:
    token = issue_link(team.anna)
    Client().post(f"/sign-in/{token}")
    Client().post(f"/sign-in/{token}")  # used: a warning names the address
    Client().put(f"/sign-in/{token}")
    Client().get("/accounts/password/reset/key/-secret-key")
    Client().get("/sign-in/a/b/c")
    assert any("/sign-in/…" in line for line in log.lines)
    assert any("/password/reset/key/…" in line for line in log.lines)
    assert not any(token in line or "secret-key" in line or "a/b/c" in line for line in log.lines)
    try:
        raise ValueError(f"at /sign-in/{token}")
    except ValueError:
        logging.getLogger("answerable").exception("went wrong at %s", f"/sign-in/{token}?x")
    assert token not in "".join(log.lines)


def test_a_malformed_form_is_one_line_in_the_log(desk: Desk, log: Lines) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro where?")
    client, there = signed_in(desk.team.anna), to("send", desk.case().pk, message.pk)
    client.post(there, words(message, "Hi", token="none"))
    client.post(there, b"--x\r\nbroken", content_type="multipart/form-data")
    client.post(there, {f"field{number}": "" for number in range(300)})
    client.get("/", HTTP_HOST="evil.test")
    assert len(log.lines) >= 4
    assert "Traceback" not in "".join(log.lines)


def test_headers_hold_no_words(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro where?")
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, "PNG")
    form = words(message, "My secret words") | {"picture": SimpleUploadedFile("a.png", file.getvalue())}
    answer = signed_in(desk.team.anna).post(to("attach", desk.case().pk, message.pk), form, **HTMX)
    assert answer.status_code == 200
    assert '"token"' in answer["HX-Trigger"]
    assert "secret words" not in str(answer.headers)


# ── hostile lengths and times ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Adak", "UTC"])
def test_a_time_at_the_end_of_the_calendar_is_shown(desk: Desk, at: datetime, zone: str) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro where?")
    Message.objects.filter(pk=message.pk).update(at=at, claimed_at=at, indexed_at=at, edited_at=at, gone_at=at)
    client = signed_in(desk.team.anna, raise_request_exception=False)
    client.cookies["tz"] = zone
    for page in (to("desk"), to("case", desk.case().pk), to("message", desk.case().pk, message.pk)):
        assert client.get(page).status_code == 200
    assert str(at.year) in tags.exact(at)
    far = at.replace(tzinfo=timezone(timedelta(hours=9 if at.year > 1 else -9)))
    assert tags.exact(far)


def test_marks_are_few_however_many_characters_hide() -> None:
    text = "a\u200b" * 40_000 + "https://example.org/\u202ex " * 1_000
    html = texts.rich(text)
    assert html.count("hidden-char") == texts.MARKS + 1
    assert f"{41_000 - texts.MARKS:,}".replace(",", "") + " more hidden characters" in html
    assert not any(character in html for character in "\u200b\u202e")
    assert len(html) < 400_000
    assert texts.shown("b\u200b" * 51).count("hidden-char") == texts.MARKS + 1


def test_a_name_is_no_novel() -> None:
    assert len(texts.name("x" * 100_000)) == texts.NAME + 1
    assert texts.name("Kari " * 3) == "Kari Kari Kari"
    assert texts.initials("x " * 100_000) == "XX"


def test_what_is_long_is_folded_wherever_it_stands(desk: Desk) -> None:
    desk.connect()
    message = desk.hears("meadow", "kari", "@fjellro where?")
    Attachment.objects.create(message=message, position=0, url="https://x.test/a.png", alt="q" * 50_000)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    Revision.objects.bulk_create(
        Revision(message=message, version_at=first + timedelta(minutes=number), text=f"v{number} " + "w" * 9_000)
        for number in range(60)
    )
    client, case = signed_in(desk.team.anna), Case.objects.get()
    page = client.get(to("case", case.pk)).text
    assert page.count("q") < 2_500
    assert "60 earlier versions" in page
    assert "v59 " in page
    assert "v0 " not in page
    assert len(page) < 150_000
    assert client.get(to("message", case.pk, message.pk)).text.count("q") >= 50_000


def test_a_form_of_a_stranger_fills_no_memory(team: Team) -> None:
    many = {f"file{number}": SimpleUploadedFile(f"{number}.png", b"x") for number in range(9)}
    assert Client().post("/accounts/login/", many).status_code == 400
    assert Client().post("/accounts/login/", {str(uuid.uuid4()): "" for _ in range(300)}).status_code == 400
