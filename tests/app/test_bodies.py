"""How much of a request is read: at the very front, where the server hands requests over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client

from answerable.app import asgi, bodies
from answerable.channels.console import signing
from answerable.channels.models import Account
from answerable.core import clock
from answerable.inbox.models import RawEvent
from tests.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)

LOGIN, STREAM, HOOK = "/accounts/login/", "/b/fjellro/live", "/hooks/00000000-0000-0000-0000-000000000000"


class Sender:
    """Counts what is taken from it. size: of a body sent in pieces of 100,000 bytes."""

    def __init__(self, size: int) -> None:
        self.size, self.taken = size, 0

    async def receive(self) -> dict[str, Any]:
        self.taken += 1
        return {"type": "http.request", "body": b"x" * 100_000, "more_body": self.taken * 100_000 < self.size}


def ask(method: str, path: str, sender: Sender, **headers: str) -> tuple[int, str, dict[bytes, bytes]]:
    """One request at the port: status, text, headers."""
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    pairs = [(b"host", b"testserver")]
    pairs += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": pairs,
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }

    async def served() -> None:
        await asgi.application(scope, sender.receive, send)

    asyncio.run(served())
    text = b"".join(part.get("body", b"") for part in said).decode()
    return said[0]["status"], text, dict(said[0]["headers"])


@pytest.fixture
def small(settings: Any) -> None:
    settings.MEDIA_MAX_BYTES = settings.WEBHOOK_MAX_BYTES = 500_000


@pytest.mark.parametrize("path", [LOGIN, HOOK, "/no/such/page", "/"])
def test_a_body_that_is_told_to_be_too_large_is_not_read(small: None, path: str) -> None:
    sender = Sender(10_000_000_000)
    status, text, headers = ask("POST", path, sender, content_length=str(10_000_000_000))
    assert (status, sender.taken) == (413, 0)
    assert f"at most {bodies.most(path):,} bytes are read" in text
    assert headers[b"connection"] == b"close"


@pytest.mark.parametrize("path", [LOGIN, HOOK, "/no/such/page"])
def test_an_endless_body_is_read_up_to_the_limit_only(small: None, path: str) -> None:
    sender = Sender(10_000_000_000)
    status, text, _ = ask("POST", path, sender, transfer_encoding="chunked")
    assert status == 413
    assert "bytes are read" in text
    assert sender.taken == bodies.most(path) // 100_000 + 1


def test_chunks_beside_a_small_length_are_counted_all_the_same(small: None) -> None:
    sender = Sender(10_000_000_000)
    assert ask("POST", HOOK, sender, transfer_encoding="chunked", content_length="5")[0] == 413


@pytest.mark.parametrize("length", ["-1", "x", "9" * 30, "1,1"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    sender = Sender(100)
    assert ask("POST", LOGIN, sender, content_length=length)[0] == 400
    assert sender.taken == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "DELETE"])
def test_the_stream_is_only_read(method: str) -> None:
    sender = Sender(10_000_000_000)
    status, _, headers = ask(method, STREAM, sender, transfer_encoding="chunked")
    assert (status, sender.taken, headers[b"allow"]) == (405, 0, b"GET")


def test_the_stream_keeps_no_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its handler listens for the browser's going; of what comes instead nothing is kept."""

    class Gone(Sender):
        async def receive(self) -> dict[str, Any]:
            if self.taken == 50:
                await asyncio.Event().wait()  # the browser stays
            return await super().receive()

    def write(file: object, data: bytes) -> None:
        assert not data, "the body was written down"

    monkeypatch.setattr("django.core.handlers.asgi.tempfile.SpooledTemporaryFile.write", write)
    sender = Gone(10_000_000_000)
    status, _, _ = ask("GET", STREAM, sender, transfer_encoding="chunked")
    assert status == 401


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Sender):
        async def receive(self) -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(bodies, "PATIENCE", 0.01)
    status, text, _ = ask("POST", HOOK, Slow(1), transfer_encoding="chunked")
    assert status == 408
    assert "did not come" in text


async def _in_pieces(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 7):
        yield body[at : at + 7]


def _post(path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app=asgi.application)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.post(path, content=_in_pieces(body), headers=headers)

    return asyncio.run(post())


def _signed(account: Account, body: bytes) -> dict[str, str]:
    header = signing.header(str(account.secret["hook_secret"]), clock.now(), body)
    return {"Console-Signature": header, "Content-Type": "application/json"}


def test_a_webhook_in_chunks_is_stored(desk: Desk) -> None:
    account = desk.connect()
    body = b'{"events": [{"id": "in-chunks", "type": "post", "post": {"id": "in-chunks"}}]}'
    before = RawEvent.objects.count()
    answer = _post(f"/hooks/{account.hook_id}", body, _signed(account, body))
    assert (answer.status_code, answer.text) == (200, "stored\n")
    assert RawEvent.objects.count() == before + 1


def test_a_webhook_beyond_every_limit_gets_the_edges_sentence(desk: Desk) -> None:
    account = desk.connect()
    body = b" " * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    answer = Client().post(f"/hooks/{account.hook_id}", body, content_type="application/json")
    assert answer.status_code == 413
    assert "ANSWERABLE_WEBHOOK_MAX_BYTES" in answer.text


def test_a_form_beyond_every_limit_gets_a_page_with_its_reference() -> None:
    body = "login=" + "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    answer = Client().post(LOGIN, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert answer["X-Request-ID"] in answer.text
