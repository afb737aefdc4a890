"""Twice the same click, two tabs, a page that never came, an echo before the receipt: one reply. By the real front door."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx
import pytest

from answerable.channels.verbs import connect
from answerable.config import processes
from tests.faults.agent import token
from tests.faults.house import House
from tests.faults.judge import Judge
from tests.faults.story import BRAND, NETWORKS, SWALLOWED, Story

pytestmark = pytest.mark.faults


def _at_once(told: Story, path: str, forms: list[dict[str, str]]) -> list[int]:
    """The same person's tabs send these forms at the same moment; 0 where no answer came."""
    client = told.anna.client
    page = f"/b/{told.house.team.brand.slug}/{path}"

    def send(fields: dict[str, str]) -> int:
        try:
            return client.post(page, data=fields, headers=told.anna.headers()).status_code
        except httpx.HTTPError:
            return 0

    with ThreadPoolExecutor(len(forms)) as threads:
        return list(threads.map(send, forms))


@pytest.mark.parametrize("network", NETWORKS)
def test_a_double_click(shared: Story, network: str) -> None:
    shared.answers(shared.asks(network), clicks=3)
    Judge(shared).settle()


@pytest.mark.parametrize("network", NETWORKS)
def test_clicks_at_the_same_moment(shared: Story, network: str) -> None:
    asked = shared.asks(network)
    path, fields = shared.form(asked)
    shared.anna.sign_in()
    assert _at_once(shared, path, [fields] * 6) == [302] * 6
    asked.outcome = "answered"
    Judge(shared).settle()


@pytest.mark.parametrize("network", NETWORKS)
def test_two_tabs(shared: Story, network: str) -> None:
    """Each with its own composer and the same words: one is sent, the other tab is told."""
    asked = shared.asks(network)
    path, fields = shared.form(asked)
    shared.anna.sign_in()
    tabs = [fields | {"token": token()} for _ in range(4)]
    assert sorted(_at_once(shared, path, tabs)) == [302, 409, 409, 409]
    asked.outcome = "answered"
    Judge(shared).settle()


@pytest.mark.parametrize("network", NETWORKS)
def test_a_page_that_never_came(shared: Story, network: str) -> None:
    """The web server dies while six clicks are on their way; then the click is made again."""
    asked = shared.asks(network)
    path, fields = shared.form(asked)
    shared.anna.sign_in()
    with ThreadPoolExecutor(1) as threads:
        clicks = threads.submit(_at_once, shared, path, [fields] * 6)
        shared.house.web.strike(1)
        assert set(clicks.result()) <= {0, 302, 500, 502, 503}
    shared.sends(asked, path, fields)
    Judge(shared).settle()


def _hit(house: House, point: str, hits: int) -> bool:
    return house.hits()[point] == hits


@pytest.mark.parametrize("network", NETWORKS)
def test_an_echo_before_the_receipt(shared: Story, network: str) -> None:
    """The network tells of our reply before it answers us; and once more, with the worker killed in between."""
    house, point = shared.house, "after send before receipt"
    for plan in ("", point):
        asked = shared.asks(network)
        shared.shown(asked)
        hits = house.hits()[point] + bool(plan)
        house.worker.again(plan)
        shared.world.fault(network, "reply", "echo_first")
        shared.answers(asked)
        house.wait(partial(_hit, house, point, hits), "the kill")
    Judge(shared).settle()


def test_an_answer_that_was_lost(shared: Story) -> None:
    """The reply is found by its key, or sent again under it: nobody needs to be asked."""
    asked = shared.asks(SWALLOWED)
    shared.world.fault(SWALLOWED, "reply", "broken_answer", times=2)
    shared.answers(asked)
    Judge(shared).settle()


def test_an_account_connected_while_the_web_server_is_away(shared: Story) -> None:
    """The network cannot shake hands with it then; later it can, and pushes come."""
    house = shared.house
    values = shared.world.brand("courier", BRAND, "secret-enough")
    house.web.kill()
    connect(house.team.seat(house.team.odd), "console", values)
    refused = "gets no pushes"
    before = house.worker.said(100_000).count(refused)
    for _ in range(50):  # nobody supervises, so nobody starts the web server before it is missed
        if house.worker.said(100_000).count(refused) > before:
            break
        processes.pause(0.1)
    assert house.worker.said(100_000).count(refused) > before
    hooks = house.wait(
        lambda: [one for one in shared.world.state()["webhooks"] if one["network"] == "courier"], "pushes"
    )
    assert hooks[0]["url"].startswith(house.address)
    Judge(shared).settle()
