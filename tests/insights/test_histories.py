"""On random histories: the second computation adds up, and its waits are those of the live desk."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings

from answerable.cases import waits as desk
from tests.insights.histories import Record, histories
from tests.insights.reference import measures
from tests.insights.reference_history import Pair, addressed, read
from tests.insights.reference_waits import ends_of, waits_of

COUNTS = (
    *("inbound", "outbound", "needed_answer", "answered", "closed_unanswered"),
    *("waiting", "excused", "withdrawn", "answered_elsewhere", "negative"),
)


@settings(deadline=None)
@given(histories())
def test_the_parts_add_up_to_the_whole(history: list[Record]) -> None:
    total = measures(history, "fjellro")
    assert total["needed_answer"] == total["answered"] + total["closed_unanswered"] + total["waiting"]
    timed = (total["first_answer_seconds"]["n"], total["next_answer_seconds"]["n"])
    assert sum(timed) == total["answered"]
    for by in ("channel", "day"):
        rows = measures(history, "fjellro", by=by)["rows"]
        assert [row[by] for row in rows] == sorted({row[by] for row in rows})
        assert {name: sum(row[name] for row in rows) for name in COUNTS} == {name: total[name] for name in COUNTS}
    for row in measures(history, "fjellro", by="channel")["rows"]:
        alone = measures(history, "fjellro", channel=row["channel"])
        assert {"channel": row["channel"], **alone} == {"as_of": total["as_of"], **row}


@settings(deadline=None)
@given(histories())
def test_waits_are_those_of_the_live_desk(history: list[Record]) -> None:
    """Given the same asks and ends, the desk's own arithmetic finds the same waits."""
    share = read(history, "fjellro")
    asks: dict[Pair, list[desk.Ask]] = defaultdict(list)
    for message in share.messages.values():
        if addressed(message, share):
            pair = (message.network, message.thread, message.author)
            asks[pair].append(desk.Ask(message.line, message.at, message.received_at, message.gone_at))
    found = {(wait.pair, wait.opener.line, wait.asked, wait.microseconds, wait.negative) for wait in waits_of(share)}
    ends = ends_of(share)
    expected = set()
    for pair, of_pair in asks.items():
        given_ends = [
            desk.End("answer" if e.outcome == "answered" else e.outcome, e.line, e.at, e.covers_until, e.seen_until)
            for e in ends.get(pair, [])
        ]
        for span in desk.derive(of_pair, given_ends):
            expected.add((pair, span.asks[0].id, len(span.asks), span.microseconds, span.negative))
    assert found == expected
