"""One request at the console server, with its inputs checked as they are taken out."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from answerable.channels.console.errors import Refusal, bad_request
from answerable.channels.console.store import Store


@dataclass(slots=True)
class Request:
    """headers in lower case. account: who is signed in; None for what needs no sign-in."""

    store: Store
    base: str
    network: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    account: sqlite3.Row | None = None

    @property
    def me(self) -> sqlite3.Row:
        if self.account is None:
            raise Refusal(401, "bad_token", "sign in first")
        return self.account

    def json(self) -> dict[str, Any]:
        try:
            value = json.loads(self.body or b"{}")
        except (ValueError, RecursionError):
            raise bad_request("the body is no JSON") from None
        if not isinstance(value, dict):
            raise bad_request("the body must be a JSON object")
        return value

    def number(self, name: str, default: int, largest: int) -> int:
        text = self.query.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 16):
            raise bad_request(f"{name} must be a whole number, not “{text}”")
        return min(int(text), largest)

    def text(self, name: str) -> str:
        """A query parameter that must be there."""
        if not self.query.get(name):
            raise bad_request(f"{name} is missing")
        return self.query[name]


def need(body: dict[str, Any], name: str) -> str:
    """A text in a JSON body that must be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise bad_request(f"{name} is missing, or is no text")
    return value


def maybe(body: dict[str, Any], name: str) -> str | None:
    """A text in a JSON body that may be left out."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"{name} must be a text")
    return value or None


def texts(body: dict[str, Any], name: str) -> tuple[str, ...]:
    """A list of texts in a JSON body, empty when left out."""
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_request(f"{name} must be a list of texts")
    return tuple(value)
