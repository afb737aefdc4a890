"""Events that come twice, in the wrong order, late, broken, or with more in them than anybody knows."""

from __future__ import annotations

import json

import pytest

from answerable.channels.console import parse
from answerable.channels.console.server import ConsoleServer
from answerable.channels.contract import Gone, Incoming, Seen, Unreadable
from tests.channels.acceptance import Ears, connect, unique
from tests.channels.console.harness import BRAND, ConsoleHarness


@pytest.fixture
def harness(server: ConsoleServer) -> ConsoleHarness:
    return ConsoleHarness(server, "chirp")


@pytest.fixture
def ears(harness: ConsoleHarness) -> Ears:
    return Ears(harness, connect(harness))


def test_a_duplicate_has_the_same_key(harness: ConsoleHarness, ears: Ears) -> None:
    harness.world.fault("chirp", "event", "duplicate")
    harness.customer_posts("Hello")
    first, second = ears.poll()
    assert first == second


def test_a_reply_can_come_before_its_parent(harness: ConsoleHarness, ears: Ears) -> None:
    harness.world.fault("chirp", "event", "wrong_order")
    parent = harness.customer_posts("Hello")
    assert [event.object_id for event in ears.poll() if event.kind == "post"] == []
    reply = harness.customer_replies(parent, "Anybody?", mention=True)
    assert [event.object_id for event in ears.poll() if event.kind == "post"] == [reply, parent]


def test_a_deletion_can_come_before_the_message(harness: ConsoleHarness, ears: Ears) -> None:
    harness.world.fault("chirp", "event", "wrong_order")
    post = harness.customer_posts("Hello")
    harness.customer_deletes(post)
    events = ears.poll()
    assert [(event.kind, event.object_id, event.gone) for event in events] == [
        ("deleted", post, True),
        ("post", post, False),
    ]


def test_what_is_held_back_comes_when_the_fault_is_cleared(harness: ConsoleHarness, ears: Ears) -> None:
    harness.world.fault("chirp", "event", "wrong_order")
    post = harness.customer_posts("Hello")
    harness.world.clear_faults()
    ears.wait(post)


def test_a_late_edit_is_older_than_the_newer_one(harness: ConsoleHarness, ears: Ears) -> None:
    post = harness.customer_posts("one")
    harness.world.fault("chirp", "event", "late_edit")
    harness.customer_edits(post, "two")
    told = [one for event in ears.poll() for one in harness.channel.parse(event, ears.link)]
    texts = [(one.text, one.version_at) for one in told if isinstance(one, Seen)]
    assert [text for text, _ in texts] == ["one", "two", "one"]
    newest = max((at, text) for text, at in texts if at is not None)
    assert newest[1] == "two"
    assert len({event.key for event in ears.heard.values()}) == 3


def test_a_malformed_event_is_kept_and_unreadable(harness: ConsoleHarness, ears: Ears) -> None:
    harness.world.fault("chirp", "event", "malformed")
    harness.customer_posts("Hello")
    (event,) = ears.poll()
    assert event.key
    with pytest.raises(Unreadable):
        harness.channel.parse(event, ears.link)
    after = harness.customer_posts("Hello again")
    assert after in {event.object_id for event in ears.poll()}


def test_unknown_fields_are_kept_and_ignored(harness: ConsoleHarness, ears: Ears) -> None:
    harness.world.fault("chirp", "event", "unknown_fields")
    post = harness.customer_posts("Hello")
    (event,) = ears.poll()
    assert json.loads(event.body)["colour"] == "green"
    assert ears.wait(post).text == "Hello"


def test_an_event_that_is_no_object_is_kept(harness: ConsoleHarness, ears: Ears) -> None:
    for event in ("text", None, 17, ["a"], {"post": "x"}, {"id": 3, "type": 4, "post": {"id": 5}}):
        kept = parse.incoming(event)
        assert json.loads(kept.body) == event
        assert (kept.key, kept.object_id) == (None, "")
        with pytest.raises(Unreadable):
            harness.channel.parse(kept, ears.link)


@pytest.mark.parametrize(
    "change",
    [
        {"id": ""},
        {"id": None},
        {"text": 5},
        {"root": None},
        {"kind": "song"},
        {"author": None},
        {"author": {"id": 5}},
        {"mentions": "fjellro"},
        {"mentions": [5]},
        {"media": [{"alt": "no url"}]},
        {"parent": 5},
        {"indexed_at": "soon"},
        {"version_at": 12},
    ],
)
def test_the_message_says_which_part_cannot_be_read(
    harness: ConsoleHarness, ears: Ears, change: dict[str, object]
) -> None:
    ears.wait(harness.customer_posts("Hello"))
    event = json.loads(next(iter(ears.heard.values())).body)
    broken = Incoming("post", "", json.dumps(event | {"post": event["post"] | change}))
    with pytest.raises(Unreadable, match=next(iter(change))):
        harness.channel.parse(broken, ears.link)


def test_a_private_message_is_for_somebody(server: ConsoleServer) -> None:
    harness = ConsoleHarness(server, "courier")
    ears = Ears(harness, connect(harness))
    first = ears.wait(harness.customer_posts("Hello"))
    assert not first.public
    assert first.to_ids == (ears.link.external_id,)
    assert first.link == ""
    second = ears.wait(str(harness.world.say("courier", first.author.handle, "Hello again")["id"]))
    assert (second.thread_id, second.parent_id) == (first.external_id, None)


def test_a_network_that_tells_no_deletions_shows_them_to_a_look(server: ConsoleServer) -> None:
    harness = ConsoleHarness(server, "starboard")
    ears = Ears(harness, connect(harness))
    post = harness.customer_posts("Two stars")
    ears.wait(post)
    harness.customer_deletes(post)
    assert not [event for event in ears.poll() if event.gone]
    gone = [event for event in ears.poll(post) if event.gone]
    assert [event.object_id for event in gone] == [post]
    assert ears.poll(post)[-1].key == gone[0].key, "looked at again, it is the same event"
    assert isinstance(ears.read()[-1], Gone)


def test_pages_lose_nothing(harness: ConsoleHarness, ears: Ears) -> None:
    posts = [harness.customer_posts(unique("Hello"), who=n % 3) for n in range(130)]
    ears.poll()
    assert [event.object_id for event in ears.heard.values()] == posts


def test_a_renamed_customer_keeps_the_id(harness: ConsoleHarness, ears: Ears) -> None:
    before = ears.wait(harness.customer_posts("Hello"))
    harness.world.rename("chirp", "kari0", "kari.n", "Kari N.")
    after = ears.wait(str(harness.world.say("chirp", "kari.n", "Me again", mentions=[BRAND])["id"]))
    assert after.author.external_id == before.author.external_id
    assert (after.author.handle, after.author.name) == ("kari.n", "Kari N.")


def test_ids_of_two_networks_never_meet(server: ConsoleServer) -> None:
    ids = {ConsoleHarness(server, network).customer_posts("Hello") for network in ("chirp", "plaza", "meadow")}
    assert ids == {"chirp-1", "plaza-1", "meadow-1"}
