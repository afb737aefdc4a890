"""What only a real network shows: its order of notifications, its limits, its blocks, its own idea of the same key twice.

The shared suite (test_acceptance.py) has the everyday; here is what is Bluesky's own.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from PIL import Image

from answerable.channels.bluesky import session, tid
from answerable.channels.contract import (
    Gone,
    JsonObject,
    Picture,
    Symbol,
)
from answerable.core import clock, http
from testbed.bluesky_network import POST, Network, Person, patiently, stamp
from tests.channels.bluesky.desks import ALLOWED, Desk, connected
from tests.channels.bluesky.networks import network as running

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with running() as network:
        yield network


@pytest.fixture
def desk(network: Network) -> Desk:
    return connected(network.person("brand"))


@pytest.fixture(scope="module")
def carol(network: Network) -> Person:
    return network.person("carol")


@pytest.fixture(scope="module")
def dan(network: Network) -> Person:
    return network.person("dan")


# ── hearing ──


def test_a_quiet_poll_sends_nothing(desk: Desk, carol: Person) -> None:
    desk.wait(carol.post("Hello", mention=desk.brand))
    for _ in range(3):
        page = desk.channel.poll(desk.link, desk.cursor, watch=(), now=clock.now())
        desk.cursor = page.cursor
        assert (page.events, page.more) == ([], False)
    assert len(json.dumps(desk.cursor)) < 20_000


def test_a_slow_clock_hides_nobody_and_makes_nobody_wait_longer(desk: Desk, carol: Person) -> None:
    """The network files a notification under the author's clock: the slow one's lies below all others."""
    for number in range(60):
        carol.post(f"Filling {number}", mention=desk.brand)
    desk.wait(carol.post("The last of them", mention=desk.brand))
    began = clock.now()
    slow = carol.post("Mine is slow", mention=desk.brand, created_at=stamp(-timedelta(days=30)))
    seen = desk.wait(slow, later=timedelta(minutes=6))
    assert seen.claimed_at is not None
    assert seen.claimed_at < began - timedelta(days=29)
    assert seen.indexed_at is not None
    assert seen.indexed_at > began - timedelta(minutes=1)


def test_what_stood_there_before_the_account_was_connected_is_not_heard(network: Network, carol: Person) -> None:
    brand = network.person("brand")
    old, key = stamp(-timedelta(days=30)), tid.encode(int((clock.now().timestamp() - 30 * 86400) * 1_000_000), 1)
    feature = {"$type": "app.bsky.richtext.facet#mention", "did": brand.did}
    facets = [{"index": {"byteStart": 0, "byteEnd": 4}, "features": [feature]}]
    record = {"$type": POST, "text": "long ago", "createdAt": old, "facets": facets}
    body = {"repo": carol.did, "collection": POST, "rkey": key, "record": record}
    uri = str(carol.call("POST", "com.atproto.repo.createRecord", json=body)["uri"])
    desk = connected(brand)
    desk.wait(carol.post("Today", mention=brand))
    for minutes in (0, 6, 12):
        desk.poll(later=timedelta(minutes=minutes))
    assert desk.seen(uri) == []


def test_a_reply_that_no_notification_told_of_is_found(desk: Desk, network: Network) -> None:
    """Of a muted person the network tells nothing, and still shows what he writes."""
    carol = network.person("carol")
    post = desk.brand.post("New tents are in.")
    desk.wait(post)
    patiently(lambda: desk.brand.shown(post))
    desk.brand.call("POST", "app.bsky.graph.muteActor", json={"actor": carol.did})
    reply = carol.reply(post, "How much?")
    patiently(lambda: carol.shown(reply))
    desk.poll()
    seen = desk.wait(reply, later=timedelta(minutes=2))
    assert (seen.told, seen.context, seen.parent_id) == (True, False, post)


def test_a_backlog_comes_in_page_by_page(desk: Desk, carol: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("answerable.channels.bluesky.told.MOST", 50)
    monkeypatch.setattr("answerable.channels.bluesky.told.DEEP", 50)
    desk.poll()
    posts = [carol.post(f"Many {number}", mention=desk.brand) for number in range(120)]
    patiently(lambda: carol.shown(posts[-1]))
    pages = 0
    while True:
        page = desk.channel.poll(desk.link, desk.cursor, watch=(), now=clock.now())
        desk.cursor, pages = json.loads(json.dumps(page.cursor)), pages + 1
        desk.heard |= {str(event.key): event for event in page.events}
        if not page.more:
            break
    desk.poll()
    assert pages > 1
    assert {event.object_id for event in desk.heard.values()} >= set(posts)


def test_a_long_thread_is_fetched_up_to_its_root_once(desk: Desk, carol: Person, dan: Person) -> None:
    chain = [carol.post("Root")]
    for number in range(4):
        chain.append((dan if number % 2 else carol).reply(chain[-1], f"Step {number}"))
    last = dan.reply(chain[-1], "ask them", mention=desk.brand)
    assert desk.wait(last).thread_id == chain[0]
    assert [uri for uri in chain if not desk.seen(uri)] == []
    assert all(desk.seen(uri)[0].context for uri in chain)
    again = dan.reply(last, "hello?", mention=desk.brand)
    before = set(desk.heard)
    desk.wait(again)
    assert {event.object_id for key, event in desk.heard.items() if key not in before} == {again}


# ── gone, and not gone ──


def test_a_block_is_not_a_deletion(desk: Desk, network: Network) -> None:
    erin = network.person("erin")
    question = desk.wait(erin.post("Where is it?", mention=desk.brand))
    erin.block(desk.brand)

    def hidden() -> None:
        if desk.brand.call("GET", "app.bsky.feed.getPosts", params={"uris": [question.external_id]})["posts"]:
            raise LookupError("still shown")

    patiently(hidden)
    for _ in range(4):
        assert not [event for event in desk.poll(question.external_id) if event.gone]
    error = desk.fails(lambda: desk.channel.send(desk.link, desk.reply(question)))
    assert (error.symbol, error.permanent) == (Symbol.FORBIDDEN, True)


def test_a_service_in_trouble_deletes_nothing(desk: Desk, carol: Person) -> None:
    question = desk.wait(carol.post("Still here?", mention=desk.brand))
    unknown = f"at://{carol.did}/{POST}/3kaaaaaaaaaa2"
    desk.cursor["missing"] = [question.external_id]
    assert not [event for event in desk.poll(question.external_id) if event.gone]
    desk.poll(unknown)
    gone = [event for event in desk.poll(unknown) if event.gone]
    assert [desk.channel.parse(event, desk.link)[0] for event in gone] == [Gone(unknown)]


# ── answering ──


def test_one_key_from_many_threads_is_one_record(desk: Desk, carol: Person) -> None:
    question = desk.wait(carol.post("Eight at once?", mention=desk.brand))
    outgoing = desk.reply(question)
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda _: desk.channel.send(desk.link, outgoing).external_id, range(8)))
    assert set(sent) == {desk.channel.expected_id(desk.link, outgoing.key)}
    assert [one["uri"] for one in desk.brand.posts()] == [sent[0]]
    found = desk.channel.find(desk.link, outgoing)
    assert found is not None
    assert found.external_id == sent[0]


def test_a_reply_carries_links_mentions_and_tags(desk: Desk, carol: Person, dan: Person) -> None:
    question = desk.wait(carol.post("How?", mention=desk.brand))
    text = f"Blåbær 👩‍👩‍👧 @{carol.handle} @{dan.handle} @nobody-here.test https://example.com/å #hjelp"
    receipt = desk.channel.send(desk.link, desk.reply(question, text))
    value = carol.record(receipt.external_id)["value"]
    marked = [
        (text.encode()[one["index"]["byteStart"] : one["index"]["byteEnd"]].decode(), list(one["features"][0].values()))
        for one in value["facets"]
    ]
    assert [mark[0] for mark in marked] == [f"@{carol.handle}", f"@{dan.handle}", "https://example.com/å", "#hjelp"]
    assert carol.did in marked[0][1]
    assert dan.did in marked[1][1]
    assert value["langs"] == ["en"]
    told = patiently(lambda: _notified(dan)[receipt.external_id])
    assert told["reason"] == "mention"


def test_a_deleted_parent_in_the_middle_keeps_the_root(desk: Desk, carol: Person, dan: Person) -> None:
    root = carol.post("Root")
    middle = dan.reply(root, "Middle")
    question = desk.wait(carol.reply(middle, "And?", mention=desk.brand))
    dan.delete(middle)
    receipt = desk.channel.send(desk.link, desk.reply(question))
    reply = desk.brand.record(receipt.external_id)["value"]["reply"]
    assert (reply["root"]["uri"], reply["parent"]["uri"]) == (root, question.external_id)


def test_a_gated_thread_is_not_answered(desk: Desk, carol: Person) -> None:
    uri = carol.post("Nobody may answer", mention=desk.brand)
    gate = {"post": uri, "allow": [], "createdAt": stamp(), "$type": "app.bsky.feed.threadgate"}
    body = {"repo": carol.did, "collection": "app.bsky.feed.threadgate", "rkey": uri.rpartition("/")[2], "record": gate}
    carol.call("POST", "com.atproto.repo.createRecord", json=body)
    question = desk.wait(uri)

    def closed() -> None:
        if not desk.brand.shown(uri)["viewer"].get("replyDisabled"):
            raise LookupError("still open")

    patiently(closed)
    error = desk.fails(lambda: desk.channel.send(desk.link, desk.reply(question)))
    assert (error.symbol, error.permanent) == (Symbol.FORBIDDEN, True)
    assert desk.brand.posts() == []


def test_a_large_picture_arrives_small_with_its_alt_text(desk: Desk, carol: Person) -> None:
    question = desk.wait(carol.post("Show me", mention=desk.brand))
    out = io.BytesIO()
    Image.effect_noise((1500, 1000), 90).convert("RGB").save(out, "PNG")
    picture = Picture(out.getvalue(), "image/png", "Støy, bare støy")
    receipt = desk.channel.send(desk.link, desk.reply(question, pictures=(picture,)))
    image = patiently(lambda: carol.shown(receipt.external_id))["embed"]["images"][0]
    assert image["alt"] == "Støy, bare støy"
    assert image["aspectRatio"]["width"] / image["aspectRatio"]["height"] == pytest.approx(1.5, abs=0.01)
    own = desk.wait(receipt.external_id)
    assert own.media[0].alt == "Støy, bare støy"


def test_a_customers_picture_can_be_fetched(desk: Desk, carol: Person) -> None:
    out = io.BytesIO()
    Image.new("RGB", (32, 16), "orange").save(out, "PNG")
    seen = desk.wait(carol.post_image("Look", out.getvalue(), "Orange", mention=desk.brand))
    with pytest.raises(http.AddressRefused):
        http.fetch(seen.media[0].url, max_bytes=1_000_000)
    fetched = http.fetch(seen.media[0].url, allow_hosts=ALLOWED, max_bytes=1_000_000)
    with Image.open(io.BytesIO(fetched.data)) as image:
        assert image.width == 2 * image.height, "the network resizes pictures, and keeps their shape"


# ── tokens ──


def test_a_refused_access_token_is_renewed_and_kept(desk: Desk) -> None:
    broken, refresh = str(desk.link.secret["access"])[:-6] + "AAAAAA", desk.link.secret["refresh"]
    session.forget(desk.link)
    desk.link.secret["access"] = broken
    assert desk.channel.check(desk.link).external_id == desk.brand.did
    assert desk.link.secret["access"] != broken
    assert desk.link.secret["refresh"] != refresh
    assert desk.link.secret["password"]


def test_without_any_token_it_signs_in_by_itself(desk: Desk) -> None:
    session.forget(desk.link)
    desk.link.secret.update(access="x", refresh="y")
    assert desk.channel.check(desk.link).handle == desk.brand.handle
    assert desk.link.secret["refresh"] != "y"


def test_a_revoked_app_password_is_a_dead_token(desk: Desk) -> None:
    desk.brand.revoke("desk")
    session.forget(desk.link)
    desk.link.secret["access"] = str(desk.link.secret["access"])[:-6] + "AAAAAA"
    for call in (lambda: desk.channel.check(desk.link), desk.poll):
        error = desk.fails(call)
        assert (error.symbol, error.permanent) == (Symbol.TOKEN_DEAD, True)


# ── a network with its real limits, that ends ──


def test_the_networks_own_limit_says_when_it_ends_and_a_network_that_ends_is_unreachable() -> None:
    with running(rate_limits=True) as limited:
        brand = limited.person("brand")
        desk = connected(brand)
        wrong = {"handle": brand.handle, "password": "wrong", "service": brand.pds}
        errors = [desk.fails(lambda: desk.channel.connect(wrong, allow_hosts=ALLOWED)) for _ in range(31)]
        assert errors[0].symbol is Symbol.BAD_CREDENTIALS
        last = errors[-1]
        assert (last.symbol, last.permanent, last.effect_unknown) == (Symbol.RATE_LIMITED, False, False)
        assert last.retry_after is not None
        assert 0 < last.retry_after <= 300
        desk.poll()
    for call in (lambda: desk.channel.check(desk.link), desk.poll):
        error = desk.fails(call)
        assert (error.symbol, error.permanent, error.effect_unknown) == (Symbol.UNREACHABLE, False, False)


def _notified(person: Person) -> dict[str, JsonObject]:
    """A person's notifications by the post they tell of."""
    found = person.call("GET", "app.bsky.notification.listNotifications")["notifications"]
    return {one["uri"]: one for one in found}
