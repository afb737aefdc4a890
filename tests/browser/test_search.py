"""Search as a person uses it: from the keyboard, while news come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Running, Watch

DESK = "/b/fjellro/"
LONG = (
    "@fjellro Hei! Jeg bestilte et telt i forrige uke og lurer på når det kommer. Vi reiser på fredag, så det haster. "
)


def _begin(running: Running, page: Page) -> None:
    """Three customers, two of whom speak of a tent."""
    running.world.say("meadow", "finn", f"{LONG} Ordrenummeret er 45-1187.", language="nb", key="search-1")
    running.world.say("chirp", "siri", "@fjellro The tent poles broke <b>twice</b>", language="en", key="search-2")
    running.world.say("plaza", "gro", "@fjellro har dere sokker i ull?", language="nb", key="search-3")
    page.goto(DESK)
    for name in ("finn", "siri", "gro"):
        page.locator("a.row", has_text=name).first.wait_for()


def test_search_from_the_keyboard_while_news_come_in(desk: BrowserContext, running: Running, watch: Watch) -> None:
    page = watch.over(desk.new_page())
    _begin(running, page)
    rows, field = page.locator("a.row"), page.get_by_role("searchbox")
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("telt", delay=30)
    expect(rows).to_have_count(1)
    expect(rows.locator("mark")).to_have_text("telt")
    expect(page).to_have_url(f"{running.url}{DESK}?tab=needs&q=telt")
    # News do not end the search; what fits comes in, the rest stays out.
    running.world.say("meadow", "ida", "@fjellro teltet mitt lekker", language="nb")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("ida")
    expect(field).to_have_value("telt")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(rows.first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("h1", has_text="finn").wait_for()
    expect(rows).to_have_count(2)
    page.reload()
    expect(rows).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("45-11")
    expect(rows).to_have_count(1)
    page.keyboard.press("Escape")
    expect(field).to_have_value("")
    page.locator("a.row", has_text="gro").wait_for()
    expect(page.locator("h1", has_text="finn")).to_be_visible()
    page.keyboard.press("Escape")
    expect(field).not_to_be_focused()
    assert "q=" not in page.url


def test_search_without_script(browser: Browser, desk: BrowserContext, running: Running, signed_in: Any) -> None:
    _begin(running, desk.new_page())
    context = browser.new_context(base_url=running.url, storage_state=signed_in, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{DESK}?tab=answered")
    page.get_by_role("searchbox").fill("sokker")
    page.get_by_role("searchbox").press("Enter")
    page.locator("a.row", has_text="gro").click()
    page.locator("h1", has_text="gro").wait_for()
    expect(page.locator("a.row")).to_have_count(1)
    page.get_by_role("link", name="Clear search").click()
    expect(page.get_by_role("link", name="Answered")).to_have_attribute("aria-current", "page")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pictures_of_a_search(
    browser: Browser, running: Running, signed_in: Any, tmp_path: Path, scheme: Any, width: int, watch: Watch
) -> None:
    context = browser.new_context(
        base_url=running.url, storage_state=signed_in, viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    page = watch.over(context.new_page())
    _begin(running, page)
    page.screenshot(path=tmp_path / f"list-{width}-{scheme}.png")
    for typed in ("te", "tent", "fin", "zebra"):
        page.get_by_role("searchbox").fill(typed)
        page.get_by_role("link", name="Clear search").wait_for()
        page.wait_for_url(f"**q={typed}")
        page.screenshot(path=tmp_path / f"{typed}-{width}-{scheme}.png")
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    page.get_by_role("searchbox").fill("45-1187")
    page.wait_for_url("**q=45-1187")
    page.locator("a.row", has_text="finn").click()
    page.locator("h1", has_text="finn").wait_for()
    page.screenshot(path=tmp_path / f"opened-{width}-{scheme}.png")
    context.close()
