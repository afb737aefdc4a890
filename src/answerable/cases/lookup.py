"""The statements of a search. Every one names the brand and reads an index.

Asked for the newest fifty matches at once, PostgreSQL guesses how common a word is; when the guess is wrong it walks the
table backwards, a second for a rare word. So there are three ways, each with a bound (docs/decisions/0021-search-in-the-database.md):
the newest messages, which fill a page if the word is common; else every match, gathered before it is ordered; and
where that is too many, every match in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection

from answerable.cases import asked
from answerable.cases.places import Place

NEWEST = 20_000  # messages in which a common word is looked for first
ENOUGH = 1_000  # matches among them: more than any page shows
CAP = 5_000  # matches that are gathered; beyond, they are not counted
NAMES = 1_000  # authors whose name fits, likewise
MARKED = 8_000  # characters of a message in which words are marked
OPEN, SHUT = "\ue000", "\ue001"  # around what was found; taken out of what people wrote
CONFIGURATIONS = ["desk_nb", "desk_ru", "desk_ro", "desk_en", "desk_any"]  # of inbox/migrations/0002_search.py
EVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """query: a tsquery that fits in any of the languages; empty: no word. names: patterns that a name must fit."""

    query: str
    names: tuple[str, ...]


class Row(NamedTuple):
    """A case, its place in the order, and the newest message that matches (None: the name alone does)."""

    case_id: int
    at: datetime
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """cases: how many were counted. more: whether there may be others."""

    rows: list[Row]
    cases: int
    more: bool


_UNDERSTAND = """
SELECT ARRAY(
    SELECT DISTINCT query::text FROM (
        SELECT {query} AS query FROM unnest(%(configurations)s::regconfig[]) AS language
    ) AS readings WHERE numnode(query) > 0
), ARRAY(SELECT desk_plain(term) FROM unnest(%(terms)s::text[]) AS term)
"""

# Whose case a message is: its author's, or of whom it answers.
_ABOUT = "CASE WHEN outbound THEN to_author_id ELSE author_id END"
_NOBODY_SAID = "SELECT 0::bigint AS id, now() AS at, 0::bigint AS thread_id, 0::bigint AS about WHERE false"
_NEWEST = """
SELECT id, at, thread_id, about FROM (
    SELECT id, at, thread_id, words, {about} AS about FROM inbox_message
    WHERE brand_id = %(brand)s AND at <= %(until)s ORDER BY at DESC LIMIT %(newest)s
) AS newest WHERE words @@ %(query)s::tsquery LIMIT %(most)s
"""
_GATHERED = """
SELECT id, at, thread_id, {about} AS about FROM inbox_message
WHERE brand_id = %(brand)s AND words @@ %(query)s::tsquery LIMIT %(most)s
"""
_ORDERED = """
SELECT * FROM (
    SELECT id, at, thread_id, {about} AS about FROM inbox_message
    WHERE brand_id = %(brand)s AND words @@ %(query)s::tsquery AND at <= %(until)s OFFSET 0
) AS every ORDER BY at DESC LIMIT %(most)s
"""
_NOBODY_NAMED = "SELECT 0::bigint AS id WHERE false"
_NAMED = "SELECT id FROM inbox_author WHERE brand_id = %(brand)s AND NOT ours AND {fits} LIMIT %(names)s"
# The index is of letters that it knows (inbox/migrations/0003); two of them may be one there, so the name is asked again.
_FITS = """(desk_letters(' ' || handle || ' ' || name) LIKE desk_letters(%({name})s)
    AND desk_plain(' ' || handle || ' ' || name) LIKE %({name})s)"""
_FIRST = "false"
# On a later page: the case stands on an earlier one, by a newer match than those that are looked at here.
_SHOWN = """EXISTS (
    SELECT FROM cases_casethread AS link
    JOIN inbox_message AS later ON later.thread_id = link.thread_id AND later.at >= %(until)s
    JOIN customers_identity AS who ON who.customer_id = link.customer_id
        AND who.author_id = CASE WHEN later.outbound THEN later.to_author_id ELSE later.author_id END
    WHERE link.case_id = said.case_id AND link.current AND later.words @@ %(query)s::tsquery
    AND (later.at > %(until)s OR link.case_id >= %(case)s)
)"""
_PAGE = """
WITH matches AS MATERIALIZED ({matches}),
named AS MATERIALIZED ({named}),
said AS (
    SELECT link.case_id, max(matches.at) AS at,
        (array_agg(matches.id ORDER BY matches.at DESC, matches.id DESC))[1] AS message_id
    FROM matches
    JOIN customers_identity AS who ON who.author_id = matches.about
    JOIN cases_casethread AS link
        ON link.thread_id = matches.thread_id AND link.customer_id = who.customer_id AND link.current
    WHERE (SELECT count(*) FROM matches) <= %(cap)s
    GROUP BY link.case_id
),
fresh AS MATERIALIZED (SELECT * FROM said WHERE NOT {shown}),
found AS MATERIALIZED (
    SELECT case_id, max(at) AS at, max(message_id) AS message_id FROM (
        SELECT case_id, at, message_id FROM fresh
        UNION ALL
        SELECT own.id, own.last_at, NULL FROM named
        JOIN customers_identity AS who ON who.author_id = named.id
        JOIN cases_casethread AS link ON link.customer_id = who.customer_id AND link.current
        JOIN cases_case AS own ON own.id = link.case_id
    ) AS either GROUP BY case_id
)
SELECT (SELECT count(*) FROM matches), (SELECT count(*) FROM named), (SELECT count(*) FROM fresh),
    (SELECT count(*) FROM found), page.*
