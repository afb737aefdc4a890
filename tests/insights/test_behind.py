"""Behind every number stand as many waits as it says: random histories, any zone, any filter."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from answerable.cases.models import Wait
from answerable.insights.behind import (
    NUMBERS,
    Key,
    Took,
    excused_by,
    extent,
    groups,
    languages,
    page,
    still_open_from_before,
    waits,
)  # fmt: skip
from answerable.insights.desk import Desk, report, spread
from answerable.insights.figures import BY, Figures, Scope, Spread
from answerable.insights.measures import measure
from answerable.people.rights import Seat
from tests.insights.rows import START, History
from tests.people import Team

DAILY = ("needed_answer", "next_answer")  # of the numbers of each day; all of them are looked at by other keys
EDGES = (300, 900, 3600, 86_400)
# Clocks that change in the weeks of the history, also at midnight, and one that never does.
ZONES = ["UTC", "Europe/Oslo", "America/New_York", "Asia/Kathmandu", "Africa/Cairo", "America/Asuncion", "Asia/Beirut"]
FILTERS: list[dict[str, Any]] = [
    {"channel": "meadow"},
    {"language": "nb"},
    {"since": START + timedelta(days=10), "until": START + timedelta(days=40), "channel": "chirp", "language": "en"},
]


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311  nothing is guarded by it


@pytest.fixture
def history(team: Team) -> History:
    made = History(team.brand)
    made.random(dice(7), 160, 70, [team.anna, team.lars])
    History(team.other).random(dice(8), 20, 70, [])
    return made


def stated(figures: Figures) -> dict[str, int]:
    given = {name: getattr(figures, name) for name in NUMBERS if hasattr(figures, name)}
    return given | {"first_answer": figures.first_answer.n, "next_answer": figures.next_answer.n}


@pytest.mark.parametrize(
    ("zone", "given"), [*((zone, {}) for zone in ZONES), *(("Europe/Oslo", one) for one in FILTERS)]
)
def test_every_number_counts_the_waits_behind_it(
    history: History, vera: Seat, zone: str, given: dict[str, Any]
) -> None:
    scope = Scope(zone=ZoneInfo(zone), **given)
    found = stated(report(vera.brand, scope).total)
    assert found == {name: waits(vera, scope, name).count() for name in NUMBERS}
    assert found["needed_answer"] > 0
    for by in BY:
        for key, figures in measure(Desk(vera.brand, scope), scope, by).items():
            names = DAILY if by == "day" else NUMBERS
            behind = {name: waits(vera, scope, name, Key(by, key)).count() for name in names}
            assert behind == {name: stated(figures)[name] for name in names}, (by, key)


def test_every_bin_counts_the_waits_behind_it(history: History, vera: Seat) -> None:
    scope = Scope()
    bins = spread(vera.brand, scope, EDGES)
    for first, which in ((True, "first_answer"), (False, "next_answer")):
        edges = zip([None, *EDGES], [*EDGES, None], strict=True)
        assert bins[first] == [waits(vera, scope, which, took=Took(*pair)).count() for pair in edges]
        assert sum(bins[first]) == waits(vera, scope, which).count()


def test_all_answers_together_have_nearest_rank_percentiles(history: History, vera: Seat) -> None:
    scope = Scope(zone=ZoneInfo("Europe/Oslo"))

    def by_hand(rows: list[Wait]) -> tuple[int, float, float]:
        times = sorted(wait.calendar_us or 0 for wait in rows)
        p50, p90 = (times[ceil(share * len(times) / 10) - 1] / 1_000_000 for share in (5, 9))
        return len(times), p50, p90

    answered = list(waits(vera, scope, "answered"))
    total = groups(vera, scope)[None].times
    assert (total.n, total.p50, total.p90) == by_hand(answered)

    def month(wait: Wait) -> date:
        return wait.started_at.astimezone(scope.zone).date().replace(day=1)

    def week(wait: Wait) -> date:
        day = wait.started_at.astimezone(scope.zone).date()
        return day - timedelta(days=day.weekday())

    for by, key_of in (("month", month), ("week", week)):
        found = {key: group.times for key, group in groups(vera, scope, by).items() if group.times.n}
        keys = {key_of(wait) for wait in answered}
        assert keys == set(found)
        for key, times in found.items():
            assert (times.n, times.p50, times.p90) == by_hand([wait for wait in answered if key_of(wait) == key])


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York"])
@pytest.mark.parametrize("by", [None, *BY])
def test_what_a_page_draws_is_what_the_measures_say(history: History, vera: Seat, by: str | None, zone: str) -> None:
    scope = Scope(zone=ZoneInfo(zone))
    drawn = {key: group.figures for key, group in groups(vera, scope, by).items()}
    nothing: dict[str, Any] = {"inbound": 0, "outbound": 0, "first_answer": Spread(), "next_answer": Spread()}
    said = measure(Desk(vera.brand, scope), scope, by).items()
    assert drawn == {key: replace(figures, **nothing) for key, figures in said if key in drawn}
    # A day with answers alone is a day of messages, but of no waits.
    assert all(replace(figures, **nothing) == Figures() for key, figures in said if key not in drawn)


def test_when_all_are_first_answers_both_engines_give_the_same_times(team: Team, vera: Seat) -> None:
    made = History(team.brand)
    for number in range(40):
        made.wait(START + timedelta(hours=number), after=(number * 37) % 40 * 61.000001)
    assert report(vera.brand, Scope()).total.first_answer.p90 == groups(vera, Scope())[None].times.p90
    assert report(vera.brand, Scope()).total.first_answer.p50 == groups(vera, Scope())[None].times.p50


def test_nothing_answered_has_no_times(team: Team, vera: Seat) -> None:
    History(team.brand).wait(START, "")
    assert groups(vera, Scope(zone=ZoneInfo("Europe/Oslo")))[None].times.p50 is None
    assert [group.times.n for group in groups(vera, Scope(), "day").values()] == [0]


def test_who_excused_is_counted_and_opens(history: History, team: Team, vera: Seat) -> None:
    found = excused_by(vera, Scope())
    assert sum(many for _, _, many in found) == report(vera.brand, Scope()).total.excused
    assert {name for _, name, _ in found} == {"Anna", "Lars", ""}
    for user, _, many in found:
        assert waits(vera, Scope(), "excused", Key("person", user)).count() == many


def test_a_day_that_the_clock_enters_twice_is_whole(team: Team, vera: Seat) -> None:
    """In Newfoundland the clocks went back at one minute past midnight, into the day before."""
    zone = ZoneInfo("America/St_Johns")
    made = History(team.brand)
    change = datetime(2010, 11, 7, 2, 31, tzinfo=UTC)
    for minutes in range(-90, 150, 10):
        made.wait(change + timedelta(minutes=minutes, seconds=-30))
    scope = Scope(zone=zone)
    days = measure(Desk(vera.brand, scope), scope, "day")
    assert len(days) == 2
    assert {day: waits(vera, scope, "answered", Key("day", day)).count() for day in days} == {
        day: figures.answered for day, figures in days.items()
    }


def test_pages_go_through_all_of_them_once_newest_first(history: History, vera: Seat) -> None:
    history.wait(START, name="Twin")
    history.wait(START, name="Other twin")
    seen, place = [], ""
    while True:
        rows, place = page(waits(vera, Scope(), "needed_answer"), place, 7)
        seen += rows
        if not place:
            break
    assert seen == list(waits(vera, Scope(), "needed_answer"))
    assert [row.started_at for row in seen] == sorted((row.started_at for row in seen), reverse=True)


@pytest.mark.parametrize("place", ["", "x", "2026-99-99T00:00:00Z~1", "2026-03-02T00:00:00Z~", "\x00"])
def test_a_place_that_is_none_is_the_beginning(history: History, vera: Seat, place: str) -> None:
    assert page(waits(vera, Scope(), "answered"), place, 5)[0] == list(waits(vera, Scope(), "answered")[:5])


def test_a_page_far_down_reads_the_index_from_there(history: History, vera: Seat) -> None:
    rows, place = page(waits(vera, Scope(), "answered"), "", 5)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
    with CaptureQueriesContext(connection) as seen:
        page(waits(vera, Scope(), "answered"), place, 5)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + seen.captured_queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan Backward using wait_started" in plan
    assert "Index Cond" in plan
    assert rows


def test_what_waits_from_before_is_counted_apart(team: Team, vera: Seat) -> None:
    made = History(team.brand)
    made.wait(START, "")
    made.wait(START + timedelta(days=5), "")
    made.wait(START, "answered")
    assert still_open_from_before(vera, Scope(since=START + timedelta(days=1))) == 1
    assert still_open_from_before(vera, Scope()) == 0


def test_the_extent_is_from_the_first_to_the_last_start(team: Team, vera: Seat) -> None:
    assert extent(vera, Scope()) is None
    made = History(team.brand)
    for number in (3, 1, 2):
        made.wait(START + timedelta(days=number))
    assert extent(vera, Scope()) == (START + timedelta(days=1), START + timedelta(days=3))


def test_languages_are_those_of_the_waits(history: History, vera: Seat) -> None:
    assert sorted(languages(vera, Scope())) == ["en", "nb", "sk"]
    assert languages(vera, Scope(channel="nowhere", language="xx")) == languages(vera, Scope())
