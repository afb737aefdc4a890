"""Finished rows → PostgreSQL, a batch of whole conversations a transaction.

Conversations that nobody here has seen are written by COPY. Those that stand already go the ordinary way, event by event,
so that what people did stays untouched and the rules are the same. A batch is all there or not there at all: a killed
import is started again and goes on, since what stands is found by its key.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from answerable.cases.settle import settle
from answerable.channels.archive.record import ACT, RECORD
from answerable.channels.archive.staging import Stage, quoted
from answerable.channels.models import Account
from answerable.core import clock, crash
from answerable.core.locks import serialise
from answerable.customers.verbs import ensure
from answerable.history import rows
from answerable.history.acts import LateDeed, carry_out, catch_up
from answerable.history.attached import attach
from answerable.history.copies import copies
from answerable.inbox.intake import take
from answerable.inbox.models import RawEvent
from answerable.people.models import Brand

PIECE = 1024 * 1024  # bytes handed to PostgreSQL at a time


class Loader:
    """Writes the share of a staged file (history/importing.py has made all tables) for one brand."""

    def __init__(self, brand: Brand, stage: Stage, accounts: Sequence[Account], *, live: bool) -> None:
        self.brand, self.stage, self.accounts, self.live = brand, stage, accounts, live
        self.first: dict[str, int] = {}
        self.counts: Counter[str] = Counter()

    def run(self, progress: Callable[[int], None]) -> Counter[str]:
        """progress: messages done so far. Returns counts: new, known, merged (messages), waits, cases."""
        rows.people(self.stage)
        self.first = _ids({name: self.stage.rows(f"SELECT {n}")[0][0] for name, n in rows.NEEDED.items()})
        batches = rows.number(self.stage, self.first, [account.pk for account in self.accounts])
        self._members()
        for batch in range(batches):
            with transaction.atomic():
                self._batch(batch)
            progress(self.counts["new"] + self.counts["known"] + self.counts["merged"])
            crash.point("after import batch")
        self._tie_across()
        return self.counts

    # ── a batch ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _batch(self, batch: int) -> None:
        for network in sorted({account.network for account in self.accounts}):
            serialise("intake", self.brand.pk, network)
        rows.lay_out(self.stage, batch)
        self._part()
        self._recognise()
        for copy in copies(self.brand.pk, clock.now().isoformat(), self.live):
            self.counts[copy.table] += self._copy(copy.table, copy.columns, copy.query)
        self.counts["new"] += self.stage.rows(
            "SELECT count(*) FROM kept JOIN numbered USING (line) WHERE thread IN (SELECT thread FROM fresh)"
        )[0][0]
        crash.point("in an import batch")
        attach(self.brand, self.stage)
        carry_out(self.brand, self.stage)
        self._merge()

    def _part(self) -> None:
        """`fresh`: conversations of which nothing stands here and to which nothing here points."""
        self.stage.run("CREATE OR REPLACE TABLE fresh AS SELECT thread FROM batches")
        self.stage.run("CREATE OR REPLACE TABLE standing_keys (key VARCHAR)")
        if not RawEvent.objects.filter(brand=self.brand).exists():
            return
        self._send("probe", {"thread": "bigint", "network": "varchar", "thread_id": "varchar", "id": "varchar",
            "account": "bigint", "key": "varchar", "points": "varchar"},
            """SELECT n.thread, n.network, b.external_id, k.object_id, k.account_id, k.key, p.points
            FROM kept k JOIN numbered n USING (line) JOIN batches b USING (thread)
            LEFT JOIN (SELECT line, unnest([CASE WHEN s.parent IS NULL THEN r.parent END,
                CASE WHEN s.quoted IS NULL THEN r.quotes END]) AS points
                FROM records r JOIN numbered s USING (line)) p ON p.line = n.line AND p.points IS NOT NULL
            UNION ALL SELECT NULL, NULL, NULL, NULL, account_id, key, NULL FROM kept_acts""")  # fmt: skip
        brand = self.brand.pk
        touched = self._fetch(
            """SELECT DISTINCT p.thread FROM probe p WHERE
            EXISTS (SELECT FROM inbox_thread t WHERE (t.brand_id, t.network, t.external_id) = (%s, p.network, p.thread_id))
            OR EXISTS (SELECT FROM inbox_message m WHERE (m.brand_id, m.network, m.external_id) = (%s, p.network, p.id))
            OR EXISTS (SELECT FROM inbox_message m WHERE (m.brand_id, m.network, m.external_id) = (%s, p.network, p.points))
            OR EXISTS (SELECT FROM inbox_message m WHERE (m.brand_id, m.network, m.parent_external_id)
                = (%s, p.network, p.id) AND m.parent_external_id <> '')
            OR EXISTS (SELECT FROM inbox_message m WHERE (m.brand_id, m.network, m.quotes_external_id)
                = (%s, p.network, p.id) AND m.quotes_external_id <> '')""",
            [brand] * 5,
        )
        stand = self._fetch("SELECT DISTINCT p.key FROM probe p JOIN inbox_rawevent r USING (key)"
                            " WHERE r.account_id = p.account", [])  # fmt: skip
        self._take_back("touched", {"thread": "BIGINT"}, touched)
        self.stage.run("DELETE FROM fresh WHERE thread IN (SELECT thread FROM touched)")
        self._take_back("standing_keys", {"key": "VARCHAR"}, stand)

    def _recognise(self) -> None:
        """`newcomers`: authors of fresh conversations who are not here yet; the others get the ids they have."""
        self.stage.run("""CREATE OR REPLACE TABLE newcomers AS SELECT DISTINCT author FROM (
            SELECT author FROM numbered WHERE thread IN (SELECT thread FROM fresh) UNION
            SELECT to_author FROM numbered WHERE thread IN (SELECT thread FROM fresh) AND to_author IS NOT NULL UNION
            SELECT recipient FROM numbered WHERE thread IN (SELECT thread FROM fresh) AND ours AND recipient IS NOT NULL)""")
        self._send("people", {"author": "bigint", "network": "varchar", "external_id": "varchar", "handle": "varchar",
            "name": "varchar", "url": "varchar", "avatar_url": "varchar", "followers": "bigint", "ours": "boolean"},
            """SELECT author, network, id, left(handle, 255), left(name, 500), left(url, 1000), left(avatar_url, 2000),
            followers, ours FROM everybody WHERE author IN (SELECT author FROM newcomers)""")  # fmt: skip
        known = self._fetch(
            """UPDATE inbox_author a SET handle = COALESCE(NULLIF(p.handle, ''), a.handle),
                name = COALESCE(NULLIF(p.name, ''), a.name), url = COALESCE(NULLIF(p.url, ''), a.url),
                avatar_url = COALESCE(NULLIF(p.avatar_url, ''), a.avatar_url),
                followers = COALESCE(p.followers, a.followers), ours = p.ours
            FROM people p WHERE (a.brand_id, a.network, a.external_id) = (%s, p.network, p.external_id)
            RETURNING p.author, a.id""",
            [self.brand.pk],
        )
        if not known:
            return
        ensure([pk for _, pk in known])
        customers = dict(
            self._fetch(
                "SELECT author_id, customer_id FROM customers_identity WHERE author_id = ANY(%s)",
                [[pk for _, pk in known]],
            )
        )
        self._take_back("known_people", {"author": "BIGINT", "pk": "BIGINT", "customer": "BIGINT"},
            [(author, pk, customers.get(pk)) for author, pk in known])  # fmt: skip
        self.stage.run("""UPDATE everybody SET pk = k.pk, customer = k.customer FROM known_people k
            WHERE k.author = everybody.author""")
        self.stage.run("DELETE FROM newcomers WHERE author IN (SELECT author FROM known_people)")

    def _merge(self) -> None:
        """Conversations that stand already: what is new of them is read as any event is, then their waits settle."""
        left = self.stage.rows("""SELECT k.raw, k.account_id, n.network, k.key, k.object_id, k.body
            FROM kept k JOIN numbered n USING (line) WHERE n.thread NOT IN (SELECT thread FROM fresh)
            AND k.key NOT IN (SELECT key FROM standing_keys) ORDER BY k.raw""")
        stood = self.stage.rows("SELECT count(*) FROM kept WHERE key IN (SELECT key FROM standing_keys)")[0][0]
        self.counts["known"] += stood
        self.counts["merged"] += len(left)
        accounts = {account.pk: account for account in self.accounts}
        for account_id in sorted({row[1] for row in left}):
            events = [self._event(row) for row in left if row[1] == account_id]
            RawEvent.objects.bulk_create(events, ignore_conflicts=True)
            keys = [event.key for event in events]
            stored = list(RawEvent.objects.filter(account_id=account_id, key__in=keys).order_by("id"))
            touched = take(accounts[account_id], stored, quietly=True)
            ensure(touched.authors)
            for thread_id, author_id in sorted(touched.pairs):
                settle(thread_id, author_id)
        self._merge_acts()

    def _merge_acts(self) -> None:
        late = self.stage.rows("""SELECT k.raw, k.account_id, k.network, k.key, '', k.body, d.act, d.reason,
                make_timestamptz(d.at_us), make_timestamptz(d.undone_us), m.member, a.link, a.text, a.thread_id, a.author_id
            FROM kept_acts k JOIN deeds d USING (line) JOIN acts a USING (line)
            LEFT JOIN members m ON m.email = lower(a.actor)
            WHERE k.thread NOT IN (SELECT thread FROM fresh) AND k.key NOT IN (SELECT key FROM standing_keys)
            ORDER BY d.at_us, k.raw""")
        for row in late:
            event = self._event(row[:6])
            event.kind, event.parsed_at = ACT, event.received_at
            event.save(force_insert=True)
            catch_up(self.brand, LateDeed(row[2], *row[6:]))

    def _event(self, row: Sequence[Any]) -> RawEvent:
        pk, account_id, network, key, object_id, body = row
        return RawEvent(
            pk=pk, brand=self.brand, account_id=account_id, network=network, key=key, kind=RECORD, object_id=object_id,
            body=body.encode(), received_at=clock.now(),
        )  # fmt: skip

    # ── between the engines ──────────────────────────────────────────────────────────────────────────────────────

    def _copy(self, table: str, columns: Sequence[str], query: str) -> int:
        """The rows of a query of the stage into a table of PostgreSQL; returns how many."""
        path = self.stage.folder / "rows.csv"
        count = self.stage.run(f"COPY ({query}) TO '{quoted(str(path))}' (FORMAT csv, HEADER false)").fetchall()[0][0]
        if count:
            names = ", ".join(f'"{name}"' for name in columns)
            into = f'COPY "{table}" ({names}) FROM STDIN (FORMAT csv)'
            with path.open("rb") as file, connection.cursor() as cursor, cursor.copy(into) as copy:
                while piece := file.read(PIECE):
                    copy.write(piece)
        path.unlink(missing_ok=True)
        return int(count)

    def _send(self, name: str, columns: Mapping[str, str], query: str) -> None:
        """The rows of a query of the stage into a temporary table of this transaction."""
        shape = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{name}")
            cursor.execute(f"CREATE TEMP TABLE {name} ({shape}) ON COMMIT DROP")
        self._copy(name, list(columns), query)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {name}")

    def _take_back(self, name: str, columns: Mapping[str, str], values: Iterable[Sequence[Any]]) -> None:
        """Rows of PostgreSQL into a table of the stage."""
        path = self.stage.folder / "back.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(values)
        shape = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
        self.stage.run(f"""CREATE OR REPLACE TABLE {name} AS SELECT * FROM read_csv('{quoted(str(path))}', header = false,
            auto_detect = false, delim = ',', quote = '"', columns = {{{shape}}})""")
        path.unlink()

    def _fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())

    def _members(self) -> None:
        """`members`: who at this brand has which address; an act by somebody else is by nobody we know."""
        self.stage.run("CREATE TABLE members (email VARCHAR, member BIGINT)")
        people = list(self.brand.roles.values_list("user__email", "user_id"))
        if people:
            self.stage.db.executemany("INSERT INTO members VALUES (?, ?)", [(mail.lower(), pk) for mail, pk in people])

    def _tie_across(self) -> None:
        """Answers to a message of another conversation: tied when both stand, whichever batch came first."""
        pairs = self.stage.rows("""SELECT n.id, p.id FROM all_numbered n
            JOIN all_numbered p ON p.line = n.parent
            WHERE p.thread != n.thread""")
        with transaction.atomic(), connection.cursor() as cursor:
            for start in range(0, len(pairs), 10_000):
                some = pairs[start : start + 10_000]
                cursor.execute(
                    """UPDATE inbox_message m SET parent_id = v.parent FROM unnest(%s::bigint[], %s::bigint[]) v(id, parent)
                    WHERE m.id = v.id AND m.brand_id = %s AND EXISTS (SELECT FROM inbox_message p WHERE p.id = v.parent)""",
                    [[row[0] for row in some], [row[1] for row in some], self.brand.pk],
                )


def _ids(needed: Mapping[str, int]) -> dict[str, int]:
    """Takes a run of ids from each table's sequence; returns the first of each. Gaps that stay open harm nobody."""
    first = {}
    for table, count in needed.items():
        with transaction.atomic(), connection.cursor() as cursor:
            # Nobody else draws between the two steps: whoever inserts waits for this moment.
            cursor.execute(f'LOCK TABLE "{table}" IN SHARE ROW EXCLUSIVE MODE')
            cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", [table])
            first[table] = int(cursor.fetchone()[0])
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, first[table] + max(count, 1)])
    return first
