"""HTTP in front of the console network: routing, sign-in, faults, the log of requests, answers in one write."""

from __future__ import annotations

import hmac
import json
import logging
import select
import socket
import sqlite3
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from answerable.channels.console import accounts, control, events, faults, pages, posts
from answerable.channels.console.api import ROUTES
from answerable.channels.console.errors import Refusal, bad_request
from answerable.channels.console.faults import BadFault, Fault
from answerable.channels.console.request import Request

if TYPE_CHECKING:
    from answerable.channels.console.server import ConsoleServer

log = logging.getLogger(__name__)
MAX_BODY = 25_000_000
SILENCE = 60.0  # seconds for which a timeout fault says nothing, unless told otherwise
KEPT_REQUESTS = 20_000


class Cut(Exception):
    """The connection is to be cut without an answer."""


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode())


def as_error(refusal: Refusal) -> Answer:
    answer = as_json({"error": {"code": refusal.code, "message": refusal.message}}, refusal.status)
    if refusal.retry_after is not None:
        answer.headers["Retry-After"] = f"{refusal.retry_after:g}"
    return answer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "console"
    sys_version = ""

    @property
    def console(self) -> ConsoleServer:
        return self.server.console  # type: ignore[attr-defined,no-any-return]

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it)
        log.debug(format, *args)

    def _serve(self) -> None:
        try:
            answer = self._answer()
        except Cut:
            self.close_connection = True
            return
        except Refusal as refusal:
            answer = as_error(refusal)
        except BadFault as error:
            answer = as_error(bad_request(str(error)))
        except (sqlite3.Error, LookupError, RuntimeError):
            if self.console.stopping.is_set():  # the file was closed under a late request
                self.close_connection = True
                return
            log.exception("console request failed")
            answer = as_error(Refusal(500, "server_error", "the console network made a mistake of its own"))
        self._write(answer)

    def _answer(self) -> Answer:
        body = self._body()
        path = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        query = dict(parse_qsl(urlsplit(self.path).query))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.console.store, self.console.url, "", query, headers, body)
        match path:
            case ["api", network, name]:
                request.network = accounts.known_network(network)
                return self._api(request, name)
            case ["control", verb]:
                return self._control(request, verb)
            case ["healthz"]:
                return as_json({"ok": True})
            case _:
                status, content, kind = pages.show(request, path)
                return Answer(status, content, kind)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if "chunked" in self.headers.get("Transfer-Encoding", "") or not length.isdigit():
            self.close_connection = True
            raise Refusal(411, "bad_request", "a Content-Length is needed")
        if int(length) > MAX_BODY:
            self.close_connection = True
            raise Refusal(413, "too_long", f"a body may have at most {MAX_BODY} bytes")
        return self.rfile.read(int(length))

    def _bearer(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else ""

    def _control(self, request: Request, verb: str) -> Answer:
        if not hmac.compare_digest(self._bearer(request).encode(), self.console.control_token.encode()):
            raise Refusal(401, "bad_token", "this needs the control token")
        if self.command != "POST":
            raise Refusal(405, "bad_request", "control verbs are asked by POST")
        if verb == "down":
            self.console.down_for(float(request.json().get("seconds", 5)))
            return as_json({})
        if verb not in control.VERBS:
            raise Refusal(404, "bad_request", f"no control verb “{verb}”; known: {', '.join(control.VERBS)}, down")
        return as_json(control.VERBS[verb](request))

    def _api(self, request: Request, name: str) -> Answer:
        route = ROUTES.get((self.command, name))
        if route is None:
            raise Refusal(404, "bad_request", f"there is no {self.command} {name} here")
        verb, function = route
        fault = faults.take(request.store, request.network, verb)
        status = 0
        try:
            answer = self._with_fault(request, verb, function, fault)
            status = answer.status
            return answer
        except Refusal as refusal:
            status = refusal.status
            raise
        finally:
            self._remember(request, verb, fault, status)

    def _with_fault(self, request: Request, verb: str, function: Any, fault: Fault | None) -> Answer:
        if fault is not None and fault.kind in faults.BEFORE:
            self._fail_before(fault)
        if verb != "session":
            request.account = accounts.by_token(request.store, request.network, self._bearer(request))
        answer = as_json(function(request))
        return self._fail_after(request, fault, answer) if fault is not None else answer

    def _fail_before(self, fault: Fault) -> None:
        after = fault.options.get("retry_after")
        match fault.kind:
            case "timeout_before":
                self._silence(fault.seconds(SILENCE))
            case "server_error_before":
                raise Refusal(500, "server_error", "something broke here")
            case "rate_limited":
                raise Refusal(429, "rate_limited", "too many requests", retry_after=after)
            case "token_expired":
                raise Refusal(401, "token_expired", "the token has expired; sign in again")
            case "refused":
                raise Refusal(422, "refused", str(fault.options.get("message", "this content is not wanted here")))
            case "forbidden":
                raise Refusal(403, "forbidden", "this account may not do that")
        raise Cut

    def _fail_after(self, request: Request, fault: Fault, answer: Answer) -> Answer:
        match fault.kind:
            case "timeout_after":
                self._silence(fault.seconds(SILENCE))
            case "server_error_after":
                return as_error(Refusal(500, "server_error", "something broke here"))
            case "broken_answer":
                return Answer(200, answer.body[: len(answer.body) // 2])
            case "strange_answer":
                return as_json(["surprise"])
            case "echo_first":
                self._await_echo(request, answer, fault.seconds(10.0))
                return answer
        raise Cut

    def _silence(self, seconds: float) -> None:
        """Says nothing until the client hangs up, the server stops, or the time is over; then cuts."""
        left = seconds
        while left > 0 and not self.console.stopping.wait(0.05):
            left -= 0.05
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                break
        raise Cut

    def _await_echo(self, request: Request, answer: Answer, seconds: float) -> None:
        """Waits until the brand has been given the event of the post that this answer is about."""
        store, me = request.store, request.me
        seq = events.last_of(store, request.network, json.loads(answer.body).get("post", {}).get("id", ""))
        left = seconds
        with store.changed:
            while left > 0 and events.seen_up_to(store, request.network, me["id"]) < seq:
                store.changed.wait(0.05)
                left -= 0.05

    def _remember(self, request: Request, verb: str, fault: Fault | None, status: int) -> None:
        if self.console.stopping.is_set():
            return
        body = request.body[:4000].decode("utf-8", "replace") if verb not in ("media", "session") else ""
        values = {"at": posts.stamp(), "network": request.network, "verb": verb, "status": status, "body": body}
        values |= {"account": request.account["id"] if request.account else "", "fault": fault.kind if fault else ""}
        seq = request.store.insert("requests", values)
        if seq % 1000 == 0:
            request.store.run("DELETE FROM requests WHERE seq <= ?", seq - KEPT_REQUESTS)

    def _write(self, answer: Answer) -> None:
        """Head and body in one write: two would wait for each other (Nagle and delayed acknowledgement)."""
        phrase = self.responses.get(answer.status, ("",))[0]
        head = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))} | answer.headers
        if answer.content_type.startswith("text/html"):
            head["Content-Security-Policy"] = "default-src 'none'; img-src 'self'; style-src 'self'"
        head["X-Content-Type-Options"] = "nosniff"
        if self.close_connection:
            head["Connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        self.wfile.write("\r\n".join(lines).encode("latin-1") + answer.body)
