"""Text of strangers as HTML: escaped whatever it is, links only where they are safe."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.web.shown.text import FOLD, fold, initials, name, rich, safe_url


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        assert set(given) <= {"href", "rel", "target", "class", "title"}
        if tag == "a":
            self.links.append(given["href"] or "")


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_nothing_but_links_and_marks_ever_becomes_a_tag(text: str) -> None:
    page = Tags(rich(text))
    assert page.tags <= {"a", "span"}
    assert all(link.startswith(("http://", "https://")) for link in page.links)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://example.org/a_(b)?x=1&y=2.", ["https://example.org/a_(b)?x=1&y=2"]),
        ("(https://example.org/)", ["https://example.org/"]),
        ("«https://example.org/å»,", ["https://example.org/å"]),
        ("javascript:alert(1) data:text/html,x ftp://x.y", []),
        ("http://user@evil.example/ http://", []),
        ('https://example.org/"onmouseover="x', ["https://example.org/"]),
        ("https://exa\u202emple.org/", ["https://example.org/"]),
        ("http://[::1", []),
    ],
)
def test_links(text: str, links: list[str]) -> None:
    assert Tags(rich(text)).links == links


def test_hidden_characters_become_one_mark_a_run() -> None:
    html = rich("a" + "\u200b" * 5000 + "b\u202ec\x07")
    assert html.count("hidden-char") == 3
    assert "5000 hidden characters" in html


def test_flags_and_joined_emoji_stay_whole() -> None:
    for text in ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "👩🏽‍🚒", "می‌خواهم"):
        assert rich(text) == text


def test_a_name_is_one_line() -> None:
    assert name("a\n\n b\t<c>") == "a b &lt;c&gt;"


def test_a_long_text_is_cut_at_a_space_and_counted() -> None:
    head, rest = fold("word " * 10_000)
    assert len(head) <= FOLD
    assert len(head) + rest == 50_000
    assert fold("short") == ("short", 0)
    assert fold("\n" * 100)[1] > 0
    assert fold("x" * FOLD) == ("x" * FOLD, 0)


@pytest.mark.parametrize("address", ["", "javascript:x", "//example.org", "https://", "http://a@b/", "https://[bad"])
def test_addresses_that_are_no_links(address: str) -> None:
    assert safe_url(address) == ""


@pytest.mark.parametrize(
    ("text", "letters"), [("Kari Nordmann", "KN"), ("kari", "K"), ("", "?"), ("🥾", "?"), ("Ж. М.", "ЖМ")]
)
def test_initials(text: str, letters: str) -> None:
    assert initials(text) == letters
