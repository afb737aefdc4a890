"""What people do to a case, by plain forms and by script."""

from __future__ import annotations

from datetime import timedelta

import pytest

from answerable.cases.models import Case, Note, Wait
from answerable.core import clock
from tests.desk import Desk
from tests.web.front_door import HTMX, signed_in, to


@pytest.fixture
def case(desk: Desk) -> Case:
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro where is my parcel?")
    return desk.case()


def test_take_and_give_back(desk: Desk, case: Case) -> None:
    client = signed_in(desk.team.anna)
    assert client.post(to("take", case.pk))["Location"] == to("case", case.pk)
    assert desk.case().assignee == desk.team.anna
    assert "Give back" in client.post(to("take", case.pk), **HTMX).text
    client.post(to("drop", case.pk))
    assert desk.case().assignee is None


def test_a_note_stands_beside_the_case(desk: Desk, case: Case) -> None:
    client = signed_in(desk.team.anna)
    answer = client.post(to("note", case.pk), {"text": "Lost \x00by the <b>courier</b>"}, **HTMX)
    assert "Lost by the &lt;b&gt;courier&lt;/b&gt;" in answer.text
    assert Note.objects.get().user == desk.team.anna


def test_an_empty_note_says_so_where_it_was_typed(desk: Desk, case: Case) -> None:
    client = signed_in(desk.team.anna)
    answer = client.post(to("note", case.pk), {"text": " "}, HTTP_HX_TRIGGER=f"note-{case.pk}", **HTMX)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == f"#note-{case.pk}-trouble"
    assert "the note is empty" in answer.text
    page = client.post(to("note", case.pk), {"text": " "}, follow=True)
    assert "the note is empty" in page.text


def test_a_note_as_long_as_a_book_is_refused(desk: Desk, case: Case) -> None:
    client = signed_in(desk.team.anna)
    answer = client.post(to("note", case.pk), {"text": "x" * 10_001}, **HTMX)
    assert answer.status_code == 422
    assert "10,001 characters; at most 10,000" in answer.text
    assert not Note.objects.exists()


def test_a_decision_ends_the_wait_and_can_be_undone_from_the_toast_and_the_timeline(desk: Desk, case: Case) -> None:
    client, wait = signed_in(desk.team.anna), desk.wait()
    answer = client.post(to("decide", case.pk, wait.pk), {"reason": "nothing_to_answer"}, **HTMX)
    assert desk.wait().outcome == "excused"
    decision = desk.wait().decision
    assert decision is not None
    undo = to("undo_decision", case.pk, decision.pk)
    assert answer.text.count(f'action="{undo}"') == 2
    client.post(undo)
    assert desk.wait().outcome == ""
    assert undo not in client.get(to("case", case.pk)).text


def test_answered_elsewhere_asks_for_the_link(desk: Desk, case: Case) -> None:
    client, wait = signed_in(desk.team.anna), desk.wait()
    address = to("decide", case.pk, wait.pk)
    assert "give the address" in client.post(address, {"reason": "answered_elsewhere"}, **HTMX).text
    client.post(address, {"reason": "answered_elsewhere", "link": "https://example.org/\x00a"})
    assert desk.wait().outcome == "answered_elsewhere"


def test_closing_with_somebody_waiting_needs_a_reason_and_can_be_undone(desk: Desk, case: Case) -> None:
    client = signed_in(desk.team.anna)
    assert "still waiting for an answer" in client.post(to("close", case.pk), **HTMX).text
    assert desk.case().state == "open"
    answer = client.post(to("close", case.pk), {"reason": "spam"}, **HTMX)
    assert desk.case().state == "closed"
    undo = to("undo_close", case.pk)
    assert answer.text.count(f'action="{undo}"') == 2
    client.post(undo)
    assert desk.case().state == "open"
    assert Wait.objects.get().outcome == ""


def test_reopen(desk: Desk, case: Case) -> None:
    client = signed_in(desk.team.anna)
    client.post(to("close", case.pk), {"reason": "spam"})
    client.post(to("reopen", case.pk))
    assert desk.case().state == "open"


@pytest.mark.parametrize("preset", ["hours", "tomorrow", "monday"])
def test_snooze_by_preset_and_wake(desk: Desk, case: Case, preset: str) -> None:
    client = signed_in(desk.team.anna)
    answer = client.post(to("snooze", case.pk), {"preset": preset}, **HTMX)
    assert desk.case().state == "snoozed"
    assert f'action="{to("wake", case.pk)}"' in answer.text
    client.post(to("wake", case.pk))
    assert desk.case().state == "open"


def test_snooze_until_a_time_is_read_in_the_readers_zone(desk: Desk, case: Case) -> None:
    client = signed_in(desk.team.anna)
    client.cookies["tz"] = "Asia/Tokyo"
    day = (clock.now() + timedelta(days=3)).date()
    client.post(to("snooze", case.pk), {"until": f"{day}T09:00"})
    until = desk.case().snoozed_until
    assert until is not None
    assert (until.date(), until.hour) == (day, 0)


@pytest.mark.parametrize("until", ["", "tomorrow", "2020-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00", "\x00"])
def test_a_time_that_is_none_is_refused_with_a_sentence(desk: Desk, case: Case, until: str) -> None:
    answer = signed_in(desk.team.anna).post(to("snooze", case.pk), {"until": until}, **HTMX)
    assert answer.status_code == 422
    assert answer.text.strip().startswith("choose a")
    assert desk.case().state == "open"