FROM (SELECT) AS always LEFT JOIN (
    SELECT case_id, at, message_id FROM found WHERE (at, case_id) < (%(until)s, %(case)s)
    ORDER BY at DESC, case_id DESC LIMIT %(size)s
) AS page ON true ORDER BY page.at DESC, page.case_id DESC
"""
_BEYOND = """
SELECT EXISTS (
    SELECT FROM inbox_message WHERE brand_id = %(brand)s AND at <= %(until)s ORDER BY at DESC OFFSET %(newest)s LIMIT 1
)
"""
_MARKED = """
SELECT id, ts_headline(
    desk_config(language), translate(left(text, %(length)s), %(marks)s, ''), %(query)s::tsquery, %(options)s
) FROM inbox_message WHERE brand_id = %(brand)s AND id = ANY(%(ids)s)
"""


def understand(text: str) -> Wanted | None:
    """What to look for; None when nothing was typed that could be found."""
    wanted = asked.read(text)
    phrases = {f"phrase{number}": phrase for number, phrase in enumerate(wanted.phrases)}
    parts = ["plainto_tsquery(language, %(words)s)", "to_tsquery(language, %(start)s)"]
    parts += [f"phraseto_tsquery(language, %({name})s)" for name in phrases]
    values = {"words": wanted.words, "start": asked.prefix(wanted.start), "terms": list(wanted.terms)}
    [(readings, terms)] = _ask(
        _UNDERSTAND.format(query=" && ".join(parts)), values | phrases | {"configurations": CONFIGURATIONS}
    )
    found = Wanted(" | ".join(f"({query})" for query in readings), tuple(asked.pattern(term) for term in terms))
    return found if found.query or found.names else None


def page(brand: int, wanted: Wanted, after: Place | None, size: int) -> Page:
    """The next rows after a place, newest first."""
    until, case = after or Place(EVER, 0)
    values = {"brand": brand, "query": wanted.query, "until": until, "case": case, "size": size}
    shown = _SHOWN if after else _FIRST
    if not wanted.query:
        return _look(_NOBODY_SAID, wanted, values, 0).page(more=False)
    newest = _look(_NEWEST, wanted, values, ENOUGH, shown)
    more = newest.matches == ENOUGH or _is_more_than_newest(values)
    if newest.fresh >= size or not more:
        return newest.page(more=more)
    gathered = _look(_GATHERED, wanted, values, CAP + 1)
    if gathered.matches <= CAP:
        return gathered.page(more=False)
    return _look(_ORDERED, wanted, values, CAP, shown).page(more=True)


class _Look(NamedTuple):
    """What one way gave. matches, named: rows that fit. fresh: cases by their words, of no earlier page. found: cases
    in all."""

    matches: int
    named: int
    fresh: int
    found: int
    rows: list[Row]

    def page(self, *, more: bool) -> Page:
        return Page(self.rows, self.found, more or self.named == NAMES)


def _look(matches: str, wanted: Wanted, values: dict[str, Any], most: int, shown: str = _FIRST) -> _Look:
    names = {f"name{number}": name for number, name in enumerate(wanted.names)}
    named = _NAMED.format(fits=" AND ".join(_FITS.format(name=name) for name in names)) if names else _NOBODY_NAMED
    bounds = {"most": most, "newest": NEWEST, "cap": CAP, "names": NAMES}
    statement = _PAGE.format(matches=matches.format(about=_ABOUT), named=named, shown=shown)
    answer = _ask(statement, values | names | bounds)
    matched, called, fresh, found = answer[0][:4]
    return _Look(matched, called, fresh, found, [Row(*line[4:]) for line in answer if line[4] is not None])


def _is_more_than_newest(values: dict[str, Any]) -> bool:
    return bool(_ask(_BEYOND, values | {"newest": NEWEST})[0][0])


def marked(brand: int, query: str, ids: Sequence[int]) -> dict[int, str]:
    """For each message its text with OPEN and SHUT around what was found."""
    if not query or not ids:
        return {}
    options = f"HighlightAll=true, StartSel={OPEN}, StopSel={SHUT}"
    values = {"brand": brand, "ids": list(ids), "query": query, "length": MARKED, "marks": OPEN + SHUT}
    return dict(_ask(_MARKED, values | {"options": options}))


def _ask(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
