"""A person at the pages, as tests speak of it."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from answerable.inbox.models import Message
from answerable.people.models import User
from answerable.replies.queries import seen_mark

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}


def signed_in(user: User, **more: Any) -> Client:
    """A browser in which this person is signed in."""
    client = Client(**more)
    client.force_login(user)
    return client


def to(name: str, *ids: object, brand: str = "fjellro") -> str:
    """The address of a page of the brand."""
    return reverse(f"web:{name}", args=[brand, *ids])


def words(message: Message, text: str, **more: object) -> dict[str, Any]:
    """What a freshly opened composer sends."""
    given: dict[str, Any] = {"token": str(uuid.uuid4()), "version": "0", "text": text}
    return given | {"seen": seen_mark(message.thread_id, message.author_id)} | more


@dataclass
class Page(HTMLParser):
    """Reads a page for what a strict policy forbids: scripts and styles in the page, on… attributes, other origins."""

    inline: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        kind = given.get("type") or ""
        if tag == "style" or (tag == "script" and "src" not in given and kind != "application/json"):
            self.inline.append(tag)
        self.inline += [f"{tag} {name}" for name in given if name == "style" or re.match(r"on[a-z]", name)]
        loads = given.get("src") or (given.get("href") if tag == "link" else None)
        if loads and not loads.startswith("/"):
            self.foreign.append(loads)


def faults(answer: Any) -> list[str]:
    """What of a page the policy would block."""
    page = Page()
    page.feed(answer.content.decode())
    return page.inline + page.foreign
