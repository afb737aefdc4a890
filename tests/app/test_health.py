"""/healthz, /readyz, and what every answer carries."""

from __future__ import annotations

import logging

import pytest
from django.db import DatabaseError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from answerable.app import errors, health
from answerable.config import logs
from answerable.core import alive


def test_healthz_needs_no_database() -> None:
    assert Client().get("/healthz").json() == {"ok": True}


@pytest.mark.django_db
def test_readyz_names_what_is_missing() -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "database": True, "migrations": True, "worker": False}


@pytest.mark.django_db
def test_readyz_with_a_worker() -> None:
    alive.beat("worker somewhere 1")
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ok"]


def test_readyz_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bool:
        raise DatabaseError("gone")

    monkeypatch.setattr(health, "PARTS", {"database": fail})
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "database": False}


def test_every_answer_is_guarded_by_headers() -> None:
    headers = Client().get("/healthz").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_a_stranger_does_not_choose_the_request_id() -> None:
    headers = Client().get("/healthz", headers={"X-Request-ID": "forged"}).headers
    assert headers["X-Request-ID"] != "forged"


def test_the_error_page_has_the_reference_of_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(request: HttpRequest) -> None:
        raise RuntimeError("the stack trace")

    monkeypatch.setattr("answerable.app.health.parts", broken)
    caplog.handler.addFilter(logs.AddRequestId())
    answer = Client(raise_request_exception=False).get("/readyz")
    reference = answer.headers["X-Request-ID"]
    assert answer.status_code == 500
    assert reference in answer.text
    assert "stack trace" not in answer.text
    record = next(record for record in caplog.records if record.levelno == logging.ERROR)
    assert record.__dict__["request_id"] == reference
    assert record.exc_info


def test_the_error_page_survives_its_own_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str) -> None:
        raise RuntimeError("the template is broken")

    monkeypatch.setattr("answerable.app.errors.loader.get_template", fail)
    request = RequestFactory().get("/")
    request.META["ANSWERABLE_REQUEST_ID"] = "abc"
    answer = errors.server_error(request)
    assert answer.status_code == 500
    assert "abc" in answer.text


@pytest.mark.django_db
def test_strangers_cannot_sign_up() -> None:
    answer = Client().post(
        "/accounts/signup/", {"email": "x@example.org", "password1": "p8fjw02!x", "password2": "p8fjw02!x"}
    )
    assert "sessionid" not in answer.cookies
    from answerable.people.models import User

    assert not User.objects.filter(email="x@example.org").exists()


@pytest.mark.django_db
def test_guessing_a_password_is_slowed_down() -> None:
    client = Client()
    wrong = {"login": "admin@example.org", "password": "wrong"}
    codes = [client.post("/accounts/login/", wrong).status_code for _ in range(12)]
    assert 429 in codes or "too many" in client.post("/accounts/login/", wrong).text.lower()
