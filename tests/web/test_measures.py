"""The page of measures through the front door: who may see it, what can be asked, and that no number stands alone."""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from answerable.cases.models import Case
from answerable.history.models import Import
from answerable.inbox.models import Message
from answerable.web.shown import buckets, plots
from answerable.web.shown.figures import percent, within
from tests.insights.rows import START, History
from tests.people import Team
from tests.web.front_door import signed_in, to
from tests.web.test_pages import HOSTILE, fine

ALL = {"from": "", "to": ""}
READABLE = HOSTILE.encode(errors="ignore").decode()  # a half of a letter cannot be sent
WEEKS = {"from": "2026-03-02", "to": "2026-03-22"}  # of the history
ADDRESSES = ("measures", "measures_waits", "measures_csv")


@pytest.fixture
def history(team: Team) -> History:
    made = History(team.brand)
    dice = random.Random(3)  # noqa: S311  nothing is guarded by it
    made.random(dice, 60, 20, [team.anna, team.lars])
    theirs = History(team.other)
    theirs.wait(START, name="Somebody else's customer")
    return made


@pytest.fixture
def reader(team: Team) -> Client:
    return signed_in(team.vera)


def counted(text: str) -> list[tuple[str, int]]:
    """(address, what it says stands behind) of every link to a list of waits."""
    found = re.findall(r'href="([^"]*measures/waits[^"]*)"[^>]*? data-n="(\d+)"', text)
    assert len(found) == text.count("measures/waits?")
    return [(unescape(address), int(n)) for address, n in found]


def total(text: str) -> int:
    found = re.search(r'data-total="(\d+)"', text)
    assert found
    return int(found[1])


def table(answer: Any) -> list[dict[str, str]]:
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


# ── who ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ADDRESSES)
def test_everybody_at_the_desk_may_read_and_nobody_else(history: History, team: Team, name: str) -> None:
    for member in (team.vera, team.anna, team.lars, team.odd):
        assert signed_in(member).get(to(name), ALL).status_code == 200
    assert signed_in(team.stranger).get(to(name), ALL).status_code == 404
    assert Client().get(to(name)).status_code == 302
    assert signed_in(team.odd).post(to(name), ALL).status_code == 405


def test_another_brands_waits_are_in_no_figure(history: History, team: Team) -> None:
    theirs = signed_in(team.stranger)
    assert total(fine(theirs.get(to("measures_waits", brand="havgap"), ALL))) == 1
    mine = fine(signed_in(team.vera).get(to("measures_waits"), ALL))
    assert "Somebody else" not in mine


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_desk_says_what_to_do(team: Team) -> None:
    text = fine(signed_in(team.odd).get(to("measures")))
    assert "Nothing to measure yet" in text
    assert "answerable import" in text
    assert to("accounts") in text
    assert "An admin can connect an account" in fine(signed_in(team.vera).get(to("measures")))


def test_rate_and_time_stand_side_by_side_with_what_they_are_of(team: Team, reader: Client) -> None:
    made = History(team.brand)
    for number in range(10):
        made.wait(START + timedelta(hours=number), after=(number + 1) * 60)
    made.wait(START, "closed_unanswered", reason="too_late", user=team.anna)
    made.wait(START, "")
    made.wait(START, "excused", reason="spam", user=team.anna)
    made.wait(START, "excused", reason="spam")
    text = re.sub(r"<[^>]+>", "", fine(reader.get(to("measures"), ALL))).replace("\xa0", " ")
    assert "83 %" in text
    assert "10 of 12 who needed an answer" in text
    assert re.search(r"Half of the answers came within\s+5 min\s+nine of ten within 9 min, of 10 answers", text)
    assert re.search(r"Longest open wait\s+\d+ d", text)
    assert re.search(r"Excused\s*2 \(Anna 1, nobody known 1\)", text)
    assert re.search(r"Messages in\s*14\s*Messages out\s*10", text)


def test_every_link_on_the_page_opens_as_many_waits_as_it_says(history: History, reader: Client) -> None:
    reader.cookies["tz"] = "Europe/Oslo"
    links = set(counted(fine(reader.get(to("measures"), WEEKS))))
    assert len(links) > 100
    assert {part for address, _ in links for part in re.findall(r"(?:which|by)=(\w+)", address)} >= {
        *("needed_answer", "answered", "closed_unanswered", "waiting", "excused", "withdrawn", "answered_elsewhere"),
        *("negative", "first_answer", "next_answer", "day", "weekday", "hour", "channel", "account", "person"),
    }
    for address, n in sorted(links):
        assert total(fine(reader.get(address))) == n, address


