"""The second computation gives what was counted by hand: the worked example, and small cases of one rule each."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.insights.reference import measures, seconds
from tests.insights.reference_history import Record, read
from tests.insights.reference_waits import waits_of

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
COUNTS = (
    *("inbound", "outbound", "needed_answer", "answered", "closed_unanswered"),
    *("waiting", "excused", "withdrawn", "answered_elsewhere", "negative"),
)
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = 86_400.0


def example() -> list[Record]:
    with (EXAMPLES / "history.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("by", "name"), [(None, "history"), ("channel", "history.by_channel"), ("day", "history.by_day")]
)
def test_the_example_comes_out_as_counted_by_hand(by: str | None, name: str) -> None:
    expected = json.loads((EXAMPLES / f"{name}.expected.json").read_text(encoding="utf-8"))
    found = measures(example(), "fjellro", by=by)
    assert found == expected
    assert json.loads(json.dumps(found)) == found  # nothing in it that JSON cannot say


def test_the_order_of_lines_does_not_matter_where_no_two_times_are_the_same() -> None:
    assert measures(example()[::-1], "fjellro", by="day") == measures(example(), "fjellro", by="day")


# --- small cases


def at(after: float) -> str:
    return (T0 + timedelta(seconds=after)).isoformat()


def said(id_: str, author: str, after: float, **more: Any) -> Record:
    """A message so many seconds after noon; the brand is fjellro."""
    return {"id": id_, "author": author, "at": at(after), "text": "", **more}


def asked(id_: str, author: str, after: float, **more: Any) -> Record:
    return said(id_, author, after, mentions=["fjellro"], **more)


def did(act: str, after: float, **more: Any) -> Record:
    """An act about ann in the thread a."""
    return {"type": "act", "act": act, "thread": "a", "author": "ann", "at": at(after), **more}


def counts(*lines: Record) -> dict[str, int]:
    """What is not zero of the waits."""
    found = measures(lines, "fjellro")
    return {name: found[name] for name in COUNTS[3:] if found[name]}


def answers(*lines: Record) -> tuple[list[float], list[float]]:
    """The durations of first and of next answers, in order of the waits' starts."""
    waits = [wait for wait in waits_of(read(lines, "fjellro")) if wait.outcome == "answered"]
    waits.sort(key=lambda wait: wait.start)
    spans = [(wait.first, (wait.microseconds or 0) / 1_000_000) for wait in waits]
    return [span for first, span in spans if first], [span for first, span in spans if not first]


ASK = asked("a", "ann", 0)
ANSWER = said("b", "fjellro", 60, parent="a")


def test_of_an_empty_file_everything_is_none_or_nothing() -> None:
    found = measures([], "fjellro", by="day")
    assert [found[name] for name in COUNTS] == [0] * len(COUNTS)
    assert [found[name] for name in ("as_of", "response_rate", "longest_open_seconds")] == [None, None, None]
    assert (
        found["first_answer_seconds"]
        == found["next_answer_seconds"]
        == {"n": 0, "mean": None} | dict.fromkeys(("p50", "p90"))
    )
    assert found["rows"] == []


@pytest.mark.parametrize("account", ["fjellro", "@Fjellro", "id-7"])
def test_an_account_is_found_by_handle_in_any_case_and_by_id(account: str) -> None:
    own = {"type": "account", "id": "id-7", "handle": "fjellro"}
    lines = [own, said("a", "ann", 0, text="@FJELLRO hi"), said("b", "", 9, parent="a") | {"author": {"id": "id-7"}}]
    found = measures(lines, account)
    assert (found["inbound"], found["outbound"], found["answered"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@fjellro hei", True),
        ("(@Fjellro)", True),
        ("takk @fjellro.", True),
        ("@fjellro, @bo", True),
        ("fjellro", False),
        ("@fjellro_no", False),
        ("@fjellro.no", False),
        ("post@fjellro", False),
    ],
)
def test_a_handle_in_the_text_names_when_it_stands_for_itself(text: str, named: bool) -> None:
    assert counts(said("a", "ann", 0, text=text)) == ({"waiting": 1} if named else {})


