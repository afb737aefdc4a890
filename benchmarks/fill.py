"""Many cases at once, by SQL alone: a third wait, the others are answered, closed or asleep. Two messages a case, or one.

Every row is one that the desk itself could have written; only its words come from the generator's phrases at random.
"""

from __future__ import annotations

import random
from typing import Any

from benchmarks import history
from benchmarks.house import House

# What is in each case by its number: n % 6 in (0, 1) waits; 2 is answered and open; 3, 4, 5 are closed; of 2, some sleep.
_WAITS, _OPEN = "n % 6 < 2", "n % 6 = 2"
_ASKED = "timestamptz '2026-01-01' + n * interval '20 seconds'"
MINE = 2000  # one case in so many is the agent's own; an agent has some dozens, however many there are

_STATEMENTS = (
    """INSERT INTO inbox_author (id, brand_id, network, external_id, handle, name, url, avatar_url, ours)
       SELECT n, {brand}, 'meadow', 'a' || n, lower(first) || n, first || ' ' || last, '', '', false
       FROM generate_series({start}, {end}) AS n
       CROSS JOIN LATERAL (SELECT ({first})[1 + n % {firsts}] AS first, ({last})[1 + n / {firsts} % {lasts}] AS last) AS name""",
    """INSERT INTO customers_customer (id, brand_id, name) SELECT n, {brand}, '' FROM generate_series({start}, {end}) AS n""",
    """INSERT INTO customers_identity (id, author_id, customer_id, evidence, since)
       SELECT n, n, n, 'first message', {asked} FROM generate_series({start}, {end}) AS n""",
    """INSERT INTO inbox_thread (id, brand_id, network, external_id)
       SELECT n, {brand}, 'meadow', 'm' || n FROM generate_series({start}, {end}) AS n""",
    # the question
    """INSERT INTO inbox_message (id, brand_id, network, external_id, account_id, author_id, thread_id, parent_external_id,
           quotes_external_id, to_external_id, mentions, kind, outbound, public, told, context, addressed, automatic, text,
           language, link, received_at, indexed_at, at, version_at, imported)
       SELECT 2 * n, {brand}, 'meadow', 'm' || n, {account}, n, n, '', '', '', '{{}}', 'post', false, true, true, false, true,
           false, {words} || ' order' || n, language, '', asked, asked, asked, asked, false
       FROM (SELECT n, {asked} AS asked, ({languages})[1 + n % 5] AS language FROM generate_series({start}, {end}) AS n) AS t""",
    # the answer
    """INSERT INTO inbox_message (id, brand_id, network, external_id, account_id, author_id, to_author_id, thread_id,
           parent_id, parent_external_id, quotes_external_id, to_external_id, mentions, kind, outbound, public, told, context,
           addressed, automatic, text, language, link, received_at, indexed_at, at, version_at, imported)
       SELECT 2 * n + 1, {brand}, 'meadow', 'r' || n, {account}, {us}, n, n, 2 * n, 'm' || n, '', '', '{{}}', 'post', true, true,
           true, false, false, false, {words}, language, '', said, said, said, said, false
       FROM (SELECT n, {asked} + interval '1 hour' AS said, ({languages})[1 + n % 5] AS language
             FROM generate_series({start}, {end}) AS n WHERE NOT {waits}) AS t""",
    """INSERT INTO cases_case (id, brand_id, customer_id, state, assignee_id, opened_at, closed_at, snoozed_until, waiting,
           queue_key, last_at, live)
       SELECT n, {brand}, n, CASE WHEN {waits} THEN 'open' WHEN NOT {open} THEN 'closed' WHEN n % 600 = 2 THEN 'snoozed'
               ELSE 'open' END, CASE WHEN n % {mine} = 0 THEN {user} END, {asked},
           CASE WHEN NOT {waits} AND NOT {open} THEN {asked} + interval '1 hour' END,
           CASE WHEN n % 600 = 2 THEN timestamptz '2099-01-01' END,
           CASE WHEN {waits} THEN 1 ELSE 0 END, CASE WHEN {waits} THEN {asked} + interval '1 hour' END,
           {asked} + CASE WHEN {waits} THEN interval '0' ELSE interval '1 hour' END, true
       FROM generate_series({start}, {end}) AS n""",
    """INSERT INTO cases_casethread (id, case_id, thread_id, customer_id, current)
       SELECT n, n, n, n, true FROM generate_series({start}, {end}) AS n""",
    """INSERT INTO cases_wait (id, brand_id, case_id, author_id, thread_id, opener_id, last_ask_id, asked, started_at, outcome,
           ended_at, answer_id, calendar_us, negative, first)
       SELECT n, {brand}, n, n, n, 2 * n, 2 * n, 1, {asked}, CASE WHEN {waits} THEN '' ELSE 'answered' END,
           CASE WHEN NOT {waits} THEN {asked} + interval '1 hour' END, CASE WHEN NOT {waits} THEN 2 * n + 1 END,
           CASE WHEN NOT {waits} THEN 3600000000 END, false, true FROM generate_series({start}, {end}) AS n""",
)
_TABLES = [
    "inbox_author",
    "customers_customer",
    "customers_identity",
    "inbox_thread",
    "inbox_message",
    "cases_case",
    "cases_casethread",
    "cases_wait",
]


def begin(here: House) -> dict[str, Any]:
    """What every fill of this house needs: the account, the brand's own author, and the phrases."""
    from django.db import connection

    from answerable.inbox.models import Author
    from benchmarks.live_path import connect

    account = connect(here)
    us = Author.objects.create(
        pk=10**9, brand=here.brand, network="meadow", external_id=account.external_id, handle=account.handle, ours=True
    )
    rng = random.Random(2)  # noqa: S311 -- the same words each time
    rows = [(number, text) for number, text in enumerate(_phrases(rng))]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE benchmark_phrase (id int PRIMARY KEY, text text)")
        cursor.executemany("INSERT INTO benchmark_phrase VALUES (%s, %s)", rows)
    return {"brand": here.brand.pk, "account": account.pk, "us": us.pk, "user": here.user.pk}


def _phrases(rng: random.Random) -> list[str]:
    """Those of the five languages in turn: the one at 5 · k + l is in language l."""
    by_language = [history.phrases(rng, language) for language in history.LANGUAGES]
    return [text for row in zip(*by_language, strict=True) for text in row]


def grow(ids: dict[str, Any], start: int, end: int) -> None:
    """Cases number `start` to `end`, with all that belongs to them; then what autovacuum would do in time."""
    from django.db import connection

    parts = " || '. ' || ".join(
        f"(SELECT text FROM benchmark_phrase WHERE id = 5 * ((n::bigint * {by} + {by}) % {history.PHRASES}) + n % 5)"
        for by in (7919, 104_729)
    )
    names = {"first": history.FIRST.split(), "last": history.LAST.split(), "languages": list(history.LANGUAGES)}
    arrays = {key: f"ARRAY{words!r}" for key, words in names.items()}
    given = ids | arrays | {"firsts": len(names["first"]), "lasts": len(names["last"]), "mine": MINE}
    given |= {"start": start, "end": end, "waits": _WAITS, "open": _OPEN, "asked": _ASKED, "words": parts}
    with connection.cursor() as cursor:
        # each row points where it should by construction
        cursor.execute("SET session_replication_role = replica")
        for statement in _STATEMENTS:
            cursor.execute(statement.format(**given))
        cursor.execute("SET session_replication_role = origin")
        for table in _TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
