"""What a person does at the desk, by what she sees: labels, buttons, words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from answerable.core import clock
from tests.app import desks

PATIENCE = 40_000
"""Milliseconds until something must have appeared: a poll, a send and a slow machine."""
TRIES = 200


def eventually(ask: Callable[[], bool], what: str) -> None:
    """Asks again until it is so."""
    for _ in range(TRIES):
        if ask():
            return
        clock.pause(0.2)
    raise AssertionError(what)


def link_in(said: str) -> str:
    """The last sign-in link that a command printed."""
    found: list[str] = re.findall(r"https?://\S+/sign-in/\S+", said)
    assert found, said
    return found[-1]


@dataclass
class Album:
    """Pictures of what a person saw, in order; kept with the test's other files."""

    folder: Path
    count: int = 0

    def take(self, page: Page, name: str) -> None:
        self.count += 1
        page.screenshot(path=self.folder / f"{self.count:02}-{name}.png")

    def keep(self, name: str, text: str) -> None:
        """Something to read beside the pictures."""
        (self.folder / name).write_text(text)


@dataclass
class Person:
    """Somebody with a browser. complaints: what the browser's console said in red."""

    context: BrowserContext
    home: str
    album: Album
    complaints: list[str] = field(default_factory=list)

    def page(self, address: str = "") -> Page:
        """A new tab."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(f"{self.home}{address}")
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # A form that is refused says so with a status, and Chromium calls every such status an error.
        if message.type == "error" and "status of 422" not in message.text:
            self.complaints.append(message.text)

    def see(self, page: Page, name: str) -> None:
        self.album.take(page, name)

    def sign_in(self, link: str) -> Page:
        """Follows a printed link: one page that asks, one press."""
        page = self.page(urlsplit(link).path)
        self.see(page, "sign-in")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        return page

    def connect(self, brand: str, handle: str, password: str, service: str) -> Page:
        """Fills in the form of a Bluesky account and sends it."""
        page = self.page(f"/b/{brand}/accounts/connect/bluesky")
        fill_account(page, handle, password, service)
        return page


def fill_account(page: Page, handle: str, password: str, service: str) -> None:
    """Types what the form of a Bluesky account asks for, and presses the button."""
    page.get_by_label("Handle").fill(handle)
    page.get_by_label("App password").fill(password)
    page.get_by_label("Service address").fill(service)
    page.get_by_role("button", name="Connect").click()
    page.wait_for_load_state()


@contextmanager
def kept(album: Album, desk: desks.Desk, name: str) -> Iterator[None]:
    """Whatever happens, what the desk logged lies beside the pictures; and no page broke."""
    try:
        yield
    finally:
        album.keep(name, desk.said())
    assert "Traceback" not in desk.said()


@contextmanager
def person(browser: Browser, desk: desks.Desk, album: Album) -> Iterator[Person]:
    """Somebody with a browser profile of her own, who is not signed in."""
    context = browser.new_context(viewport={"width": 1360, "height": 860}, locale="en-GB", timezone_id="Europe/Oslo")
    context.set_default_timeout(PATIENCE)
    try:
        yield Person(context, desk.url(), album)
    finally:
        context.close()


def row(page: Page, words: str) -> Locator:
    """A case in the queue, by what stands in its row."""
    return page.locator("#queue .row", has_text=words)


def said(page: Page, words: str) -> Locator:
    """A message in the conversation."""
    return page.locator("article.said", has_text=words)


def open_case(page: Page, words: str) -> None:
    """Opens the case in whose row these words stand."""
    row(page, words).click()
    expect(page.locator("#case")).to_contain_text(words)


def answer(page: Page, text: str) -> None:
    """Writes a reply in the only composer there is, and sends it."""
    page.locator("textarea.composer-text").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(said(page, text)).to_be_visible()


def take_down(page: Page, words: str, reason: str) -> None:
    """Has one of the brand's replies deleted on the network."""
    message = said(page, words)
    message.get_by_text("details", exact=True).click()
    message.get_by_label("Take this reply down on the network. Why?").fill(reason)
    message.get_by_role("button", name="Take down").click()
