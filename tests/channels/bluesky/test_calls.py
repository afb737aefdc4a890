"""Calls against a small server of our own that answers as told: errors, tokens, addresses."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from answerable.channels.bluesky.adapter import Bluesky
from answerable.channels.contract import ChannelError, JsonObject, Link, Outgoing, Symbol

DID = "did:plc:brandbrandbrandbrandbran"
PARENT = "at://did:plc:carolcarolcarolcarolcaro/app.bsky.feed.post/3kaaaaaaaaaa2"
NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
# A token whose payload says {"exp": 9999999999}: the SDK reads it, nobody checks the rest.
TOKEN = "eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9."

Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]


@dataclass
class Service:
    """Answers by method name; what is not told is an empty object. `asked` lists what was called, in order."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: dict[str, Any] = field(default_factory=dict)
    address: str = ""

    def count(self, method: str) -> int:
        return self.asked.count(method)


@pytest.fixture
def service() -> Iterator[Service]:
    told = Service()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            method = self.path.partition("?")[0].rpartition("/")[2]
            told.asked.append(method)
            told.bodies[method] = body
            status, content, headers = (*told.answers.get(method, (200, {})), {})[:3]
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response_only(status)
            kind = "text/html" if isinstance(content, bytes) else "application/json"
            for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.address = f"http://127.0.0.1:{server.server_address[1]}"
    told.answers = {
        "com.atproto.server.describeServer": (200, {"did": "did:web:x", "availableUserDomains": [".test"]}),
        "com.atproto.server.createSession": (200, _session("new")),
        "app.bsky.actor.getProfile": (200, {"did": DID, "handle": "brand.test", "displayName": "Brand"}),
        "app.bsky.feed.getPosts": (200, {"posts": [{"uri": PARENT, "cid": "c", "record": {"text": "?"}}]}),
    }
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


def _session(name: str) -> JsonObject:
    return {"did": DID, "handle": "brand.test", "accessJwt": f"{TOKEN}{name}", "refreshJwt": f"{TOKEN}{name}-r"}


def _error(status: int, name: str, headers: dict[str, str] | None = None) -> Answer:
    return status, {"error": name, "message": f"about {name}"}, headers or {}


def _link(service: Service, **secret: str) -> tuple[Link, list[JsonObject]]:
    kept: list[JsonObject] = []
    held: JsonObject = {"identifier": DID, "password": "p", "access": f"{TOKEN}old", "refresh": f"{TOKEN}old-r"}
    settings = {"service": service.address}
    return Link(DID, "brand.test", "bluesky", settings, held | secret, kept.append, ("127.0.0.1",)), kept


def _outgoing(text: str = "Soon!", **more: Any) -> Outgoing:
    key = Bluesky().new_key(NOW)
    return Outgoing(key, text, PARENT, PARENT, True, "did:plc:carol", "carol.test", NOW, **more)


def _fails(call: Callable[[], object]) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        call()
    return caught.value


PUT, POSTS = "com.atproto.repo.putRecord", "app.bsky.feed.getPosts"


@pytest.mark.parametrize(
    ("answer", "symbol", "permanent", "unknown"),
    [
        (_error(400, "InvalidRequest"), Symbol.REFUSED, True, False),
        (_error(403, "Forbidden"), Symbol.FORBIDDEN, True, False),
        (_error(400, "AccountTakedown"), Symbol.FORBIDDEN, True, False),
        (_error(413, "PayloadTooLarge"), Symbol.TOO_LONG, True, False),
        (_error(429, "RateLimitExceeded"), Symbol.RATE_LIMITED, False, False),
        (_error(500, "InternalServerError"), Symbol.SERVER_ERROR, False, True),
        (_error(502, "UpstreamFailure"), Symbol.SERVER_ERROR, False, True),
        (_error(501, "MethodNotImplemented"), Symbol.BAD_ANSWER, True, False),
        ((404, b"<html>nothing</html>"), Symbol.BAD_ANSWER, True, False),
        ((302, b"", {"Location": "http://127.0.0.1:1/"}), Symbol.BAD_ANSWER, False, False),
        ((200, b"<html>Hello</html>"), Symbol.BAD_ANSWER, False, True),
        ((200, [1]), Symbol.BAD_ANSWER, False, True),
    ],
)
def test_answers_to_a_reply(service: Service, answer: Answer, symbol: Symbol, permanent: bool, unknown: bool) -> None:
    service.answers[PUT] = answer
    error = _fails(lambda: Bluesky().send(_link(service)[0], _outgoing()))
    assert (error.symbol, error.permanent, error.effect_unknown) == (symbol, permanent, unknown)


