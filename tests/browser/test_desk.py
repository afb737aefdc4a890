"""The desk as a person uses it, in Chromium, with a customer on a network at the other end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import Running, Watch

DESK = "/b/fjellro/"


def opened(page: Page, customer: str) -> Page:
    """The customer's case, opened from the list."""
    page.goto(DESK)
    page.locator("a.row", has_text=customer).click()
    page.locator("h1", has_text=customer).wait_for()
    return page


def test_a_customers_message_is_answered_and_two_tabs_see_everything(
    desk: BrowserContext, running: Running, watch: Watch
) -> None:
    here, there = watch.over(desk.new_page()), watch.over(desk.new_page())
    here.goto(DESK)
    there.goto(DESK)
    running.world.say("meadow", "kari", "@fjellro where is my parcel?")
    for page in (here, there):
        page.locator("a.row", has_text="where is my parcel?").wait_for()
        page.locator("a.row", has_text="kari").click()
        page.get_by_text("Needs an answer", exact=True).wait_for()
    area = here.locator(".composer-text")
    area.fill("It is on its way, Kari.")
    expect(here.locator(".composer-state")).to_have_text("Draft kept")
    area.press("Control+Enter")
    here.get_by_role("button", name="Undo send").click()
    expect(here.locator(".composer-text")).to_have_value("It is on its way, Kari.")
    assert running.world.standing("meadow", "fjellro") == []
    here.locator(".composer-send").dblclick()
    for page in (here, there):
        page.get_by_text("answered after").wait_for()
        expect(page.locator(".said-pending")).to_have_count(0)
        expect(page.locator("a.row", has_text="kari")).to_have_count(0)
    assert [post["text"] for post in running.world.standing("meadow", "fjellro")] == ["It is on its way, Kari."]


def test_what_is_being_typed_survives_news_and_a_lost_connection(
    desk: BrowserContext, running: Running, watch: Watch
) -> None:
    first = running.world.say("meadow", "ola", "@fjellro is the shop open?")
    page = desk.new_page()
    page.goto(DESK)
    page.locator("a.row", has_text="ola").wait_for()
    watch.over(opened(page, "ola"))
    page.locator(".composer-text").press_sequentially("We are ")
    running.world.say("meadow", "ola", "@fjellro hello?", parent=first["id"])
    page.get_by_text("hello?").nth(1).wait_for()
    page.locator(".composer-text").press_sequentially("open.")
    expect(page.locator(".composer-text")).to_have_value("We are open.")
    expect(page.locator(".composer-text")).to_be_focused()
    watch.complaints.clear()
    expect(page.locator(".composer-state")).to_have_text("Draft kept")
    page.reload()
    expect(page.locator(".composer-text")).to_have_value("We are open.")


def test_words_that_could_not_be_kept_are_kept_when_the_line_is_back(desk: BrowserContext, running: Running) -> None:
    running.world.say("meadow", "per", "@fjellro are you there?")
    page = desk.new_page()
    page.goto(DESK)
    page.locator("a.row", has_text="per").wait_for()
    opened(page, "per")

    def cut(route: Route) -> None:
        route.abort()

    page.route("**/draft", cut)
    page.locator(".composer-text").fill("Yes")
    expect(page.locator(".composer-state")).to_have_text("Not kept: no connection")
    page.unroute("**/draft", cut)
    expect(page.locator(".composer-state")).to_have_text("Draft kept")


def test_a_tab_that_was_overtaken_shows_both_texts(
    browser: Browser, desk: BrowserContext, running: Running, signed_in: Any
) -> None:
    running.world.say("chirp", "eva", "@fjellro do you ship to Iceland?")
    page = desk.new_page()
    page.goto(DESK)
    page.locator("a.row", has_text="eva").wait_for()
    opened(page, "eva")
    elsewhere = browser.new_context(base_url=running.url, storage_state=signed_in)
    other = opened(elsewhere.new_page(), "eva")
    page.route("**/draft", lambda route: route.abort())
    page.locator(".composer-text").fill("No, sorry.")
    other.locator(".composer-text").fill("Yes, we do!")
    expect(other.locator(".composer-state")).to_have_text("Draft kept")
    page.unroute("**/draft")
    expect(page.locator("[data-other]")).to_have_text("Yes, we do!")
    expect(page.locator(".composer-text")).to_have_value("No, sorry.")
    page.get_by_role("button", name="Use the newer words").click()
    expect(page.locator(".composer-text")).to_have_value("Yes, we do!")
    elsewhere.close()


def test_close_and_undo_from_the_toast(desk: BrowserContext, running: Running, watch: Watch) -> None:
    running.world.say("plaza", "mia", "@fjellro nice weather today")
    page = watch.over(desk.new_page())
    page.goto(DESK)
    page.locator("a.row", has_text="mia").wait_for()
    opened(page, "mia")
    page.keyboard.press("e")
    page.get_by_label("Reason").first.select_option("nothing_to_answer")
    page.get_by_role("button", name="Close case").click()
    expect(page.locator("a.row", has_text="mia")).to_have_count(0)
    page.locator("[data-toast]").get_by_role("button", name="Undo").click()
    page.locator("a.row", has_text="mia").wait_for()
    expect(page.get_by_text("Needs an answer", exact=True)).to_be_visible()


