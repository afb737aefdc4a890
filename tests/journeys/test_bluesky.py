"""A real Bluesky network, a whole desk, a real browser: a customer asks, and is answered once, whatever fails between."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from testbed import bluesky_network as bluesky
from testbed.faulty_proxy import WRITES, Fault, FaultyProxy
from tests.app import desks
from tests.channels.bluesky.networks import network as networks
from tests.journeys import pages
from tests.journeys.pages import Album, eventually, open_case, row, said

pytestmark = [pytest.mark.real, pytest.mark.browser]
BRAND = "nordlys"


@dataclass
class Stage:
    """A network, a faulty line to it, a desk, and an admin at it."""

    network: bluesky.Network
    line: FaultyProxy
    desk: desks.Desk
    admin: pages.Person
    first: Page  # what the admin saw after signing in by the link that was printed

    def command(self, *arguments: str) -> str:
        """A command beside the running desk."""
        done = desks.command(self.desk.data, *arguments, ANSWERABLE_PORT=str(urlsplit(self.desk.url()).port))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def brand(self) -> bluesky.Person:
        """A brand's account on the network, connected at the desk through the faulty line."""
        made = self.network.person("brand")
        page = self.admin.connect(BRAND, made.handle, made.app_password("desk"), self.line.address)
        expect(page.get_by_text(f"{made.handle} is connected.")).to_be_visible()
        page.close()
        return made

    def desk_page(self) -> Page:
        return self.admin.page(f"/b/{BRAND}/")

    def account_page(self, brand: bluesky.Person) -> Page:
        page = self.admin.page(f"/b/{BRAND}/accounts/")
        page.get_by_role("link", name=brand.handle).click()
        expect(page.get_by_role("heading", name=brand.handle)).to_be_visible()
        return page