@pytest.mark.parametrize("answer", [_error(500, "InternalServerError"), (200, b"<html>")])
def test_a_failure_before_the_reply_is_sent_has_no_effect(service: Service, answer: Answer) -> None:
    service.answers[POSTS] = answer
    error = _fails(lambda: Bluesky().send(_link(service)[0], _outgoing()))
    assert (error.permanent, error.effect_unknown) == (False, False)
    assert service.count(PUT) == 0


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"RateLimit-Reset": "1790000060", "Date": "Mon, 21 Sep 2026 14:13:20 GMT"}, 60.0),
        ({"RateLimit-Reset": "1790000000", "Date": "Mon, 21 Sep 2026 14:13:20 GMT"}, 1.0),
        ({"RateLimit-Reset": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_by_the_services_own_clock(
    service: Service, headers: dict[str, str], wait: float | None
) -> None:
    service.answers[PUT] = _error(429, "RateLimitExceeded", headers)
    assert _fails(lambda: Bluesky().send(_link(service)[0], _outgoing())).retry_after == wait


def test_an_expired_token_is_refreshed_and_kept(service: Service) -> None:
    service.answers["app.bsky.actor.getProfile"] = _error(400, "ExpiredToken")
    service.answers["com.atproto.server.refreshSession"] = (200, _session("fresh"))
    link, kept = _link(service)
    assert _fails(lambda: Bluesky().check(link)).symbol is Symbol.TOKEN_DEAD
    assert [secret["access"] for secret in kept][:1] == [f"{TOKEN}fresh"]
    assert kept[0]["password"] == "p"


def test_a_token_that_another_process_renewed_is_taken_over(service: Service) -> None:
    link, _ = _link(service)
    Bluesky().check(link)
    service.answers["app.bsky.actor.getProfile"] = _error(400, "ExpiredToken")
    renewed = replace(link, secret={**link.secret, "access": f"{TOKEN}theirs", "refresh": f"{TOKEN}theirs-r"})
    service.answers["com.atproto.server.refreshSession"] = _error(500, "InternalServerError")
    assert _fails(lambda: Bluesky().check(renewed)).symbol is Symbol.SERVER_ERROR
    assert service.count("app.bsky.actor.getProfile") == 3, "once as before, once refused, once with their token"
    assert service.count("com.atproto.server.createSession") == 0


def test_a_dead_refresh_token_means_signing_in_once(service: Service) -> None:
    link, kept = _link(service, access="")
    service.answers["com.atproto.server.refreshSession"] = _error(400, "ExpiredToken")
    Bluesky().check(link)
    Bluesky().check(link)
    assert service.count("com.atproto.server.createSession") == 1
    assert json.loads(service.bodies["com.atproto.server.createSession"])["identifier"] == DID
    assert [secret["access"] for secret in kept] == [f"{TOKEN}new"]


def test_a_dead_password_is_not_tried_again_and_again(service: Service) -> None:
    for method in ("app.bsky.actor.getProfile", "com.atproto.server.refreshSession"):
        service.answers[method] = _error(400, "ExpiredToken")
    service.answers["com.atproto.server.createSession"] = _error(401, "AuthenticationRequired")
    link, _ = _link(service)
    for _ in range(3):
        error = _fails(lambda: Bluesky().check(link))
        assert (error.symbol, error.permanent) == (Symbol.TOKEN_DEAD, True)
        assert "app password" in error.message
    assert service.count("com.atproto.server.createSession") == 1


def test_an_account_without_a_secret_asks_nobody(service: Service) -> None:
    link = replace(_link(service)[0], secret={})
    assert _fails(lambda: Bluesky().check(link)).symbol is Symbol.TOKEN_DEAD
    assert service.asked == []


def test_a_data_server_inside_is_refused_even_when_the_network_names_it(service: Service) -> None:
    document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": "http://169.254.169.254"}]}
    service.answers["com.atproto.server.createSession"] = (200, _session("x") | {"didDoc": document})
    values = {"handle": "brand.test", "password": "p", "service": service.address}
    error = _fails(lambda: Bluesky().connect(values, allow_hosts=("127.0.0.1",)))
    assert (error.symbol, error.permanent) == (Symbol.ADDRESS_REFUSED, True)


def test_no_token_travels_unencrypted_to_the_public(service: Service) -> None:
    document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": "http://1.1.1.1"}]}
    service.answers["com.atproto.server.createSession"] = (200, _session("x") | {"didDoc": document})
    values = {"handle": "brand.test", "password": "p", "service": service.address}
    error = _fails(lambda: Bluesky().connect(values, allow_hosts=("127.0.0.1",)))
    assert error.symbol is Symbol.ADDRESS_REFUSED
    assert "https" in error.message


@pytest.mark.parametrize(
    ("values", "symbol", "words"),
    [
        ({"handle": "brand"}, Symbol.NOT_FOUND, "whole handle"),
        ({"handle": "a b.test"}, Symbol.NOT_FOUND, "whole handle"),
        ({"service": "ftp://x"}, Symbol.NOT_FOUND, "not an address"),
        ({"service": "http://[::1"}, Symbol.NOT_FOUND, "not an address"),
        ({"service": "http://10.0.0.1"}, Symbol.ADDRESS_REFUSED, "ANSWERABLE_ALLOW_HOSTS"),
        ({"service": "no-such-name.invalid"}, Symbol.UNREACHABLE, "cannot be reached"),
    ],
)
def test_what_was_typed_wrongly_is_said(service: Service, values: dict[str, str], symbol: Symbol, words: str) -> None:
    typed = {"handle": "brand.test", "password": "p", "service": service.address} | values
    error = _fails(lambda: Bluesky().connect(typed, allow_hosts=("127.0.0.1",)))
    assert error.symbol is symbol
    assert words in error.message


def test_a_handle_is_taken_as_it_was_copied(service: Service) -> None:
    values = {"handle": " \u2068@Brand.Test\u2069 ", "password": "p", "service": service.address + "/"}
    made = Bluesky().connect(values, allow_hosts=("127.0.0.1",))
    assert (made.profile.external_id, made.profile.handle, made.profile.name) == (DID, "brand.test", "Brand")
    assert json.loads(service.bodies["com.atproto.server.createSession"])["identifier"] == "brand.test"
    assert made.settings["service"] == service.address


@pytest.mark.parametrize("answer", [(200, b"<html>a shop</html>"), (404, b""), (200, {"hello": 1}), (200, [])])
def test_a_service_of_another_kind_gets_no_password(service: Service, answer: Answer) -> None:
    service.answers["com.atproto.server.describeServer"] = answer
    values = {"handle": "brand.test", "password": "p", "service": service.address}
    error = _fails(lambda: Bluesky().connect(values, allow_hosts=("127.0.0.1",)))
    assert (error.symbol, error.permanent) == (Symbol.BAD_ANSWER, True)
    assert "not a Bluesky" in error.message
    assert service.count("com.atproto.server.createSession") == 0


def test_an_account_password_with_a_second_factor_is_explained(service: Service) -> None:
    service.answers["com.atproto.server.createSession"] = _error(401, "AuthFactorTokenRequired")
    values = {"handle": "brand.test", "password": "p", "service": service.address}
    error = _fails(lambda: Bluesky().connect(values, allow_hosts=("127.0.0.1",)))
    assert (error.symbol, "app password" in error.message) == (Symbol.BAD_CREDENTIALS, True)


@pytest.mark.parametrize("text", ["å" * 301, "e" + "\u0301" * 1600])
def test_a_text_too_long_in_letters_or_in_bytes_is_not_sent(service: Service, text: str) -> None:
    error = _fails(lambda: Bluesky().send(_link(service)[0], _outgoing(text)))
    assert (error.symbol, error.permanent) == (Symbol.TOO_LONG, True)
    assert service.asked == []


def test_somebody_elses_post_under_our_key_is_not_taken_for_the_reply(service: Service) -> None:
    service.answers["com.atproto.repo.getRecord"] = (200, {"uri": "x", "cid": "c", "value": {"text": "Other"}})
    error = _fails(lambda: Bluesky().find(_link(service)[0], _outgoing()))
    assert (error.symbol, error.permanent) == (Symbol.REFUSED, True)


def test_a_closed_thread_is_not_answered(service: Service) -> None:
    post = {"uri": PARENT, "cid": "c", "record": {"text": "?"}, "viewer": {"replyDisabled": True}}
    service.answers[POSTS] = (200, {"posts": [post]})
    service.answers["com.atproto.repo.getRecord"] = _error(400, "RecordNotFound")
    error = _fails(lambda: Bluesky().send(_link(service)[0], _outgoing()))
    assert (error.symbol, error.permanent, service.count(PUT)) == (Symbol.FORBIDDEN, True, 0)
