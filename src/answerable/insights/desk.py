"""Measures of the desk's own rows, on PostgreSQL. Needs a Seat or a Brand: no figure exists without a brand.

What an engine must offer (measures.WAITS, MESSAGES) is put before each query as two named parts; parts that a query does
not ask for cost nothing. The definitions are loaded with the first question: a process that is never asked needs no ibis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Max

from answerable.core import clock
from answerable.core.frames import Engine
from answerable.history.models import Import
from answerable.inbox.models import Message
from answerable.insights.figures import Report, Scope
from answerable.people.models import Brand

_US = "(extract(epoch FROM {}) * 1000000)::bigint"


class Desk(Engine):
    """One brand's waits and messages in PostgreSQL, down Django's connection. The scope's times narrow the indexes."""

    dialect = "postgres"

    def __init__(self, brand: Brand, scope: Scope) -> None:
        self._brand, self._scope = brand, scope

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        parts, values = self._parts()
        # A compiled query may begin with named parts of its own.
        rest = f", {sql.removeprefix('WITH ')}" if sql.startswith("WITH ") else f" {sql}"
        with connection.cursor() as cursor:
            cursor.execute(parts + rest.replace("%", "%%"), values)
            return list(cursor.fetchall())

    def _parts(self) -> tuple[str, list[Any]]:
        waits, values = self._during("w.started_at")
        messages, more = self._during("m.at")
        return (
            f"""WITH waits AS (
                SELECT m.network, a.handle AS account, split_part(lower(m.language), '-', 1) AS language,
                    {_US.format("w.started_at")} AS started_us, w.calendar_us AS us, w.outcome, w.first, w.negative
                FROM cases_wait w JOIN inbox_message m ON m.id = w.opener_id
                JOIN channels_account a ON a.id = m.account_id WHERE w.brand_id = %s{waits}),
            messages AS (
                SELECT m.network, a.handle AS account, split_part(lower(m.language), '-', 1) AS language,
                    {_US.format("m.at")} AS at_us, m.outbound
                FROM inbox_message m JOIN channels_account a ON a.id = m.account_id WHERE m.brand_id = %s{messages})""",
            [self._brand.pk, *values, self._brand.pk, *more],
        )

    def _during(self, column: str) -> tuple[str, list[Any]]:
        tests = [(">=", self._scope.since), ("<", self._scope.until)]
        given = [(sign, at) for sign, at in tests if at is not None]
        return "".join(f" AND {column} {sign} %s" for sign, _ in given), [at for _, at in given]


def as_of(brand: Brand) -> Any:
    """What "now" is: now; for a brand that is known from imports alone, the last thing that happened in them."""
    if Message.objects.filter(brand=brand, imported=False).exists():
        return clock.now()
    return Import.objects.filter(brand=brand).aggregate(last=Max("last_event_at"))["last"] or clock.now()


def report(brand: Brand, scope: Scope, by: str | None = None) -> Report:
    """The figures, in total and by key. Cost: the brand's waits and messages in the scope's time, a few times over."""
    from answerable.insights.measures import measure

    engine = Desk(brand, scope)
    rows = measure(engine, scope, by) if by else {}
    return Report(as_of(brand), scope, measure(engine, scope)[None], by, rows)


def spread(brand: Brand, scope: Scope, edges: Sequence[int]) -> dict[bool, list[int]]:
    """As measures.distribution."""
    from answerable.insights.measures import distribution

    return distribution(Desk(brand, scope), scope, edges)
