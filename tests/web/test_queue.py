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
from answerable.web.shown.queue import listing
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