def test_the_keyboard_is_enough(desk: BrowserContext, running: Running, watch: Watch) -> None:
    running.world.say("meadow", "nils", "@fjellro one question")
    page = watch.over(desk.new_page())
    page.goto(DESK)
    page.locator("a.row", has_text="nils").wait_for()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator("a.row").first).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".case-title").wait_for()
    page.keyboard.press("r")
    expect(page.locator(".composer-text").first).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.get_by_role("button", name="Give back").wait_for()


def test_everything_works_without_script(browser: Browser, running: Running, signed_in: Any) -> None:
    running.world.say("meadow", "tor", "@fjellro is this on sale?")
    context = browser.new_context(base_url=running.url, storage_state=signed_in, java_script_enabled=False)
    page = context.new_page()
    row = page.locator("a.row", has_text="tor")
    for _ in range(30):
        page.goto(DESK)
        if row.count():
            break
        page.wait_for_timeout(500)
    row.click()
    page.get_by_role("button", name="Take").click()
    page.get_by_role("button", name="Give back").wait_for()
    page.locator(".composer-text").fill("Yes, until Sunday.")
    page.locator(".composer-send").click()
    page.get_by_role("button", name="Undo send").click()
    expect(page.locator(".composer-text")).to_have_value("Yes, until Sunday.")
    page.locator(".composer-send").click()
    page.get_by_text("Sending …").wait_for()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_pictures_of_the_desk(
    browser: Browser, running: Running, signed_in: Any, tmp_path: Path, scheme: Any, width: int, watch: Watch
) -> None:
    running.world.say("meadow", "long", "@fjellro " + "Menneskerettighetsorganisasjonsmedarbeider" * 6)
    context = browser.new_context(
        base_url=running.url, storage_state=signed_in, viewport={"width": width, "height": 844}, color_scheme=scheme
    )
    page = watch.over(context.new_page())
    page.goto(DESK)
    page.locator("a.row", has_text="long").first.wait_for()
    page.screenshot(path=tmp_path / f"list-{width}-{scheme}.png")
    page.locator("a.row", has_text="long").first.click()
    page.locator(".composer").wait_for()
    page.screenshot(path=tmp_path / f"case-{width}-{scheme}.png")
    sideways = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not sideways
    context.close()


def test_a_refused_picture_says_why_and_goes_on_saying_it(
    desk: BrowserContext, running: Running, tmp_path: Path
) -> None:
    running.world.say("meadow", "siv", "@fjellro a picture?")
    page = desk.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(DESK)
    page.locator("a.row", has_text="siv").wait_for()
    opened(page, "siv")
    page.locator(".composer-text").fill("Look:")
    expect(page.locator(".composer-state")).to_have_text("Draft kept")
    page.locator("summary", has_text="Picture").click()
    (tmp_path / "lie.png").write_text("no picture")
    page.set_input_files("input[type=file]", tmp_path / "lie.png")
    with page.expect_response("**/panes*"):  # the kept draft is news to every open page, this one too
        page.get_by_role("button", name="Add picture").click()
    page.wait_for_timeout(500)
    expect(page.get_by_text("no picture we can read")).to_be_visible()
    assert [said for said in complaints if "422" not in said] == []


def test_what_the_server_could_not_do_is_said(desk: BrowserContext, running: Running) -> None:
    running.world.say("meadow", "liv", "@fjellro hello")
    page = desk.new_page()
    page.goto(DESK)
    page.locator("a.row", has_text="liv").wait_for()
    opened(page, "liv")
    page.route("**/take", lambda route: route.fulfill(status=500, headers={"X-Request-ID": "abc123"}))
    page.get_by_role("button", name="Take").click()
    expect(page.locator("#troubles")).to_contain_text("abc123")
    page.unroute("**/take")
    page.route("**/take", lambda route: route.abort())
    page.get_by_role("button", name="Take").click()
    expect(page.locator("#lost")).to_be_visible()
    page.unroute("**/take")
    page.get_by_role("button", name="Take").click()
    page.get_by_role("button", name="Give back").wait_for()
    expect(page.locator("#lost")).to_be_hidden()


def test_a_form_that_is_too_old_leaves_the_conversation_standing(desk: BrowserContext, running: Running) -> None:
    running.world.say("meadow", "ida", "@fjellro hello")
    page = desk.new_page()
    page.goto(DESK)
    page.locator("a.row", has_text="ida").wait_for()
    opened(page, "ida")
    desk.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="Take").click()
    expect(page.locator("#troubles")).to_contain_text("Load the page again")
    expect(page.locator("h1", has_text="ida")).to_be_visible()


def test_every_tab_of_the_list_can_be_seen(desk: BrowserContext) -> None:
    page = desk.new_page()
    page.goto(DESK)
    for width in (1440, 1000, 390):
        page.set_viewport_size({"width": width, "height": 800})
        pane = page.locator(".pane-queue").bounding_box()
        last = page.locator(".tab").last.bounding_box()
        assert pane
        assert last
        assert last["x"] + last["width"] <= pane["x"] + pane["width"]