@pytest.mark.parametrize("by", ["week", "month", "year"])
def test_bars_of_many_days_open_as_many_waits_too(history: History, reader: Client, by: str) -> None:
    asked = {"from": "2026-03-04", "to": "2026-03-17", "by": by, "channel": "meadow"}
    for address, n in set(counted(fine(reader.get(to("measures"), asked)))):
        assert total(fine(reader.get(address))) == n, address


def test_many_days_are_put_together_and_the_page_says_so(history: History, reader: Client) -> None:
    until = {"from": "", "to": "2026-03-22"}
    history.wait(START - timedelta(days=200))
    text = fine(reader.get(to("measures"), until))
    assert "put together in weeks" in text
    history.wait(START - timedelta(days=900))
    assert "put together in months" in fine(reader.get(to("measures"), until))
    assert "more bars than a page can show" in fine(reader.get(to("measures"), until | {"by": "day"}))


def test_the_number_of_queries_does_not_grow_with_what_is_counted(history: History, reader: Client) -> None:
    def queries(name: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            fine(reader.get(to(name), ALL))
        return len(seen)

    few = {name: queries(name) for name in ("measures", "measures_waits")}
    history.random(random.Random(4), 40, 20, [])  # noqa: S311  as above
    assert {name: queries(name) for name in few} == few
    assert few["measures"] <= 28
    assert few["measures_waits"] <= 12


def test_waits_from_before_the_days_shown_are_named(team: Team, reader: Client) -> None:
    made = History(team.brand)
    made.wait(START, "")
    made.wait(START + timedelta(days=10), "answered")
    text = fine(reader.get(to("measures"), {"from": "2026-03-10", "to": ""}))
    assert "began before these days and still wait" in text
    for address, n in counted(text):
        assert total(fine(reader.get(address))) == n


def test_without_a_time_the_last_days_are_shown_and_an_import_ends_with_its_last_event(
    team: Team, reader: Client
) -> None:
    made = History(team.brand)
    made.wait(START)
    made.wait(START - timedelta(days=40))
    Import.objects.create(
        brand=team.brand, file_name="x", format="jsonl", started_at=START, last_event_at=START + timedelta(hours=3)
    )
    text = fine(reader.get(to("measures")))
    assert "from 3 February 2026 to 2 March 2026 (28 days)" in text
    assert "As of 2 March 2026 03:00" in text
    assert ("answered", 1) in {(re.findall(r"which=(\w+)", address)[0], n) for address, n in counted(text)}


def test_days_are_those_of_the_readers_zone(team: Team, reader: Client) -> None:
    History(team.brand).wait(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    asked = {"from": "2026-03-03", "to": "2026-03-03"}
    assert total(fine(reader.get(to("measures_waits"), asked))) == 0
    reader.cookies["tz"] = "Europe/Oslo"
    assert total(fine(reader.get(to("measures_waits"), asked))) == 1


# ── filters ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"from": "yesterday", "to": ""}, "This is no date."),
        ({"from": "2026-02-30", "to": ""}, "This is no date."),
        ({"from": "0001-01-01", "to": ""}, "Choose a day between"),
        ({"from": "", "to": "9999-12-31"}, "Choose a day between"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "This is before the first day."),
        ({"from": "2026-03-02\x00", "to": "<script>alert(1)</script>"}, "This is no date."),
        ({"channel": "carrier-pigeon"}, "no account on such a channel"),
        ({"channel": READABLE}, "no account on such a channel"),
        ({"language": "english please"}, "short code"),
        ({"by": "moon"}, "Choose one of these"),
    ],
)
@pytest.mark.parametrize("name", ADDRESSES)
def test_a_filter_that_makes_no_sense_gets_a_sentence(
    history: History, reader: Client, name: str, asked: dict[str, str], sentence: str
) -> None:
    text = fine(reader.get(to(name), asked), 422)
    assert sentence in text
    assert "<script>alert" not in text


@pytest.mark.parametrize(
    "asked",
    [
        {"which": "karma"},
        {"by": "day", "key": ""},
        {"by": "day", "key": "tomorrow"},
        {"by": "hour", "key": "24"},
        {"by": "weekday", "key": "0"},
        {"by": "person", "key": "9" * 30},
        {"over": "-1"},
        {"upto": "9" * 12},
        {"over": "x\x00"},
    ],
)
def test_a_list_of_what_does_not_exist_gets_a_sentence(history: History, reader: Client, asked: dict[str, str]) -> None:
    assert 'role="alert"' in fine(reader.get(to("measures_waits"), ALL | asked), 422)


