"""Keys, addresses, lengths and facets: the small change of the protocol."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from answerable.channels.bluesky import names, tid
from answerable.channels.bluesky.facets import facets
from answerable.channels.bluesky.manifest import graphemes

NOW = datetime(2026, 9, 21, 14, 13, 20, 5, tzinfo=UTC)


def test_keys_only_grow_even_when_the_clock_stands_or_goes_back() -> None:
    keys = tid.Keys()
    made = [keys.next(NOW) for _ in range(500)] + [keys.next(NOW - timedelta(hours=1))] + [keys.next(NOW)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_key_tells_its_time() -> None:
    key = tid.Keys().next(NOW)
    assert len(key) == 13
    assert tid.time_of(key) == NOW
    assert tid.encode(0, 0) == "2222222222222"
    assert tid.encode(2**53 - 1, 1023) == "bzzzzzzzzzzzz"


@pytest.mark.parametrize("key", ["", "self", "3KABCDEFGHIJK", "3kabcdefghi8k", "zzzzzzzzzzzzz", "3kabcdefghijkk"])
def test_other_keys_have_no_time(key: str) -> None:
    assert tid.time_of(key) is None


@pytest.mark.parametrize(
    "uri", ["", "at://", "at://did/app.bsky.feed.post", "https://x/y/z", "at://a/b/c/d", "at:////"]
)
def test_what_is_no_address_of_a_record_is_taken_for_none(uri: str) -> None:
    assert names.split(uri) is None
    assert not names.is_post(uri)
    assert names.page(uri, "carol.test") == ""


@pytest.mark.parametrize(
    ("text", "length"), [("", 0), ("hei", 3), ("👩‍👩‍👧‍👦", 1), ("🇳🇴🇸🇰", 2), ("å", 1), ("e\u0301\u0302", 1), ("\r\n", 1)]
)
def test_length_is_counted_as_people_count(text: str, length: int) -> None:
    assert graphemes(text) == length


def _found(text: str) -> list[tuple[str, str]]:
    """(marked part of the text, what it leads to) of each facet."""
    known = {"carol.test": "did:plc:carol", "brand.bsky.social": "did:plc:brand"}
    data = text.encode()
    marks = []
    for facet in facets(text, known.get):
        part = data[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        feature = facet["features"][0]
        marks.append((part, feature.get("uri") or feature.get("did") or feature.get("tag")))
    return marks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no marks", []),
        ("Åå 👩‍👩‍👧 see https://x.test/a?b=c.", [("https://x.test/a?b=c", "https://x.test/a?b=c")]),
        ("(see example.com/help)", [("example.com/help", "https://example.com/help")]),
        ("hei @carol.test, ok", [("@carol.test", "did:plc:carol")]),
        ("HEI @Carol.test", [("@Carol.test", "did:plc:carol")]),
        ("@nobody.test", []),
        ("mail care@carol.test", []),
        ("#telt og #støl!", [("#telt", "telt"), ("#støl", "støl")]),
        ("@carol.test #a https://x.test", [("@carol.test", "did:plc:carol"), ("#a", "a"), ("https://x.test",) * 2]),
    ],
)
def test_facets_mark_bytes(text: str, expected: list[tuple[str, str]]) -> None:
    assert _found(text) == expected
