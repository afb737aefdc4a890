"""Import, from a file to cases, beside the floor: COPY of the very same rows. Then the measures of that history.

The floor takes the rows that the import made, empties the tables, and copies them back into the same tables with the same
indexes, constraints and triggers. Nothing that fills these tables from outside can be faster by much.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from benchmarks import history, measures
from benchmarks.house import House, answerable, arguments, house
from benchmarks.results import Aim, Result

MESSAGES = {"tiny": [600], "quick": [100_000], "full": [100_000, 3_000_000]}
# What an import fills, each after what it points to.
TABLES = [
    "inbox_rawevent",
    "inbox_author",
    "inbox_thread",
    "inbox_message",
    "inbox_revision",
    "inbox_attachment",
    "customers_customer",
    "customers_identity",
    "cases_case",
    "cases_casethread",
    "cases_decision",
    "cases_wait",
    "cases_note",
]
# Filled beside: a row of the run, and of who is who.
BESIDE = {"history_import", "channels_account", "core_event", "procrastinate_jobs", "procrastinate_events", "core_blob"}


def main() -> None:
    args = arguments(__doc__ or "")
    found, measured = Result("import", args.size), Result("measures", args.size)
    for messages in MESSAGES[args.size]:
        with house(args.database) as here:
            path = history.write(here.folder / "history.jsonl", messages)
            _import(here, path, messages, found, measured)
    found.keep(args.out)
    measured.keep(args.out)


def _import(here: House, path: Path, messages: int, found: Result, measured: Result) -> None:
    words = ["import", str(path), "--brand", here.brand.name, "--account", history.HANDLE]
    before = _counts()
    settle()
    first = answerable(*words)
    filled = {name for name, rows in _counts().items() if rows > before.get(name, 0)}
    assert filled - BESIDE <= set(TABLES), (
        f"an import fills more than the floor copies: {filled - BESIDE - set(TABLES)}"
    )
    assert re.search(rf"^{messages:,} messages in", first.output, re.MULTILINE), first.output
    settle()
    again = answerable(*words)
    assert f"{messages:,} messages stood already" in again.output, again.output
    measures.measure(here, path, messages, measured)
    floors = [_floor(here.folder) for _ in range(3 if 1000 < messages <= 100_000 else 1)]
    floor = sorted(floors)[len(floors) // 2]
    ratio = first.seconds / floor
    found.add(
        **{
            "messages": messages, "file MB": path.stat().st_size / 1e6, "import s": first.seconds,
            "messages/s": messages / first.seconds, "peak MB": first.peak_mb, "floor s": floor,
            "floor messages/s": messages / floor, "ratio": ratio, "again s": again.seconds,
            "again messages/s": messages / again.seconds,
        }
    )  # fmt: skip
    found.aims.append(Aim(f"import of {messages:,} messages, beside the floor", 5, ratio, "×"))


def settle() -> None:
    """Nothing that came before is still being written down."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def _counts() -> dict[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        counts = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            counts[name] = cursor.fetchone()[0]
    return counts


def _floor(folder: Path) -> float:
    """Seconds to COPY the rows that stand back into emptied tables; a transaction a table."""
    from django.db import connection

    files = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            columns = _columns(table)
            files[table] = (columns, folder / f"{table}.copy")
            with files[table][1].open("wb") as file, cursor.copy(f"COPY {table} ({columns}) TO STDOUT") as copy:
                for piece in copy:
                    file.write(piece)
        before = {table: _rows(table) for table in TABLES}
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    settle()
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for table, (columns, path) in files.items():
            with path.open("rb") as file, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                while piece := file.read(1 << 20):
                    copy.write(piece)
    seconds = time.perf_counter() - began
    assert before == {table: _rows(table) for table in TABLES}
    for _, path in files.values():
        path.unlink()
    return seconds


def _columns(table: str) -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
        return str(cursor.fetchone()[0])


def _rows(table: str) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


if __name__ == "__main__":
    main()
