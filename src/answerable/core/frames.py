"""Tables of any size as expressions: written once (ibis), run by whatever engine holds the rows.

An expression is compiled to the engine's SQL and sent down the connection we already have; no data frame library is
loaded. Times in frames are whole microseconds since 1970, so that two engines agree to the last digit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Table = Any  # an ibis table expression; the package has no types
Value = Any  # an ibis column or value expression


def microseconds(at: datetime) -> int:
    """Since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """The time of so many microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)


class Looping(Exception):
    """Something stands above itself. nodes: all that do."""

    def __init__(self, nodes: list[int]) -> None:
        super().__init__(f"{len(nodes)} in a cycle")
        self.nodes = nodes


class Engine(ABC):
    """Where rows are and expressions run."""

    dialect: str

    @abstractmethod
    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        """All rows of an expression, by column."""
        names = expression.columns
        return [dict(zip(names, row, strict=True)) for row in self.fetch(self.sql(expression))]

    def value(self, expression: Value) -> Any:
        """The only value of an expression that has one."""
        return self.fetch(self.sql(expression.name("value").as_table()))[0][0]

    def sql(self, expression: Table) -> str:
        import ibis

        return str(ibis.to_sql(expression, dialect=self.dialect))


class Workbench(Engine):
    """An engine that may also keep what it computed: intermediate tables, each under a name."""

    @abstractmethod
    def put(self, name: str, expression: Table) -> Table:
        """Computes a table and keeps it; replaces one of the same name. The result stands for it from then on."""


class DuckDB(Workbench):
    """A DuckDB file or memory."""

    dialect = "duckdb"

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        self.db = db

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        return self.db.execute(sql).fetchall()

    def put(self, name: str, expression: Table) -> Table:
        import ibis

        self.db.execute(f'CREATE OR REPLACE TABLE "{name}" AS {self.sql(expression)}')
        return ibis.table(expression.schema(), name=name)


def climb(bench: Workbench, up: Table, name: str) -> Table:
    """The top above each node, by doubling: as many rounds as the logarithm of the longest way.

    up: (node, above), whole numbers, one row a node; above is the node itself at a top. Returns (node, top).
    Looping when some nodes have no top.
    """
    current = bench.put(f"{name}_0", up.select("node", top=up.above, moving=up.above != up.node))
    most = max(bench.value(up.count()), 2).bit_length() + 1
    for turn in range(1, most + 1):
        if not bench.value(current.moving.any().coalesce(False)):
            break
        higher = current.view()
        stepped = current.join(higher, current.top == higher.node).select(
            current.node, top=higher.top, moving=current.top != higher.top
        )
        current = bench.put(f"{name}_{turn % 2}", stepped)
    import ibis

    # Whoever is in a cycle ends on a node that is no top, however often it is doubled.
    lost = current.select("top").distinct().join(up, ibis._.top == up.node).filter(up.above != up.node)
    if nodes := [row["node"] for row in bench.rows(lost.select("node"))]:
        raise Looping(sorted(nodes))
    return current.select("node", "top")
