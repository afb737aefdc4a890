"""Bluesky passes what every channel must pass, on a real network, with a proxy before it that fails on demand."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from answerable.channels.bluesky.adapter import Bluesky
from answerable.channels.contract import Channel, Incoming
from testbed.bluesky_network import Network, Person, free_ports, patiently
from testbed.faulty_proxy import Fault, FaultyProxy
from tests.channels import acceptance
from tests.channels.acceptance import Standing
from tests.channels.bluesky.networks import network as running

pytestmark = pytest.mark.real


@dataclass
class BlueskyHarness:
    """A brand, four customers, and a data server behind a faulty proxy."""

    brand: Person
    customers: Sequence[Person]
    proxy: FaultyProxy
    channel: Channel = field(default_factory=Bluesky)
    network: str = "bluesky"
    allow_hosts: tuple[str, ...] = ("127.0.0.1",)
    patience: float = 20.0
    longest: int = 240

    def __post_init__(self) -> None:
        self.passwords = 0
        self.password = ""

    def values(self) -> dict[str, str]:
        if not self.password:
            self.passwords += 1
            self.password = self.brand.app_password(f"desk {self.passwords}")
        return {"handle": self.brand.handle, "password": self.password, "service": self.proxy.address}

    def wrong_password(self) -> dict[str, str]:
        return self.values() | {"password": "aaaa-bbbb-cccc-dddd"}

    def unknown_handle(self) -> dict[str, str]:
        return self.values() | {"handle": "nobody.test"}

    def unreachable(self) -> dict[str, str]:
        return self.values() | {"service": f"http://127.0.0.1:{free_ports(1)[0]}"}

    def customer_posts(self, text: str, *, mention: bool = True, claimed_at: str | None = None, who: int = 0) -> str:
        return self.customers[who].post(text, created_at=claimed_at, mention=self.brand if mention else None)

    def customer_replies(self, parent: str, text: str, *, mention: bool = False, who: int = 0) -> str:
        return self.customers[who].reply(parent, text, mention=self.brand if mention else None)

    def customer_quotes(self, quoted: str, text: str) -> str:
        return self.customers[0].quote(quoted, text)

    def customer_posts_picture(self, text: str, alt: str) -> str:
        return self.customers[0].post_image(text, acceptance.Pictures.PNG, alt, mention=self.brand)

    def customer_deletes(self, external_id: str) -> None:
        """Deletes, and waits until everybody sees that: the app view lags behind the data server."""
        self.customers[0].delete(external_id)
        patiently(lambda: self._gone(external_id))

    def _gone(self, external_id: str) -> None:
        try:
            self.customers[0].shown(external_id)
        except LookupError:
            return
        raise LookupError(f"{external_id} is still shown")

    def brand_posts_elsewhere(self, text: str, parent: str | None = None) -> str:
        return self.brand.reply(parent, text) if parent else self.brand.post(text)

    def standing_replies(self, parent: str) -> Sequence[Standing]:
        return [Standing(one["uri"], one["value"]["text"]) for one in self.brand.posts() if _parent(one) == parent]

    def alt_texts(self, external_id: str) -> Sequence[str]:
        return [image["alt"] for image in self.brand.record(external_id)["value"]["embed"]["images"]]

    def break_token(self) -> None:
        self.proxy.kill_tokens()
        self.brand.revoke(f"desk {self.passwords}")
        self.password = ""

    def limit_next(self, retry_after: float | None) -> None:
        reset = {"RateLimit-Reset": str(int(time.time() + retry_after))} if retry_after else {}
        body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        self.proxy.fail_next(Fault(429, body, reset))

    def refuse_next(self) -> None:
        self.proxy.fail_next(Fault(400, {"error": "InvalidRequest", "message": "Invalid app.bsky.feed.post record"}))

    def time_out_before_effect(self) -> None:
        self.proxy.fail_next(Fault())

    def time_out_after_effect(self) -> None:
        self.proxy.fail_next(Fault(arrives=True))

    def service_down(self) -> AbstractContextManager[None]:
        return self.proxy.down()

    def malformed(self) -> Incoming:
        body = json.dumps({"why": "mention", "told": True, "post": {"uri": "at://x", "author": {}, "record": 7}})
        return Incoming("post", "at://x", body, key="mention:at://x")

    def with_unknown_fields(self, incoming: Incoming) -> Incoming:
        return replace(incoming, body=json.dumps(_with_more(json.loads(incoming.body))))


def _parent(record: dict[str, Any]) -> str:
    return str(record["value"].get("reply", {}).get("parent", {}).get("uri", ""))


def _with_more(found: Any) -> Any:
    """Every object gets a field that nobody knows."""
    if isinstance(found, dict):
        return {**{name: _with_more(value) for name, value in found.items()}, "neverHeardOf": {"x": [1]}}
    return [_with_more(one) for one in found] if isinstance(found, list) else found


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with running() as network:
        yield network


@pytest.fixture(scope="module")
def proxy(network: Network) -> Iterator[FaultyProxy]:
    proxy = FaultyProxy(network.pds)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def customers(network: Network) -> Sequence[Person]:
    return [network.person(name) for name in ("carol", "dan", "erin")]


@pytest.fixture
def harness(network: Network, proxy: FaultyProxy, customers: Sequence[Person]) -> BlueskyHarness:
    return BlueskyHarness(network.person("brand"), customers, proxy)


class TestBluesky(
    acceptance.Spine,
    acceptance.Threads,
    acceptance.Quotes,
    acceptance.KeyedRetry,
    acceptance.TakesDown,
    acceptance.Pictures,
):
    # "yesterday" is left out: the network itself drops a record whose time is no time, and shows it to nobody.
    @pytest.mark.parametrize("claim", ["1969-12-31T23:59:59Z", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z"])
    def test_an_absurd_clock_of_the_author_stops_nothing(
        self, harness: acceptance.Harness, ears: acceptance.Ears, claim: str
    ) -> None:
        super().test_an_absurd_clock_of_the_author_stops_nothing(harness, ears, claim)

    def test_the_network_shows_nobody_a_time_that_is_none(self, harness: BlueskyHarness) -> None:
        uri = harness.customer_posts("What time is it?", claimed_at="yesterday")
        later = harness.customer_posts("And now?")
        patiently(lambda: harness.customers[1].shown(later))
        with pytest.raises(LookupError):
            harness.customers[1].shown(uri)
