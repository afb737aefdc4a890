"""The arithmetic of waits over a whole table: the rules of waits.py and of settle's cases, for histories.

asks, ends → waits, each in its case. That both forms agree is tested on random histories.
"""

from __future__ import annotations

from datetime import timedelta

import ibis

from answerable.cases.reasons import DONE, ELSEWHERE, EXCUSED
from answerable.core.frames import Table, Value, Workbench

REOPENS = timedelta(days=7)  # words within this time of closing reopen the case; later ones start another
_REOPENS_US = REOPENS // timedelta(microseconds=1)

# One row an act of a person on an author's words in a thread; act, reason: as docs/guides/import.md names them. opener:
# the message that opened the case it was done to, where that was said.
DEEDS = {
    "line": "int64", "thread": "int64", "author": "int64", "act": "string", "reason": "string", "at_us": "int64",
    "undone_us": "int64", "opener": "int64",
}  # fmt: skip
PAIR = ("thread", "author")


def waits(bench: Workbench, messages: Table, deeds: Table) -> Table:
    """messages: as inbox.standing_sets.standing gives them. deeds: as above.

    Returns thread, author, opener, last_ask, answer (lines of messages), decision (line of a deed), asked, started_us,
    ended_us, us, outcome ('' while open), negative, episode (which case of this author in this thread, from 0), first.
    """
    spans = bench.put("spans", _spans(_covered(bench, messages, deeds)))
    return bench.put("waits_found", _in_cases(spans, deeds))


def closings(bench: Workbench, waits: Table, deeds: Table) -> Table:
    """How each case stands at the end: thread, author, episode, closed_us and the line of the deed that closed it."""
    timeline = _timeline(waits, deeds)
    last = timeline.mutate(back=ibis.row_number().over(_window(timeline, "episode", newest_first=True)))
    ended = last.filter((last.back == 0) & (last.what == "close"))
    return bench.put("closings", ended.select(*PAIR, "episode", closed_us=ended.at_us, deed=ended.line))


def placed(bench: Workbench, waits: Table, deeds: Table) -> Table:
    """deeds with the episode they belong to: the one they name, else that of the last wait before them. Without a wait
    they belong nowhere."""
    began = waits.select(*PAIR, at_us=waits.started_us, line=waits.opener, episode=waits.episode, deed=False)
    done = deeds.select(*PAIR, "at_us", "line", episode=ibis.null("int64"), deed=True)
    both = began.union(done)
    order = [both.at_us, both.deed, both.line]
    running = ibis.window(group_by=PAIR, order_by=order, preceding=None, following=0)
    both = both.mutate(episode=both.episode.max().over(running).coalesce(0)).filter(both.deed)
    somewhere = deeds.semi_join(waits, PAIR)
    found = both.select(line=both.line, by_time=both.episode)
    named = waits.select(opener=waits.opener, by_name=waits.episode)
    timed = somewhere.join(found, somewhere.line == found.line).select(
        *[somewhere[name] for name in somewhere.columns], found.by_time
    )
    both_ways = timed.left_join(named, timed.opener == named.opener)
    return bench.put(
        "deeds_placed",
        both_ways.select(*[timed[name] for name in somewhere.columns], episode=named.by_name.coalesce(timed.by_time)),
    )


def _covered(bench: Workbench, messages: Table, deeds: Table) -> Table:
    """Every ask with the first end that covers it, if any."""
    asks = messages.filter(messages.addressed).select(
        *PAIR, "line", ask_us=messages.at_us, received_us=messages.received_us, gone_us=messages.gone_us
    )
    asks = bench.put("asks", asks.mutate(pos=ibis.row_number().over(group_by=PAIR, order_by=[asks.ask_us, asks.line])))
    ends = bench.put("ends", _answers(messages).union(_decisions(deeds)))
    reached = (
        asks.join(ends, [asks.thread == ends.thread, asks.author == ends.author])
        .filter(ends.covers_us >= asks.ask_us, ends.seen_us.isnull() | (asks.received_us <= ends.seen_us))
        .select(asks.line, ends.end, ends.decided, ends.kind, ends.end_us, ends.covers_us)
    )
    # Of an answer and a decision at the same instant, the answer ends the wait.
    order = [reached.end_us, reached.decided, reached.end]
    ranked = reached.mutate(place=ibis.row_number().over(group_by=reached.line, order_by=order))
    first = bench.put("covering", ranked.filter(ranked.place == 0).drop("place"))
    covered = asks.left_join(first, asks.line == first.line).select(
        *[asks[name] for name in asks.columns], *[first[name] for name in first.columns if name != "line"]
    )
    return bench.put("covered", covered)


def _answers(messages: Table) -> Table:
    parent = messages.view()
    ours = messages.left_join(parent, messages.parent == parent.line).filter(
        messages.to_author.notnull(), ~messages.automatic, messages.gone_us.isnull()
    )
    return ours.select(
        thread=messages.thread,
        author=messages.to_author,
        end=messages.line,
        decided=ibis.literal(False),
        kind=ibis.literal("answered"),
        end_us=messages.at_us,
        covers_us=ibis.greatest(messages.at_us, parent.at_us.coalesce(messages.at_us)),
        seen_us=messages.sent_here_us,
    )


