"""Chromium for the journeys: Debian's own, on loopback only, with its wish to phone home switched off."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.journeys.pages import PATIENCE

expect.set_options(timeout=PATIENCE)

# What a profile of its own asks of the world when nobody stops it; a root user has no sandbox.
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


@pytest.fixture(scope="module")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """A running Chromium for one module. Skips where it is not installed."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("chromium is not installed: run testbed/install.sh")
    with _playwright(request) as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def _playwright(request: pytest.FixtureRequest) -> Iterator[Playwright]:
    """The plugin's when it runs already: a thread can have one. Else one that ends with the module.

    While one runs, Django takes its thread for an asynchronous one and refuses the database to every later test.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        with sync_playwright() as playwright:
            yield playwright
    else:
        yield request.getfixturevalue("playwright")
