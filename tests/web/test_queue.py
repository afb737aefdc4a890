"""The list pane: order, sentence, pages."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from answerable.cases.models import Case
from answerable.core import clock
from answerable.customers.models import Customer
from answerable.people.rights import Seat
from answerable.web.shown import queue
from answerable.web.shown.queue import listing, tabs
from tests.desk import Desk
from tests.web.front_door import signed_in, to


def test_a_row_says_who_where_what_and_why(desk: Desk) -> None:
    desk.connect()
    first = desk.hears("meadow", "kari", "@fjellro where is my parcel?")
    desk.hears("meadow", "kari", "@fjellro hello?", parent=first.external_id)
    text = signed_in(desk.team.anna).get(to("desk")).text
    row = re.sub(r"<[^>]+>|\s+", " ", text[text.index('class="rows"') :])
    for words in ("kari", "hello?", "Meadow", "of 1 h · asked 2 times"):
        assert words in row


def test_words_of_others_under_the_same_post_do_not_stand_under_a_customers_name(desk: Desk, anna: Seat) -> None:
    desk.connect("plaza")
    post = desk.world.say("plaza", "fjellro", "New tents!")
    kari = desk.hears("plaza", "kari", "How much?", parent=post["id"])
    desk.answers(anna, kari, "1200, Kari.")
    desk.hears("plaza", "ola", "And in blue?", parent=post["id"])
    words = {row.name: row.words for tab in ("needs", "answered") for row in listing(anna, tab, "").rows}
    assert words == {"kari": "1200, Kari.", "ola": "And in blue?"}


def _cases(seat: Seat, count: int, **given: object) -> list[int]:
    now = clock.now()
    made = []
    for number in range(count):
        customer = Customer.objects.create(brand=seat.brand, name=f"Customer {number}")
        at = now + timedelta(minutes=number // 2)  # pairs share a time: the id decides
        values = {"opened_at": now, "last_at": at, "queue_key": at, "waiting": 1} | given
        made.append(Case.objects.create(brand=seat.brand, customer=customer, **values).pk)
    return made


@pytest.mark.parametrize(
    ("tab", "given"),
    [
        ("needs", {}),
        ("answered", {"waiting": 0, "queue_key": None}),
        ("closed", {"state": "closed", "waiting": 0, "queue_key": None}),
        ("mine", {"waiting": 0, "queue_key": None}),
    ],
)
def test_pages_of_a_list_show_each_case_once(
    anna: Seat, monkeypatch: pytest.MonkeyPatch, tab: str, given: dict[str, object]
) -> None:
    monkeypatch.setattr(queue, "PAGE", 4)
    if tab == "mine":
        given = given | {"assignee": anna.user}
    made = _cases(anna, 11, **given)
    seen: list[int] = []
    place = ""
    for _ in range(4):
        page = listing(anna, tab, place)
        seen += [row.case.pk for row in page.rows]
        place = page.next_place
        if not place:
            break
    assert sorted(seen) == made
    assert len(seen) == len(made)


def test_the_imported_have_a_tab_where_there_are_any(anna: Seat) -> None:
    _cases(anna, 1)
    assert "imported" not in tabs(anna)
    _cases(anna, 1, live=False)
    assert "imported" in tabs(anna)


@pytest.mark.parametrize("place", ["x", "2020-99-99T00:00:00Z~1", "2020-01-01T00:00:00Z~" + "9" * 18, "\x00", "'; --"])
def test_a_broken_place_is_the_beginning_or_an_end(anna: Seat, place: str) -> None:
    _cases(anna, 2)
    assert len(listing(anna, "needs", place).rows) in (0, 2)


def test_the_list_asks_the_database_a_bounded_number_of_times(
    anna: Seat, django_assert_max_num_queries: object
) -> None:
    _cases(anna, 30)
    with django_assert_max_num_queries(8):  # type: ignore[operator]  # pytest-django's fixture, untyped
        assert len(listing(anna, "needs", "").rows) == 30


def test_tabs_count_what_asks_for_work_up_to_a_bound(anna: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    assert queue.counts(anna) == {"needs": "", "mine": ""}
    _cases(anna, 2)
    _cases(anna, 3, waiting=0, queue_key=None)
    _cases(anna, 4, state="closed", waiting=0, queue_key=None, assignee=anna.user)
    _cases(anna, 1, live=False, assignee=anna.user)
    _cases(anna, 3, state="snoozed", assignee=anna.user)
    assert queue.counts(anna) == {"needs": "2", "mine": "3"}
    monkeypatch.setattr(queue, "COUNTED", 2)
    assert queue.counts(anna) == {"needs": "2", "mine": "2+"}
    _cases(anna, 5)
    assert queue.counts(anna) == {"needs": "2+", "mine": "2+"}


def test_the_page_says_that_there_are_more_than_it_counts(anna: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "COUNTED", 2)
    _cases(anna, 3)
    text = signed_in(anna.user).get(to("desk")).text
    assert '<span class="count">2+</span>' in text
    assert "<title>(2+) Fjellro" in text
