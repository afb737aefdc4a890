"""A real desk, a real network beside it, and Chromium."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from answerable.channels.console.server import ConsoleServer
from answerable.channels.console.world import ConsoleWorld
from tests.app import desks

RECALL = "4"  # seconds
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium; as root it runs without its sandbox."""
    return {"executable_path": "/usr/bin/chromium", "args": ["--no-sandbox", "--disable-dev-shm-usage"]}


@dataclass
class Running:
    """A desk at work: where it is, the network beside it, and how to get in."""

    url: str
    data: Path
    world: ConsoleWorld
    networks: tuple[str, ...]

    def link(self, email: str = "anna@fjellro.test") -> str:
        """A fresh sign-in link."""
        done = desks.command(self.data, "sign-in-link", email, ANSWERABLE_PUBLIC_URL=self.url)
        found = re.search(r"http\S+/sign-in/\S+", done.stdout)
        assert found, done.stdout + done.stderr
        return found[0]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The brand Fjellro with an admin, Anna, and three accounts to be connected."""
    data = Path(tempfile.mkdtemp(prefix="answerable-browser-"))
    data.chmod(0o755)  # the database's user must get in when the tests are root's
    with ConsoleServer(tmp_path_factory.mktemp("console") / "network.sqlite3") as console:
        given = {"ANSWERABLE_ALLOW_HOSTS": "127.0.0.1", "ANSWERABLE_RECALL_SECONDS": RECALL}
        with desks.running(data, **given) as desk:
            made = desks.command(data, "brand", "Fjellro", "--admin", "anna@fjellro.test")
            assert made.returncode == 0, made.stderr
            yield Running(desk.url(), data, console.world, ("meadow", "chirp", "plaza"))


@dataclass
class Watch:
    """What a page complained of: blocked by the policy, thrown, or refused by the server without being asked for."""

    complaints: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Page:
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Fails the test for anything that a page complained of."""
    watch = Watch()
    yield watch
    assert watch.complaints == []


@pytest.fixture(scope="session")
def signed_in(browser: Browser, running: Running) -> Any:
    """Cookies of a browser in which Anna is signed in, with her accounts connected."""
    context = browser.new_context(base_url=running.url)
    page = context.new_page()
    page.goto(running.link())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/b/fjellro/")
    for network in running.networks:
        given = running.world.brand(network, "fjellro", "secret-enough", "Fjellro")
        page.goto("/b/fjellro/accounts/connect/console")
        for name, value in given.items():
            page.fill(f"[name={name}]", value)
        page.get_by_role("button", name="Connect").click()
        page.get_by_text("fjellro is connected.").wait_for()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def desk(browser: Browser, running: Running, signed_in: Any) -> Iterator[BrowserContext]:
    """A browser of Anna's, at her desk."""
    context = browser.new_context(
        base_url=running.url,
        storage_state=signed_in,
        viewport={"width": 1440, "height": 900},
        timezone_id="Europe/Oslo",
    )
    context.set_default_timeout(30_000)
    yield context
    context.close()
