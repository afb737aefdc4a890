"""The arithmetic of waits, on paper and on thousands of random histories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from answerable.cases.waits import Ask, End, Span, derive

T0 = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def ask(number: int, minutes: float, *, received: float | None = None, gone: float | None = None) -> Ask:
    received_at = at(minutes if received is None else received)
    return Ask(number, at(minutes), received_at, None if gone is None else at(gone))


def answer(number: int, minutes: float, *, covers: float | None = None, seen: float | None = None) -> End:
    covers_until = at(max(minutes, covers or minutes))
    return End("answer", number, at(minutes), covers_until, None if seen is None else at(seen))


def seconds(span: Span) -> float | None:
    return None if span.microseconds is None else span.microseconds / 1_000_000


def shape(spans: list[Span]) -> list[tuple[list[int], float | None]]:
    return [([ask.id for ask in span.asks], seconds(span)) for span in spans]


def test_one_question_one_answer() -> None:
    assert shape(derive([ask(1, 0)], [answer(9, 5)])) == [([1], 300.0)]


def test_asking_again_does_not_open_a_second_wait() -> None:
    assert shape(derive([ask(1, 0), ask(2, 3), ask(3, 4)], [answer(9, 5)])) == [([1, 2, 3], 300.0)]


def test_words_after_the_answer_open_the_next_wait() -> None:
    spans = derive([ask(1, 0), ask(2, 10)], [answer(9, 5)])
    assert shape(spans) == [([1], 300.0), ([2], None)]


def test_an_answer_before_anything_was_asked_ends_nothing() -> None:
    assert shape(derive([ask(1, 10)], [answer(9, 5)])) == [([1], None)]


def test_an_answer_by_a_skewed_clock_counts_zero_and_is_flagged() -> None:
    (span,) = derive([ask(1, 10)], [answer(9, 5, covers=10)])
    assert seconds(span) == 0.0
    assert span.negative


def test_a_reply_sent_from_here_does_not_answer_what_had_not_been_received() -> None:
    # Posted at 3, before the reply of 5, but it reached us at 6: nobody had read it.
    spans = derive([ask(1, 0), ask(2, 3, received=6)], [answer(9, 5, seen=5)])
    assert shape(spans) == [([1], 300.0), ([2], None)]


def test_a_reply_made_in_the_app_answers_what_stood_there() -> None:
    spans = derive([ask(1, 0), ask(2, 3, received=6)], [answer(9, 5)])
    assert shape(spans) == [([1, 2], 300.0)]


def test_deleting_the_opener_withdraws_the_wait() -> None:
    (span,) = derive([ask(1, 0, gone=4)], [])
    assert span.withdrawn_at == at(4)
    assert seconds(span) == 240.0


def test_what_is_answered_is_the_newest_that_stands() -> None:
    (span,) = derive([ask(1, 0), ask(2, 3), ask(3, 4, gone=5)], [])
    assert span.last_ask.id == 2
    (withdrawn,) = derive([ask(1, 0, gone=4), ask(2, 3, gone=4)], [])
    assert withdrawn.last_ask.id == 2


def test_who_asked_after_a_withdrawn_opener_goes_on_waiting() -> None:
    spans = derive([ask(1, 0, gone=4), ask(2, 2)], [answer(9, 10)])
    assert shape(spans) == [([1], 240.0), ([2], 480.0)]


def test_deleting_after_the_answer_changes_nothing() -> None:
    (span,) = derive([ask(1, 0, gone=9)], [answer(9, 5)])
    assert span.withdrawn_at is None
    assert seconds(span) == 300.0


def test_deleting_a_later_ask_leaves_the_wait() -> None:
    assert shape(derive([ask(1, 0), ask(2, 3, gone=4)], [answer(9, 5)])) == [([1, 2], 300.0)]


minutes = st.integers(min_value=0, max_value=60)
asks = st.lists(
    st.tuples(minutes, st.integers(0, 10), st.none() | st.integers(0, 30)), max_size=6, unique_by=lambda row: row[0]
).map(
    lambda rows: [
        Ask(i, at(m), at(m + late), None if gone is None else at(m + gone)) for i, (m, late, gone) in enumerate(rows)
    ]
)
ends = st.lists(st.tuples(minutes, st.booleans()), max_size=4, unique_by=lambda row: row[0]).map(
    lambda rows: [End("answer", 100 + i, at(m), at(m), at(m) if here else None) for i, (m, here) in enumerate(rows)]
)


@given(asks, ends)
def test_every_ask_is_in_exactly_one_wait(given_asks: list[Ask], given_ends: list[End]) -> None:
    spans = derive(given_asks, given_ends)
    assert sorted(ask.id for span in spans for ask in span.asks) == sorted(ask.id for ask in given_asks)


@given(asks, ends)
def test_at_most_one_wait_is_open(given_asks: list[Ask], given_ends: list[End]) -> None:
    assert sum(span.ended_at is None for span in derive(given_asks, given_ends)) <= 1


@given(asks, ends)
def test_no_duration_is_negative(given_asks: list[Ask], given_ends: list[End]) -> None:
    assert all((span.microseconds or 0) >= 0 for span in derive(given_asks, given_ends))


@given(asks, ends, st.randoms())
def test_the_order_of_arrival_does_not_matter(given_asks: list[Ask], given_ends: list[End], dice: object) -> None:
    shuffled_asks, shuffled_ends = list(given_asks), list(given_ends)
    dice.shuffle(shuffled_asks)  # type: ignore[attr-defined]
    dice.shuffle(shuffled_ends)  # type: ignore[attr-defined]
    assert derive(shuffled_asks, shuffled_ends) == derive(given_asks, given_ends)


@given(asks, ends)
def test_an_open_wait_holds_only_asks_that_no_end_covers(given_asks: list[Ask], given_ends: list[End]) -> None:
    for span in derive(given_asks, given_ends):
        if span.ended_at is None:
            for waiting in span.asks:
                assert not any(
                    end.covers_until >= waiting.at and (end.seen_until is None or waiting.received_at <= end.seen_until)
                    for end in given_ends
                )


def test_every_order_of_a_small_history_gives_the_same_waits() -> None:
    history = [ask(1, 0), ask(2, 3), ask(3, 12, gone=13), ask(4, 20)]
    expected = derive(history, [answer(9, 5), answer(10, 30)])
    assert all(derive(order, [answer(10, 30), answer(9, 5)]) == expected for order in permutations(history))
