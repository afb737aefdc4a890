"""Reading one stored event."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from answerable.channels.bluesky import tid
from answerable.channels.bluesky.parse import moment, parse
from answerable.channels.contract import Gone, Incoming, Media, Seen, Unreadable
from tests.channels.bluesky.posts import CAROL, LINK, URI, event, post

AT = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


def read(incoming: Incoming) -> Seen:
    found = parse(incoming, LINK)
    assert isinstance(found, Seen)
    return found


def test_a_mention_becomes_a_message() -> None:
    mention = {"features": [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:x"}], "index": {}}
    seen = read(event(post(record={"facets": [mention, mention], "langs": ["nb", "en"]})))
    assert (seen.external_id, seen.thread_id, seen.parent_id, seen.quotes_id) == (URI, URI, None, None)
    assert (seen.text, seen.language, seen.told, seen.context) == ("Where is my tent?", "nb", True, False)
    assert seen.mentions == ("did:plc:x",)
    assert (seen.author.external_id, seen.author.handle, seen.author.name) == (CAROL, "carol.test", "Carol")
    assert seen.link == f"https://bsky.app/profile/carol.test/post/{URI.rpartition('/')[2]}"
    assert seen.claimed_at == seen.indexed_at == AT


def test_a_reply_names_its_parent_and_root() -> None:
    reply = {"root": {"uri": "at://r", "cid": "c"}, "parent": {"uri": "at://p", "cid": "c"}}
    seen = read(event(post(record={"reply": reply}), why="context"))
    assert (seen.thread_id, seen.parent_id, seen.context) == ("at://r", "at://p", True)


@pytest.mark.parametrize("handle", ["", "handle.invalid"])
def test_a_handle_that_no_longer_resolves_is_not_linked(handle: str) -> None:
    seen = read(event({**post(), "author": {"did": CAROL, "handle": handle}}))
    assert seen.link.startswith(f"https://bsky.app/profile/{CAROL}/post/")


def test_pictures_come_with_their_alt_text() -> None:
    image = {"fullsize": "https://cdn.test/a.jpg", "thumb": "https://cdn.test/t.jpg", "alt": "A <zip>"}
    embed = {"$type": "app.bsky.embed.images#view", "images": [image, {"alt": "no address"}, 7]}
    assert read(event(post(embed=embed))).media == (Media("https://cdn.test/a.jpg", "A <zip>"),)


def test_a_quote_with_pictures_has_both() -> None:
    quoted = "at://did:plc:x/app.bsky.feed.post/3k"
    record = {"embed": {"$type": "app.bsky.embed.recordWithMedia", "record": {"record": {"uri": quoted}}}}
    images = {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "https://cdn.test/a.jpg"}]}
    view = {"$type": "app.bsky.embed.recordWithMedia#view", "media": images}
    seen = read(event(post(record=record, embed=view)))
    assert (seen.quotes_id, seen.media) == (quoted, (Media("https://cdn.test/a.jpg"),))


def test_a_video_gives_its_still() -> None:
    embed = {"$type": "app.bsky.embed.video#view", "thumbnail": "https://cdn.test/v.jpg", "alt": "A film"}
    assert read(event(post(embed=embed))).media == (Media("https://cdn.test/v.jpg", "A film"),)


@pytest.mark.parametrize("uri", ["at://did:plc:x/app.bsky.graph.list/3k", "at://did:plc:x/app.bsky.feed.generator/y"])
def test_an_embedded_list_is_no_quote(uri: str) -> None:
    record = {"embed": {"$type": "app.bsky.embed.record", "record": {"uri": uri}}}
    assert read(event(post(record=record))).quotes_id is None


@pytest.mark.parametrize("embed", [None, 7, [], {}, {"$type": "x.y.z#view"}, {"images": 3}, {"images": [None]}])
def test_an_unknown_embed_is_left_alone(embed: Any) -> None:
    assert read(event(post(embed=embed))).media == ()


def test_text_is_kept_as_it_is() -> None:
    text = "<script>\u202eabc\u200b\ufeff {{ 7*7 }} 👩‍👩‍👧" + "x" * 100_000
    assert read(event(post(text))).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-21T14:13:20Z", AT),
        ("2026-09-21T16:13:20.000000+02:00", AT),
        ("2026-09-21T14:13:20.123456789Z", AT.replace(microsecond=123456)),
        ("2026-09-21T14:13:20", None),
        ("0001-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("1969-12-31T23:59:59Z", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        (1790000000, None),
    ],
)
def test_a_time_is_a_time_or_nothing(text: Any, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_a_slow_clock_does_not_make_its_owner_wait_longer() -> None:
    """The network's "indexedAt" follows an author's clock into the past; the record's key shows it."""
    slow = "2026-08-01T00:00:00.000Z"
    seen = read(event({**post(record={"createdAt": slow}), "indexedAt": slow}))
    assert seen.claimed_at == datetime(2026, 8, 1, tzinfo=UTC)
    assert seen.indexed_at == tid.time_of(URI.rpartition("/")[2])


def test_a_post_was_not_there_before_a_look_that_did_not_meet_it() -> None:
    seen = read(event(post(), not_before="2026-09-21T15:00:00Z"))
    assert seen.indexed_at == datetime(2026, 9, 21, 15, tzinfo=UTC)


def test_a_key_from_the_future_proves_nothing() -> None:
    seen = read(event(post(), met="2026-09-21T14:00:00Z"))
    assert seen.indexed_at == AT
    uri = URI.rpartition("/")[0] + "/" + tid.encode(3_000_000_000_000_000, 0)
    assert read(event({**post(), "uri": uri})).indexed_at == AT


def test_a_fast_clock_leaves_the_networks_time() -> None:
    seen = read(event(post(record={"createdAt": "2026-09-21T23:00:00Z"})))
    assert (seen.claimed_at, seen.indexed_at) == (datetime(2026, 9, 21, 23, tzinfo=UTC), AT)


def test_a_post_without_any_time_was_there_when_we_met_it() -> None:
    view = {**post(record={"createdAt": "?"}), "indexedAt": "?", "uri": f"at://{CAROL}/app.bsky.feed.post/self"}
    assert read(event(view)).indexed_at == datetime(2026, 9, 21, 14, 13, 25, tzinfo=UTC)


def test_a_deletion_is_read() -> None:
    gone = Incoming("gone", URI, json.dumps({"uri": URI}), key="gone", gone=True)
    assert parse(gone, LINK) == Gone(URI)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"uri": None}, r"post\.uri"),
        ({"uri": ""}, r"post\.uri"),
        ({"author": None}, r"post\.author"),
        ({"author": {"handle": "x"}}, r"post\.author\.did"),
        ({"record": "text"}, r"post\.record"),
        ({"record": {}}, r"post\.record\.text"),
        ({"record": {"text": 7}}, r"post\.record\.text"),
        ({"record": {"text": "", "reply": {"parent": {"uri": "at://p"}}}}, r"post\.record\.reply\.root"),
        ({"record": {"text": "", "reply": {"root": {}, "parent": {}}}}, r"post\.record\.reply\.parent\.uri"),
    ],
)
def test_what_is_broken_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(Unreadable, match=named):
        parse(event({**post(), **change}), LINK)


@pytest.mark.parametrize("body", ["", "{", "[]", "7", "null", '{"why": "x"}', "[" * 100_000])
def test_what_is_no_event_is_unreadable(body: str) -> None:
    with pytest.raises(Unreadable):
        parse(replace(event(post()), body=body), LINK)
