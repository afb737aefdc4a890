"""How much of a request is read: refused unread where its length is told, counted where it is not.

Django writes what it is sent to the disk before anybody has asked who sent it; so the bound stands before Django.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HOOKS = "/hooks/"
ROOM = 1_000_000
"""Bytes of a form beside the picture in it."""
PATIENCE = 30.0
"""Seconds in which a body of untold length must have come."""
_BODILESS = ("GET", "HEAD", "OPTIONS")


class Refused(Exception):
    """An answer without a page: status, sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


def most(path: str) -> int:
    """The largest body in bytes that is read at this address."""
    if path.startswith(HOOKS):
        return int(settings.WEBHOOK_MAX_BYTES)
    return max(int(settings.MEDIA_MAX_BYTES), int(settings.WEBHOOK_MAX_BYTES)) + ROOM


def too_large(path: str) -> str:
    """The sentence for a larger one."""
    name = " (ANSWERABLE_WEBHOOK_MAX_BYTES)" if path.startswith(HOOKS) else ""
    return f"at most {most(path):,} bytes are read{name}"


def told(scope: Scope) -> int | None:
    """The length the client announced; None when it sends in chunks, 0 when it announced nothing to come."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    length: bytes | None = headers.get(b"content-length")
    if length is None:
        return 0 if scope["method"] in _BODILESS else None
    if not (length.isdigit() and len(length) < 19):
        raise Refused(400, "the length of the body is no number")
    return int(length)


def bounded(pages: Application, at_once: int) -> Application:
    """pages behind the bound. at_once: bodies of untold length held in memory at the same time; further ones wait."""
    turns = asyncio.Semaphore(at_once)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            length = told(scope)
            if length is None:
                async with turns:
                    body = await _whole(scope, receive)
                    await pages(_with_length(scope, len(body)), _once(body, receive), send)
                return
            if length > most(scope["path"]):
                raise Refused(413, too_large(scope["path"]))
        except Refused as refused:
            await say(scope, send, refused)
            return
        await pages(scope, receive, send)

    return application


async def _whole(scope: Scope, receive: Receive) -> bytes:
    try:
        return await asyncio.wait_for(_read(scope["path"], receive), PATIENCE)
    except TimeoutError:
        raise Refused(408, f"the body did not come within {PATIENCE:.0f} seconds") from None


async def _read(path: str, receive: Receive) -> bytes:
    body, limit = bytearray(), most(path)
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            raise Refused(413, too_large(path))
        if not message.get("more_body", False):
            return bytes(body)


def _with_length(scope: Scope, length: int) -> Scope:
    """As if the client had told the length: WSGI knows no other body."""
    kept = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding")]
    return {**scope, "headers": [*kept, (b"content-length", str(length).encode())]}


def _once(body: bytes, receive: Receive) -> Receive:
    waiting = [body]

    async def heard() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return heard


def unread(receive: Receive) -> Receive:
    """For what takes no body: an empty one, and then only the news that the client went."""
    told_once = False

    async def heard() -> Message:
        nonlocal told_once
        if not told_once:
            told_once = True
            return {"type": "http.request", "body": b"", "more_body": False}
        # what has come already comes without a wait: others must get their turn
        while (message := await receive())["type"] == "http.request":  # noqa: ASYNC110  messages are what is awaited
            await asyncio.sleep(0)
        return message

    return heard


async def say(scope: Scope, send: Send, refused: Refused, *more: tuple[bytes, bytes]) -> None:
    """A plain sentence; the connection ends with it, as nobody will read what is still to come."""
    text = f"{refused.text}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"x-content-type-options", b"nosniff"),
        *more,
    ]
    if str(scope.get("http_version", "1.1")).startswith("1"):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": text})