def test_a_list_of_mentions_beats_the_text() -> None:
    assert counts(said("a", "ann", 0, text="@fjellro", mentions=[])) == {}
    assert counts(said("a", "ann", 0, mentions=["@Fjellro"])) == {"waiting": 1}


def test_only_the_brands_conversations_count() -> None:
    others = [said("x", "ann", 0), said("y", "bo", 5, parent="x"), said("z", "cy", DAY)]
    found = measures([*others, ASK, said("c", "bo", 7, parent="a")], "fjellro")
    assert (found["inbound"], found["as_of"]) == (2, "2026-03-01T12:00:07Z")


@pytest.mark.parametrize("sign", [{"told": True}, {"kind": "mail", "to": ["fjellro"]}, {"quotes": "p"}])
def test_a_conversation_is_the_brands_too_when_it_is_written_to_quoted_or_told(sign: Record) -> None:
    assert counts(said("p", "fjellro", 0), said("a", "ann", 9, **sign)) == {"waiting": 1}


def test_what_answers_the_same_lost_message_is_one_conversation() -> None:
    lines = [said("a", "ann", 0, parent="lost"), said("b", "fjellro", 5, parent="lost")]
    found = measures(lines, "fjellro")
    assert (found["inbound"], found["outbound"], found["needed_answer"]) == (1, 1, 0)


def test_the_last_event_is_a_word_an_edit_a_deletion_or_an_act() -> None:
    for last in ({"gone_at": at(70)}, {"edited_at": at(70)}):
        assert measures([ASK | last, ANSWER], "fjellro")["as_of"] == "2026-03-01T12:01:10Z"
    acts = [did("note", 61.5, text="-"), did("decide", 61, reason="spam", undone_at=at(99))]
    assert measures([ASK, ANSWER, *acts], "fjellro")["as_of"] == "2026-03-01T12:01:01.500000Z"
    assert measures([ASK, {**acts[0], "author": "bo"}], "fjellro")["as_of"] == at(0).replace("+00:00", "Z")


def test_context_waits_for_nobody_unless_the_network_told_of_it() -> None:
    assert counts(asked("a", "ann", 0, context=True)) == {}
    assert counts(asked("a", "ann", 0, context=True, told=True)) == {"waiting": 1}


def test_customers_among_themselves_are_not_addressed() -> None:
    under_ours = [said("p", "fjellro", 0), said("a", "ann", 1, parent="p")]
    assert counts(*under_ours, said("b", "bo", 2, parent="a")) == {"waiting": 1}
    assert answers(*under_ours, said("b", "ann", 2, parent="a"), said("c", "fjellro", 9, parent="b")) == ([8], [])
    elsewhere = [said("p", "bo", 0), asked("a", "ann", 1, parent="p")]
    later = said("b", "ann", 2, parent="a")  # own words, but not under a post of the brand
    assert counts(*elsewhere, said("c", "fjellro", 1.5, parent="a"), later) == {"answered": 1}


def test_a_reply_to_a_bystander_ends_only_theirs() -> None:
    assert counts(ASK, asked("c", "bo", 5, parent="a"), said("d", "fjellro", 9, parent="c")) == {
        "answered": 1,
        "waiting": 1,
    }


@pytest.mark.parametrize(
    "reply",
    [{"parent": None}, {"parent": "lost"}, {"automatic": True}, {"gone_at": at(99)}, {"parent": None, "to": []}],
)
def test_what_ends_nothing(reply: Record) -> None:
    assert counts(ASK, {**ANSWER, "thread": "a", **reply}) == {"waiting": 1}


def test_going_on_from_own_words_answers_whom_those_answered() -> None:
    robot = said("r", "fjellro", 1, parent="a", automatic=True)
    assert answers(ASK, robot, said("b", "fjellro", 60, parent="r")) == ([60], [])


def test_a_private_message_without_a_parent_answers_whom_it_is_sent_to() -> None:
    direct = {"kind": "direct", "thread": "a"}
    assert answers(said("a", "ann", 0, **direct), said("b", "fjellro", 7, to=["ann"], **direct)) == ([7], [])


def test_deleted_at_the_answers_instant_is_withdrawn_and_later_is_not() -> None:
    assert counts({**ASK, "gone_at": at(60)}, ANSWER) == {"withdrawn": 1}
    assert counts({**ASK, "gone_at": at(60.000001)}, ANSWER) == {"answered": 1}