def _decisions(deeds: Table) -> Table:
    made = deeds.filter(deeds.act.isin(["decide", "close"]), deeds.undone_us.isnull(), ~deeds.reason.isin(["", DONE]))
    outcome = ibis.cases(
        (made.reason == ELSEWHERE, "answered_elsewhere"),
        (made.reason.isin(list(EXCUSED)), "excused"),
        else_="closed_unanswered",
    )
    return made.select(
        *PAIR,
        end=made.line,
        decided=ibis.literal(True),
        kind=outcome,
        end_us=made.at_us,
        covers_us=made.at_us,
        seen_us=made.at_us,
    )


def _spans(asks: Table) -> Table:
    """Asks that share an end are one wait; those withdrawn before anything else was asked are one of their own."""
    withdrawn = asks.gone_us.notnull() & (
        asks.end.isnull() | (asks.gone_us <= ibis.greatest(asks.end_us, asks.covers_us))
    ).coalesce(True)
    group = [*PAIR, "decided", "end"]
    lead = (
        withdrawn.cast("int64").min().over(ibis.window(group_by=group, order_by=asks.pos, preceding=None, following=0))
    )
    marked = asks.mutate(lead=lead == 1)
    standing = marked.gone_us.isnull()
    span = marked.group_by(*group, "lead").aggregate(
        opener=marked.line.argmin(marked.pos),
        last_ask=marked.line.argmax(marked.pos, where=standing).coalesce(marked.line.argmax(marked.pos)),
        asked=marked.count(),
        started_us=marked.ask_us.min(),
        withdrawn_us=marked.gone_us.argmin(marked.pos),
        end_us=marked.end_us.min(),
        kind=marked.kind.min(),
    )
    ended_us = ibis.greatest(ibis.ifelse(span.lead, span.withdrawn_us, span.end_us), span.started_us)
    ended_us = ibis.ifelse(span.lead | span.end.notnull(), ended_us, ibis.null("int64"))
    span = span.mutate(ended_us=ended_us)
    return span.select(
        *PAIR,
        "opener",
        "last_ask",
        "asked",
        "started_us",
        "ended_us",
        us=span.ended_us - span.started_us,
        outcome=ibis.ifelse(span.lead, "withdrawn", span.kind.coalesce("")),
        answer=ibis.ifelse(~span.lead & ~span.decided, span.end, ibis.null("int64")),
        decision=ibis.ifelse(~span.lead & span.decided, span.end, ibis.null("int64")),
        negative=(~span.lead & (span.end_us < span.started_us)).coalesce(False),
    )


def _in_cases(spans: Table, deeds: Table) -> Table:
    """A wait that starts later than 7 days after the case was closed starts another case."""
    timeline = _timeline(spans, deeds)
    before = _window(timeline)
    previous, since = timeline.what.lag().over(before), timeline.at_us.lag().over(before)
    starts = ((timeline.what == "wait") & (previous == "close") & (timeline.at_us - since > _REOPENS_US)).coalesce(
        False
    )
    numbered = timeline.mutate(starts=starts.cast("int64"))
    running = ibis.window(group_by=PAIR, order_by=_order(numbered), preceding=None, following=0)
    numbered = numbered.mutate(episode=numbered.starts.sum().over(running))
    found = numbered.filter(numbered.what == "wait").select(opener=numbered.line, episode=numbered.episode)
    placed = spans.join(found, "opener")
    first = ibis.row_number().over(group_by=[*PAIR, "episode"], order_by=[placed.started_us, placed.opener])
    return placed.mutate(first=first == 0)


def _timeline(waits: Table, deeds: Table) -> Table:
    """What opens and closes cases, in order: waits that start, closings, reopenings. Undone closings never were."""
    began = waits.select(
        *PAIR,
        at_us=waits.started_us,
        what=ibis.literal("wait"),
        line=waits.opener,
        **({"episode": waits.episode} if "episode" in waits.columns else {}),
    )
    shut = deeds.filter(deeds.act.isin(["close", "reopen"]), deeds.undone_us.isnull()).select(
        *PAIR, at_us=deeds.at_us, what=deeds.act, line=deeds.line
    )
    if "episode" not in waits.columns:
        return began.union(shut)
    # A closing belongs to the case of the last wait before it.
    both = began.union(shut.mutate(episode=ibis.null("int64")))
    running = ibis.window(group_by=PAIR, order_by=_order(both), preceding=None, following=0)
    return both.mutate(episode=both.episode.max().over(running).coalesce(0))


def _order(timeline: Table) -> list[Value]:
    # At the same instant: a wait starts before the case is closed, and a closing comes before a reopening.
    return [
        timeline.at_us,
        ibis.cases((timeline.what == "wait", 0), (timeline.what == "close", 1), else_=2),
        timeline.line,
    ]


def _window(timeline: Table, *further: str, newest_first: bool = False) -> Value:
    order = _order(timeline)
    return ibis.window(group_by=[*PAIR, *further], order_by=[key.desc() for key in order] if newest_first else order)
