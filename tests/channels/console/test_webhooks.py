"""Delivery by webhook: signed, in order, until it is taken; and what may go wrong with it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

from answerable.channels.console.adapter import Console
from answerable.channels.console.server import ConsoleServer
from answerable.channels.contract import BadSignature, ChannelError, Link, Symbol, Unreadable, Webhook
from answerable.core import clock
from tests.channels.acceptance import Ears, connect, failure
from tests.channels.console.harness import BRAND, ConsoleHarness

PATIENCE = 20.0  # seconds until a delivery that does not come is a failure


@dataclass
class Edge:
    """A webhook edge as the desk has one: takes what comes, answers what it is told to answer."""

    url: str = ""
    taken: queue.Queue[Webhook] = field(default_factory=queue.Queue)
    statuses: list[int] = field(default_factory=list)  # the next answers; 204 when there are none
    challenge: bytes | None = None
    asked: list[Webhook] = field(default_factory=list)

    def next(self) -> Webhook:
        return self.taken.get(timeout=PATIENCE)


@pytest.fixture
def edge() -> Iterator[Edge]:
    edge = Edge()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            edge.taken.put(self._hook())
            self.send_response(edge.statuses.pop(0) if edge.statuses else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            hook = self._hook()
            edge.asked.append(hook)
            body = edge.challenge if edge.challenge is not None else hook.query["console.challenge"].encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def _hook(self) -> Webhook:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            query = dict(parse_qsl(urlsplit(self.path).query))
            return Webhook(self.command, headers, query, body, clock.now())

        def log_message(self, *args: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    edge.url = f"http://127.0.0.1:{listener.server_address[1]}/hook"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield edge
    listener.shutdown()
    listener.server_close()
    thread.join()


@pytest.fixture
def harness(server: ConsoleServer) -> ConsoleHarness:
    return ConsoleHarness(server, "chirp")


@pytest.fixture
def link(harness: ConsoleHarness, edge: Edge) -> Link:
    link = connect(harness)
    harness.world.webhook("chirp", BRAND, edge.url)
    return link


def objects(hook: Webhook) -> list[str]:
    return [event.object_id for event in Console().split(hook.body)]


def test_a_message_is_delivered_signed(harness: ConsoleHarness, link: Link, edge: Edge) -> None:
    post = harness.customer_posts("Hello")
    hook = edge.next()
    Console().verify(hook, link.secret)
    assert objects(hook) == [post]


def test_registering_shakes_hands(harness: ConsoleHarness, edge: Edge) -> None:
    link = connect(harness)
    Console().subscribe(link, edge.url)
    assert Console().handshake(edge.asked[0], link.secret) == edge.asked[0].query["console.challenge"].encode()
    post = harness.customer_posts("Hello")
    assert objects(edge.next()) == [post]


def test_an_edge_that_fails_the_handshake_gets_nothing(harness: ConsoleHarness, edge: Edge) -> None:
    link, edge.challenge = connect(harness), b"something else"
    assert failure(lambda: Console().subscribe(link, edge.url)).symbol is Symbol.REFUSED
    assert harness.world.state()["webhooks"] == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://127.0.0.1:1/nobody"])
def test_an_address_that_cannot_be_asked_is_said(harness: ConsoleHarness, url: str) -> None:
    with pytest.raises(ChannelError, match=r"webhook|asked"):
        Console().subscribe(connect(harness), url)


def test_a_network_that_only_polls_takes_no_webhook(server: ConsoleServer, edge: Edge) -> None:
    harness = ConsoleHarness(server, "meadow")
    assert failure(lambda: Console().subscribe(connect(harness), edge.url)).symbol is Symbol.REFUSED


def test_an_untaken_delivery_comes_again_in_order(harness: ConsoleHarness, link: Link, edge: Edge) -> None:
    edge.statuses = [500, 503]
    first = harness.customer_posts("one")
    assert objects(edge.next()) == [first]
    second = harness.customer_posts("two")
    heard: list[str] = []
    while second not in heard:
        heard += objects(edge.next())
    assert heard[0] == first
    assert heard.index(second) > heard.index(first)


def test_a_missed_webhook_is_in_the_poll(harness: ConsoleHarness, link: Link, edge: Edge) -> None:
    harness.world.fault("chirp", "event", "missed_webhook")
    missed = harness.customer_posts("one")
    told = harness.customer_posts("two")
    assert objects(edge.next()) == [told]
    ears = Ears(harness, link)
    ears.poll()
    assert {event.object_id for event in ears.heard.values()} == {missed, told}
    harness.world.replay("chirp", BRAND)
    assert objects(edge.next()) == [missed, told]


def test_a_replay_gives_the_same_keys(harness: ConsoleHarness, link: Link, edge: Edge) -> None:
    harness.customer_posts("one")
    first = edge.next()
    harness.world.replay("chirp", BRAND)
    again = edge.next()
    assert Console().split(first.body) == Console().split(again.body)


@pytest.mark.parametrize("kind", ["wrong_signature", "no_signature", "old_signature"])
def test_a_delivery_that_is_not_rightly_signed(harness: ConsoleHarness, link: Link, edge: Edge, kind: str) -> None:
    harness.world.fault("chirp", "webhook", kind)
    harness.customer_posts("one")
    with pytest.raises(BadSignature):
        Console().verify(edge.next(), link.secret)


def test_a_delivery_that_was_cut(harness: ConsoleHarness, link: Link, edge: Edge) -> None:
    harness.world.fault("chirp", "webhook", "malformed_batch")
    harness.customer_posts("one")
    hook = edge.next()
    Console().verify(hook, link.secret)
    with pytest.raises(Unreadable):
        Console().split(hook.body)


def test_a_delivery_that_comes_twice(harness: ConsoleHarness, link: Link, edge: Edge) -> None:
    harness.world.fault("chirp", "webhook", "redeliver")
    harness.customer_posts("one")
    assert edge.next().body == edge.next().body


def test_a_batch_is_cut_into_events(harness: ConsoleHarness, link: Link, edge: Edge) -> None:
    edge.statuses = [500]
    posts = [harness.customer_posts("one")]
    edge.next()
    posts += [harness.customer_posts("more") for _ in range(5)]
    heard: list[str] = []
    while len(heard) < len(posts):
        heard += objects(edge.next())
    assert [ident for n, ident in enumerate(heard) if ident not in heard[:n]] == posts


def test_deliveries_go_on_after_a_restart(
    harness: ConsoleHarness, link: Link, edge: Edge, server: ConsoleServer
) -> None:
    harness.customer_posts("one")
    edge.next()
    server.stop()
    server.start()
    post = harness.customer_posts("two")
    assert objects(edge.next()) == [post], "and only what is new"