def test_words_from_the_desk_answer_what_had_been_received_when_they_were_sent() -> None:
    sent = {**ANSWER, "sent_here_at": at(50)}
    assert counts({**ASK, "received_at": at(50)}, sent) == {"answered": 1}
    assert counts({**ASK, "received_at": at(50.000001)}, sent) == {"waiting": 1}
    assert counts({**ASK, "received_at": at(50.000001)}, ANSWER) == {"answered": 1}


def test_an_earlier_clock_counts_zero_and_is_flagged() -> None:
    early = said("b", "fjellro", -5, parent="a")
    assert counts(ASK, early) == {"answered": 1, "negative": 1}
    assert answers(ASK, early) == ([0], [])


def test_decisions_count_by_their_reason_unless_they_were_undone() -> None:
    for reason, name in (("abuse", "excused"), ("gave_up", "closed_unanswered")):
        assert counts(ASK, did("decide", 9, reason=reason)) == {name: 1}
        assert counts(ASK, did("close", 9, reason=reason)) == {name: 1}
    assert counts(ASK, did("decide", 9, reason="answered_elsewhere", link="https://a.example")) == {
        "answered_elsewhere": 1
    }
    assert counts(ASK, did("decide", 9, reason="spam", undone_at=at(10))) == {"waiting": 1}
    assert counts(ASK, did("close", 9, reason="done")) == {"waiting": 1}
    assert counts(ASK, did("decide", 60, reason="spam"), ANSWER) == {"answered": 1}  # of one instant, the answer


@pytest.mark.parametrize(
    ("acts", "first"),
    [
        ([], False),
        ([did("close", 90, reason="done")], True),
        ([did("close", 90, reason="done", undone_at=at(95))], False),
        ([did("close", 90, reason="done"), did("reopen", 95)], False),
        ([did("close", 100, reason="done")], False),  # seven days to the instant
        ([did("close", 99.999999, reason="done")], True),
        ([did("reopen", 80), did("close", 90, reason="done")], True),
    ],
)
def test_more_than_seven_days_after_closing_a_case_is_new(acts: list[Record], first: bool) -> None:
    again, answer = asked("c", "ann", 100 + 7 * DAY, parent="a"), said("d", "fjellro", 105 + 7 * DAY, parent="c")
    assert answers(ASK, ANSWER, again, answer, *acts) == (([60, 5], []) if first else ([60], [5]))


def test_words_within_seven_days_reopen_so_that_later_ones_are_of_the_same_case() -> None:
    lines = [ASK, ANSWER, did("close", 90, reason="done")]
    for day in (3, 20):
        lines += [asked(f"c{day}", "ann", day * DAY, parent="a"), said(f"d{day}", "fjellro", day * DAY + 1, parent="a")]
    assert answers(*lines) == ([60], [1, 1])


def test_percentiles_are_values_of_the_list() -> None:
    tenth = [n * 1_000_000 for n in range(10, 0, -1)]
    assert seconds(tenth) == {"n": 10, "mean": 5.5, "p50": 5.0, "p90": 9.0}
    assert seconds([*tenth, 11_000_000]) == {"n": 11, "mean": 6.0, "p50": 6.0, "p90": 10.0}


def test_filters_choose_waits_by_their_opener_and_leave_the_last_event() -> None:
    lines = [{**ASK, "language": "no"}, {**ANSWER, "language": "en"}, asked("c", "bo", 100, network="meadow")]
    norwegian = measures(lines, "fjellro", language="no")
    assert [norwegian[name] for name in ("inbound", "outbound", "answered", "waiting")] == [1, 0, 1, 0]
    meadow = measures(lines, "fjellro", channel="meadow")
    assert [meadow[name] for name in ("inbound", "outbound", "answered", "waiting")] == [1, 0, 0, 1]
    start = measures(lines, "fjellro", since=T0, until=T0 + timedelta(seconds=60))
    assert [start[name] for name in ("inbound", "outbound", "answered", "waiting")] == [1, 0, 1, 0]
    assert {part["as_of"] for part in (norwegian, meadow, start)} == {"2026-03-01T12:01:40Z"}