def test_channel_and_language_narrow_everything(history: History, reader: Client) -> None:
    asked = ALL | {"channel": "chirp", "language": "NB"}
    found = counted(fine(reader.get(to("measures"), asked)))
    assert found
    for address, n in set(found):
        given = QueryDict(address.partition("?")[2])
        assert (given["channel"], given["language"]) == ("chirp", "nb")
        assert total(fine(reader.get(address))) == n


@pytest.mark.parametrize("zone", ["Nowhere/At_All", "Europe/Oslo", ""])
def test_any_time_at_all_can_be_asked_for(history: History, reader: Client, zone: str) -> None:
    reader.cookies["tz"] = zone
    fine(reader.get(to("measures"), {"from": "1971-01-01", "to": "2199-12-31"}))
    assert "Nothing began in this time" in fine(reader.get(to("measures"), {"from": "1990-01-01", "to": "1990-01-01"}))


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_row_says_who_what_where_how_often_and_how_it_ended_and_opens_the_conversation(
    team: Team, reader: Client
) -> None:
    made = History(team.brand)
    made.wait(
        START,
        "closed_unanswered",
        7200,
        reason="too_late",
        user=team.lars,
        asked=3,
        name="<b>Kari</b>",
        text=READABLE.replace("\x00", ""),
    )
    text = fine(reader.get(to("measures_waits"), ALL))
    assert "&lt;b&gt;Kari&lt;/b&gt;" in text
    assert "<script>alert" not in text
    assert "Closed unanswered · Too late to answer after 2 h" in text
    assert "asked 3 times" in text
    assert "Lars" in text
    case = Case.objects.get()
    assert f'href="{to("case", case.pk)}?all=1#message-{Message.objects.get().pk}"' in text
    assert reader.get(to("case", case.pk)).status_code == 200


def test_a_long_list_is_read_a_page_at_a_time(history: History, reader: Client) -> None:
    history.random(random.Random(9), 60, 20, [])  # noqa: S311  as above
    seen, address = [], f"{to('measures_waits')}?from=&to="
    while address:
        text = fine(reader.get(address))
        seen += re.findall(r'href="[^"]*/cases/(\d+)/\?all', text)
        more = re.search(r'href="(\?[^"]*after=[^"]*)"', text)
        address = to("measures_waits") + unescape(more[1]) if more else ""
    assert len(seen) == len(set(seen)) == total(text) > 50
    assert "Back to the top" in text
    fine(reader.get(to("measures_waits"), ALL | {"after": READABLE}))


# ── the spreadsheet ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_file_has_every_field_and_the_figures_of_the_page(history: History, reader: Client) -> None:
    (whole,) = table(reader.get(to("measures_csv"), ALL))
    assert whole["needed_answer"] == str(total(fine(reader.get(to("measures_waits"), ALL))))
    for name in (
        "inbound",
        "outbound",
        "response_rate",
        "first_answer_seconds_p50",
        "next_answer_seconds_n",
        "as_of",
        "zone",
    ):
        assert whole[name] != ""
    for by in ("day", "hour", "weekday", "channel", "account"):
        rows = table(reader.get(to("measures_csv"), ALL | {"by": by}))
        assert next(iter(rows[0])) == by
        assert sum(int(row["needed_answer"]) for row in rows) == int(whole["needed_answer"])


def test_the_file_begins_with_a_mark_for_utf_8_and_is_named(history: History, reader: Client) -> None:
    answer: Any = reader.get(to("measures_csv"), {"from": "2026-03-02", "to": "2026-03-03", "by": "day"})
    assert b"".join(answer.streaming_content).startswith(b"\xef\xbb\xbfday,")
    assert answer["Content-Disposition"] == ('attachment; filename="measures-fjellro-2026-03-02-2026-03-03-day.csv"')
    assert "no-store" in answer["Cache-Control"]


def test_nothing_in_the_file_is_a_formula(team: Team, reader: Client) -> None:
    made = History(team.brand)
    for handle in ("=HYPERLINK(1)", "+1", "-1", "@fjellro", "\t=1", " =1", "＝1", 'a"b,c\nd', "plain"):
        made.wait(START, handle=handle)
    rows = table(reader.get(to("measures_csv"), ALL | {"by": "account"}))
    assert {row["account"] for row in rows} == {
        *("'=HYPERLINK(1)", "'+1", "'-1", "'@fjellro", "'\t=1", "' =1", "'＝1"),
        *('a"b,c\nd', "plain"),
    }


