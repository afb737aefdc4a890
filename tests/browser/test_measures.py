"""The measures in Chromium: from a bar to the conversation behind it, on a wide screen and a phone, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Running, Watch

MEASURES = "/b/fjellro/measures/"


def asked(page: Page, running: Running, who: str) -> None:
    """A customer has written, and the desk has it."""
    running.world.say("plaza", who, "@fjellro do you repair zips?")
    page.goto("/b/fjellro/")
    page.locator("a.row", has_text=who).first.wait_for()


def test_a_bar_and_a_number_open_the_waits_behind_them(desk: BrowserContext, running: Running, watch: Watch) -> None:
    page = watch.over(desk.new_page())
    asked(page, running, "petra")
    page.get_by_role("link", name="Measures").click()
    expect(page.get_by_text("days and hours of Europe/Oslo")).to_be_visible()
    bar = page.locator("section.chart").first.locator("a:has(> .part-waiting)").last
    many = bar.get_attribute("data-n")
    bar.click()
    expect(page.locator(f'[data-total="{many}"]')).to_be_visible()
    expect(page.locator("a.row[aria-current]")).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator("a.row").first).to_be_focused()
    page.locator("a.row", has_text="petra").press("Enter")
    page.locator("h1", has_text="petra").wait_for()
    expect(page.locator(".said-body", has_text="do you repair zips?")).to_be_visible()


def test_the_numbers_behind_a_plot_are_reached_by_keyboard(
    desk: BrowserContext, running: Running, watch: Watch
) -> None:
    page = watch.over(desk.new_page())
    asked(page, running, "ines")
    page.goto(MEASURES)
    chart = page.locator("section.chart").first
    chart.get_by_text("The numbers").focus()
    page.keyboard.press("Enter")
    table = chart.get_by_role("table")
    expect(table).to_be_visible()
    number = table.locator("a.number").last
    many = number.inner_text()
    number.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f'[data-total="{many}"]')).to_be_visible()


def test_the_file_for_a_spreadsheet_is_loaded(desk: BrowserContext, running: Running, tmp_path: Path) -> None:
    page = desk.new_page()
    asked(page, running, "bo")
    page.goto(MEASURES)
    with page.expect_download() as loading:
        page.get_by_role("link", name="By channel").click()
    loading.value.save_as(tmp_path / "measures.csv")
    assert (tmp_path / "measures.csv").read_text("utf-8-sig").startswith("channel,inbound,outbound,needed_answer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_pictures_of_the_measures(
    browser: Browser, running: Running, signed_in: Any, tmp_path: Path, scheme: Any, width: int, watch: Watch
) -> None:
    context = browser.new_context(
        base_url=running.url, storage_state=signed_in, viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    page = watch.over(context.new_page())
    asked(page, running, "una")
    for name, address in {"measures": MEASURES, "waits": f"{MEASURES}waits?from=&to="}.items():
        page.goto(address)
        for closed in page.locator("main summary").all():
            closed.click()
        page.screenshot(path=tmp_path / f"{name}-{width}-{scheme}.png", full_page=True)
        sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not sideways
    context.close()