@pytest.fixture(scope="module")
def stage(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Everything, with a newcomer who signed in and has a brand."""
    settings = {"ANSWERABLE_ALLOW_HOSTS": "127.0.0.1,localhost", "ANSWERABLE_RECALL_SECONDS": "1"}
    album = Album(tmp_path_factory.mktemp("bluesky-pictures"))
    with networks() as network, desks.directory() as data, desks.running(data, **settings) as desk:
        line = FaultyProxy(network.pds)
        with pages.kept(album, desk, "desk.log"), pages.person(chromium, desk, album) as admin:
            stage = Stage(network, line, desk, admin, admin.sign_in(pages.link_in(desk.said())))
            admin.see(stage.first, "no-brand-yet")
            stage.command("brand", "Nordlys")
            yield stage
        line.close()


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "PNG")
    return out.getvalue()


def texts(person: bluesky.Person) -> list[str]:
    """What stands of a person on the network, newest first."""
    return [str(one["value"]["text"]) for one in person.posts()]


def once(person: bluesky.Person, text: str) -> None:
    """The text comes to stand on the network, and stands there once."""
    eventually(lambda: text in texts(person), f"{text!r} does not stand on the network")
    assert texts(person).count(text) == 1


def test_a_newcomer_connects_hears_and_answers(stage: Stage) -> None:
    admin, network = stage.admin, stage.network
    stage.first.goto(f"{admin.home}/")
    stage.first.wait_for_url(f"**/b/{BRAND}/")
    admin.see(stage.first, "empty-desk")
    stage.first.get_by_role("link", name="Connect your first account").click()
    stage.first.get_by_role("link", name="Bluesky").click()

    brand, customer = network.person("brand"), network.person("customer")
    password = brand.app_password("desk")
    _connects_after_some_errors(stage, brand, password)

    desk, other = stage.desk_page(), stage.desk_page()
    question = customer.post_image(
        "My lamp arrived like this.", picture("orange"), "A lamp in two halves", mention=brand
    )
    for page in (desk, other):
        expect(row(page, "My lamp arrived like this.")).to_be_visible()
    admin.see(desk, "arrived")
    open_case(desk, "My lamp arrived like this.")
    image = desk.get_by_role("img", name="A lamp in two halves")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.complete && image.naturalWidth > 0")
    assert str(image.get_attribute("src")).startswith(f"/b/{BRAND}/files/"), "customers' pictures are never hot-linked"
    expect(desk.locator("#case")).to_contain_text("Needs an answer")
    admin.see(desk, "opened")

    text = f"So sorry, @{customer.handle}! A new one leaves today: https://nordlys.example/lamps 💡"
    open_case(other, "My lamp arrived like this.")
    pages.answer(desk, text)
    admin.see(desk, "sending")
    once(brand, text)
    for page in (desk, other):
        expect(page.locator("#case .wait-ended")).to_contain_text("answered after")
        expect(said(page, "A new one leaves today")).to_have_count(1)
    expect(row(desk, "My lamp arrived like this.")).to_have_count(0)
    admin.see(desk, "answered")
    (post,) = _answers(customer, question)
    assert (post["author"]["handle"], post["record"]["text"]) == (brand.handle, text)
    features = [one["features"][0] for one in post["record"]["facets"]]
    assert [one.get("did") or one.get("uri") for one in features] == [customer.did, "https://nordlys.example/lamps"]

    # The brand's own app is another way to answer.
    second = customer.post("And do you mend old lamps too?", mention=brand)
    expect(row(other, "And do you mend old lamps too?")).to_be_visible()
    open_case(other, "And do you mend old lamps too?")
    brand.reply(second, "We do, bring it to the shop. (written in the app)")
    expect(said(other, "written in the app")).to_be_visible()
    expect(said(other, "And do you mend old lamps too?").locator(".wait-ended")).to_contain_text("answered after")
    admin.see(other, "answered-in-the-app")
    assert len(texts(brand)) == 2
    _nothing_broke(stage, desk, other)


def _connects_after_some_errors(stage: Stage, brand: bluesky.Person, password: str) -> None:
    page, service = stage.first, stage.line.address
    nowhere = f"http://127.0.0.1:{bluesky.free_ports(1)[0]}"
    for name, handle, word, address, told in (
        ("no-such-handle", "nobody-at-all.test", password, service, "does not know nobody-at-all.test"),
        ("half-a-handle", "nordlys", password, service, "“nordlys” is not a whole handle"),
        ("wrong-password", brand.handle, "aaaa-bbbb-cccc-dddd", service, f"does not know {brand.handle}"),
        ("unreachable", brand.handle, password, nowhere, f"{nowhere} cannot be reached"),
        ("forbidden-address", brand.handle, password, "http://10.1.2.3", "10.1.2.3"),
    ):
        pages.fill_account(page, handle, word, address)
        expect(page.get_by_role("alert")).to_contain_text(told)
        expect(page.get_by_label("Handle")).to_have_value(handle)
        expect(page.get_by_label("App password")).to_have_value("")
        stage.admin.see(page, name)
    pages.fill_account(page, f"@{brand.handle}", password, service)
    expect(page.get_by_text(f"{brand.handle} is connected.")).to_be_visible()
    expect(page.locator(".card", has_text=brand.handle)).to_contain_text("Connected")
    stage.admin.see(page, "connected")


def _answers(customer: bluesky.Person, question: str) -> list[bluesky.Json]:
    """The posts that the customer's app shows under the question, when it shows any."""

    def shown() -> list[bluesky.Json]:
        return [one["post"] for one in customer.thread(question).get("replies", []) if "post" in one]

    eventually(lambda: bool(shown()), "the customer sees no answer")
    return shown()


def _nothing_broke(stage: Stage, *open_pages: Page) -> None:
    assert stage.admin.complaints == []
    for page in open_pages:
        page.close()


def test_what_is_deleted_and_what_is_taken_down(stage: Stage) -> None:
    brand, customer = stage.brand(), stage.network.person("customer")
    desk = stage.desk_page()
    question = customer.post("Which bulb fits the Aurora?", mention=brand)
    open_case(desk, "Which bulb fits the Aurora?")
    pages.answer(desk, "An E27 of at most 40 watts.")
    once(brand, "An E27 of at most 40 watts.")
    expect(desk.locator("#case .wait-ended")).to_contain_text("answered after")

    reply = customer.reply(brand.posts()[0]["uri"], "And an E14 with an adapter?")
    expect(said(desk, "And an E14 with an adapter?")).to_contain_text("Needs an answer")
    customer.delete(reply)
    gone = said(desk, "And an E14 with an adapter?")
    expect(gone).to_contain_text("Deleted by its author")
    expect(gone).to_contain_text("withdrawn by its author")
    stage.admin.see(desk, "deleted-by-its-author")

    pages.take_down(desk, "An E27 of at most 40 watts.", "It is an E14")
    expect(said(desk, "An E27 of at most 40 watts.")).to_contain_text("Taken down")
    eventually(lambda: not texts(brand), "the reply still stands on the network")
    expect(said(desk, "Which bulb fits the Aurora?")).to_contain_text("Needs an answer")
    expect(row(desk, "Which bulb fits the Aurora?")).to_be_visible()
    stage.admin.see(desk, "taken-down")

    pages.answer(desk, "An E14, and forgive the mix-up.")
    once(brand, "An E14, and forgive the mix-up.")
    expect(said(desk, "Which bulb fits the Aurora?").locator(".wait-ended")).to_contain_text("answered after")
    assert [one["record"]["text"] for one in _answers(customer, question)] == ["An E14, and forgive the mix-up."]
    _nothing_broke(stage, desk)


def test_a_dead_token_loses_nothing(stage: Stage) -> None:
    brand, customer = stage.brand(), stage.network.person("customer")
    desk = stage.desk_page()
    customer.post("Is the shop open on Sunday?", mention=brand)
    open_case(desk, "Is the shop open on Sunday?")

    account = stage.account_page(brand)
    brand.revoke("desk")
    stage.line.kill_tokens()
    expect(account.locator("#account")).to_contain_text("In trouble")
    expect(account.locator("#account")).to_contain_text("An admin must connect this account again.")
    stage.admin.see(account, "token-died")

    customer.post("I mean the one in Tromsø.", mention=brand)
    pages.answer(desk, "Yes, from noon to five.")
    pending = said(desk, "Yes, from noon to five.")
    expect(pending).to_contain_text("It was not sent.")
    expect(pending).to_contain_text("An admin must connect this account again.")
    stage.admin.see(desk, "not-sent")
    assert texts(brand) == []

    account.get_by_role("link", name="Connect again").click()
    expect(account.get_by_label("Handle")).to_have_value(brand.handle)
    expect(account.get_by_label("Service address")).to_have_value(stage.line.address)
    account.get_by_label("App password").fill(brand.app_password("desk again"))
    account.get_by_role("button", name="Connect").click()
    expect(account.get_by_text(f"{brand.handle} is connected.")).to_be_visible()
    expect(account.locator(".card", has_text=brand.handle)).to_contain_text("Connected")
    expect(row(desk, "I mean the one in Tromsø.")).to_be_visible()
    stage.admin.see(desk, "back-filled")

    pending.get_by_role("button", name="Try again").click()
    once(brand, "Yes, from noon to five.")
    expect(said(desk, "Is the shop open on Sunday?").locator(".wait-ended")).to_contain_text("answered after")
    _nothing_broke(stage, desk, account)


def test_a_limit_is_waited_for(stage: Stage) -> None:
    brand, customer = stage.brand(), stage.network.person("customer")
    desk = stage.desk_page()
    customer.post("How long is the cable?", mention=brand)
    open_case(desk, "How long is the cable?")
    limit = Fault(429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, {"Retry-After": "6"})
    stage.line.fail_next(limit, *WRITES)
    before = dict(stage.line.calls)
    pages.answer(desk, "Two metres.")
    pending = said(desk, "Two metres.")
    expect(pending).to_contain_text("Bluesky asks us to slow down.")
    expect(pending).to_contain_text("Trying again")
    stage.admin.see(desk, "put-off")
    assert texts(brand) == []
    once(brand, "Two metres.")
    expect(said(desk, "How long is the cable?").locator(".wait-ended")).to_contain_text("answered after")
    writes = sum(stage.line.calls.get(name, 0) - before.get(name, 0) for name in WRITES)
    assert writes == 2, "one that was put off, one that arrived"
    assert texts(brand) == ["Two metres."]
    _nothing_broke(stage, desk)


def test_a_service_that_is_down_for_a_while(stage: Stage) -> None:
    brand, customer = stage.brand(), stage.network.person("customer")
    desk = stage.desk_page()
    customer.post("Can I return it without the box?", mention=brand)
    open_case(desk, "Can I return it without the box?")
    with stage.line.down():
        customer.post("And the bulbs with it?", mention=brand)
        pages.answer(desk, "Yes, both, within a month.")
        expect(said(desk, "Yes, both, within a month.")).to_contain_text("The Bluesky service cannot be reached.")
        stage.admin.see(desk, "down")
        assert texts(brand) == []
    once(brand, "Yes, both, within a month.")
    expect(said(desk, "Can I return it without the box?").locator(".wait-ended")).to_contain_text("answered after")
    expect(row(desk, "And the bulbs with it?")).to_be_visible()
    stage.admin.see(desk, "up-again")
    assert texts(brand) == ["Yes, both, within a month."]
    _nothing_broke(stage, desk)


def test_an_answer_that_was_lost_on_the_way_stands_once(stage: Stage) -> None:
    """The network took the reply and broke the line before it said so."""
    brand, customer = stage.brand(), stage.network.person("customer")
    desk = stage.desk_page()
    customer.post("Does it dim?", mention=brand)
    open_case(desk, "Does it dim?")
    stage.line.fail_next(Fault(arrives=True), *WRITES)
    pages.answer(desk, "It does, down to a glimmer.")
    expect(said(desk, "Does it dim?").locator(".wait-ended")).to_contain_text("answered after")
    once(brand, "It does, down to a glimmer.")
    expect(said(desk, "It does, down to a glimmer.")).to_have_count(1)
    stage.admin.see(desk, "found-again")
    _nothing_broke(stage, desk)