def test_a_file_of_nothing_has_its_head(team: Team, reader: Client) -> None:
    assert table(reader.get(to("measures_csv"), ALL | {"by": "day"})) == []
    assert table(reader.get(to("measures_csv"), ALL))[0]["response_rate"] == ""


# ── the pieces ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, ""), (0, 9, "0 %"), (9, 9, "100 %"), (7, 9, "78 %"), (1, 9999, "0.1 %"), (9998, 9999, "99.9 %"), (98, 99, "99 %"), (812, 1034, "78.5 %")],
)  # fmt: skip
def test_a_share_is_never_rounded_to_all_or_nothing(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "–"), (0, "1 min"), (59.9, "1 min"), (60.1, "2 min"), (3599, "1 h"), (7201, "2 h 1 min"), (172_801, "2 d 1 h"), (864_001, "11 d")],
)  # fmt: skip
def test_within_never_promises_too_much(seconds: float | None, text: str) -> None:
    assert within(seconds).replace("\xa0", " ") == text


def test_bars_stand_on_zero_and_are_as_high_as_they_count() -> None:
    parts = tuple(plots.Part("answered", n, "", "") for n in (3, 1))
    drawn = plots.stacked([plots.Bar("a", "", "", 4, parts), plots.Bar("b", "", "", 0)], str)
    low, high = drawn.rects
    assert [tick.label for tick in drawn.rows] == ["0", "1", "2", "3", "4"]
    assert float(low.y) + float(low.height) == float(drawn.base) == plots.TALL
    assert float(high.y) + float(high.height) == pytest.approx(float(low.y), abs=0.11)
    assert float(low.height) == pytest.approx(3 * float(high.height), abs=0.11)
    assert plots.stacked([], str).rects == ()


def test_a_gap_is_a_gap() -> None:
    bars = [plots.Bar(str(number), "", "", 1) for number in range(4)]
    drawn = plots.rates(bars, [0.5, None, 1.0, 0.0], str)
    assert len(drawn.dots) == 3
    assert len(drawn.lines) == 1
    assert [dot.y for dot in drawn.dots] == [drawn.rows[1].at, drawn.rows[2].at, drawn.rows[0].at]


@pytest.mark.parametrize("values", [[], [None], [0.0], [30.0, 31.0], [1e9], [60.0, 6e5]])
def test_times_of_any_size_stay_inside_of_their_plot(values: list[float | None]) -> None:
    drawn = plots.times([plots.Bar("", "", "", 1) for _ in values], values, str)
    assert all(0 <= float(dot.y) <= plots.LOW for dot in drawn.dots)
    assert len(drawn.rows) >= 2


def test_days_together_miss_none_and_say_when_they_are_cut() -> None:
    first, last = date(2023, 12, 28), date(2024, 3, 6)
    for step, most in (("day", 70), ("week", 11), ("month", 4), ("year", 2)):
        found = buckets.buckets({}, first, last, step)
        assert len(found) == most
        assert sum((bucket.last - bucket.first).days + 1 for bucket in found) == 70
        assert found[0].first == first
        assert [later.first - one.last for one, later in pairwise(found)] == [timedelta(days=1)] * (most - 1)
    assert [bucket.cut for bucket in buckets.buckets({}, first, last, "month")] == [True, False, False, True]
    assert [buckets.name(bucket, "month") for bucket in buckets.buckets({}, first, last, "month")] == [
        *("28 Dec to 31 Dec 2023", "January 2024", "February 2024", "1 Mar to 6 Mar 2024"),
    ]
    assert buckets.step_for(first, first + timedelta(days=61), "") == "day"
    assert buckets.step_for(first, first + timedelta(days=62), "") == "week"
    assert buckets.step_for(date(1971, 1, 1), date(2199, 12, 31), "day") == "year"


@pytest.mark.parametrize("language", ["nb", "ru", "ro", "sk"])
def test_a_drawing_is_the_same_in_every_language(history: History, reader: Client, language: str) -> None:
    def drawn() -> list[str]:
        return re.findall(
            r' (?:x|y|x1|y1|x2|y2|cx|cy|width|height|data-n)="[^"]*"', fine(reader.get(to("measures"), WEEKS))
        )

    english = drawn()
    reader.cookies["django_language"] = language
    assert drawn() == english
    assert not [one for one in english if "," in one]
