"""Stands before a Bluesky data server and lets it fail on demand: what a real network does, but when a test wants it.

Answers that name the server's own address are rewritten to name the proxy, or clients would go round it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

WRITES = ("com.atproto.repo.putRecord", "com.atproto.repo.createRecord")
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "date", "server"}


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request. arrives: the server gets it first. status 0: the connection breaks, unanswered."""

    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    arrives: bool = False


class FaultyProxy:
    """A proxy for one upstream. `calls` counts requests by method name."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.calls: dict[str, int] = {}
        self.dead_tokens: set[str] = set()
        self.tokens: set[str] = set()
        self._next: list[tuple[tuple[str, ...], Fault]] = []
        self._client = httpx.Client(trust_env=False, timeout=30)
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.open()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listens, at the same port as before."""
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._server.daemon_threads = True
        self._port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @contextmanager
    def down(self) -> Iterator[None]:
        """Nobody listens."""
        self.close()
        try:
            yield
        finally:
            self.open()

    def fail_next(self, fault: Fault, *methods: str) -> None:
        """The next call of one of these methods (a reply, if none is named) meets the fault."""
        with self._lock:
            self._next.append((methods or WRITES, fault))

    def kill_tokens(self) -> None:
        """Every token given out so far is dead from now on."""
        self.dead_tokens |= self.tokens

    def fault_for(self, method: str, token: str) -> Fault | None:
        with self._lock:
            self.calls[method] = self.calls.get(method, 0) + 1
            if token in self.dead_tokens:
                return Fault(400, {"error": "ExpiredToken", "message": "Token has expired"})
            for one in self._next:
                if method in one[0]:
                    self._next.remove(one)
                    return one[1]
        return None

    def forward(self, verb: str, path: str, headers: dict[str, str], body: bytes) -> httpx.Response:
        kept = {
            name: value for name, value in headers.items() if name.lower() not in {*_HOP, "host", "accept-encoding"}
        }
        return self._client.request(verb, f"{self.upstream}{path}", headers=kept, content=body)

    def rewritten(self, content: bytes) -> bytes:
        """An answer with the proxy's address in the place of the server's; takes note of tokens."""
        with suppress(ValueError):
            found = json.loads(content)
            if isinstance(found, dict):
                self.tokens |= {str(found[name]) for name in ("accessJwt", "refreshJwt") if name in found}
        return content.replace(self.upstream.encode(), self.address.encode())


class _Handler(BaseHTTPRequestHandler):
    owner: FaultyProxy

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        method = self.path.partition("?")[0].rpartition("/")[2]
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        fault = self.owner.fault_for(method, token)
        forward = partial(self.owner.forward, self.command, self.path, dict(self.headers.items()), body)
        if fault is None:
            answer = forward()
            headers = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
            self._answer(answer.status_code, headers, self.owner.rewritten(answer.content))
            return
        if fault.arrives:
            forward()
        if fault.status:
            kind = {"Content-Type": "application/json"}
            self._answer(fault.status, kind | fault.headers, json.dumps(fault.body).encode())
        else:
            self.close_connection = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Date", formatdate(usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        pass
