"""Lines → typed rows in a DuckDB file: what can be read, and why the rest cannot. Bounded memory at any size.

Tables: `records` (messages), `acts`, `accounts`, `parts` (files of messages), `refused` (line, reason, row). Times are whole microseconds since 1970.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from answerable.channels.archive.source import BLANK, SHOWN, Progress, RefusedRow, copy_clean, opened
from answerable.channels.archive.tables import JSONL, tabulated

MEMORY = "1GB"  # of DuckDB; what does not fit is spilled into the folder
KINDS = ("post", "comment", "direct", "mail", "review")
PRIVATE = ("direct", "mail")
ACTS = ("decide", "close", "reopen", "note", "assign", "snooze")
EARLIEST, LATEST = 946_684_800_000_000, 4_102_444_800_000_000  # 2000 and 2100, as the inbox takes them
LIMITS = {"id": 500, "parent": 500, "quotes": 500, "thread": 500, "network": 30}  # characters; longer is refused
TIMES = (
    "at", "claimed_at", "indexed_at", "received_at", "edited_at", "gone_at", "sent_here_at", "undone_at", "until",
    "version_at",
)  # fmt: skip
TRUTHS = ("public", "told", "context", "automatic")
LISTS = ("mentions", "to", "media", "revisions")
TEXTS = (
    "type", "id", "network", "text", "parent", "quotes", "thread", "kind", "language", "link",
    "act", "by", "reason", "handle", "name", "account", "case", "message", "position", "data", "_line", "_inbound",
)  # fmt: skip

# Twitter's own form beside ISO 8601; seconds and milliseconds since 1970 are told apart by their length.
_MOMENT = """COALESCE(
    TRY_CAST({0} AS TIMESTAMPTZ), TRY_STRPTIME({0}, '%a %b %d %H:%M:%S %z %Y'),
    CASE WHEN regexp_full_match({0}, '\\d{{10}}') THEN make_timestamptz(CAST({0} AS BIGINT) * 1000000)
         WHEN regexp_full_match({0}, '\\d{{13}}') THEN make_timestamptz(CAST({0} AS BIGINT) * 1000) END)"""
# A name after @, as networks write them: letters, digits, dots and hyphens inside; and one with a server behind it.
_NAMED = r"(?:^|[^\w@])@(\w(?:[\w.\-]*\w)?)"
_NAMED_THERE = _NAMED[:-1] + r"@\w(?:[\w.\-]*\w)?)"


class Stage:
    """A file read into typed rows. folder: a place of its own; the caller removes it."""

    def __init__(self, folder: Path, *, memory: str = MEMORY) -> None:
        self.folder = folder
        self.db = duckdb.connect(str(folder / "stage.duckdb"))
        self.run(f"SET memory_limit = '{memory}'")
        spill = quoted(str(folder / "spill"))
        self.run(f"SET temp_directory = '{spill}'")
        self.run("SET TimeZone = 'UTC'")
        self.run("SET preserve_insertion_order = true")

    def run(self, sql: str, values: Any = None) -> duckdb.DuckDBPyConnection:
        return self.db.execute(sql, values)

    def rows(self, sql: str, values: Any = None) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, values).fetchall()

    def close(self) -> None:
        self.db.close()

    def read(
        self, path: Path, key: str, mapping: Mapping[str, str], network: str, progress: Progress, *, full: bool = True
    ) -> None:
        """Reads the whole file. network: for rows that name none. full False: only what measures need, no texts.

        UnreadableFile when nothing of it can be read; rows that cannot be read stand in `refused`.
        """
        refused: list[RefusedRow] = []
        copy = self.folder / "lines.jsonl"
        if key == JSONL:
            copy_clean(path, copy, progress, refused.append)
        else:
            with copy.open("w", encoding="utf-8", newline="\n") as out:
                for line, record in tabulated(path, key, mapping, progress, refused.append):
                    out.write(json.dumps(record | {"_line": line}, ensure_ascii=False) + "\n")
        self._load(copy)
        copy.unlink()
        self.run("CREATE TABLE refused (line BIGINT, reason VARCHAR, row VARCHAR)")
        if refused:
            self.db.executemany("INSERT INTO refused VALUES (?, ?, ?)", [(r.line, r.reason, r.row) for r in refused])
        self._type(network, full=full)

    def _load(self, copy: Path) -> None:
        # One column: a separator that cannot stand in JSON text, nothing quoted. Line n is row n.
        self.run(f"""CREATE TABLE lines AS SELECT line FROM read_csv('{quoted(str(copy))}', columns = {{'line': 'VARCHAR'}},
            delim = '\x1f', quote = '', escape = '', header = false, auto_detect = false, new_line = '\\n',
            max_line_size = 17000000, strict_mode = false)""")

    def _type(self, network: str, *, full: bool) -> None:
        shape = json.dumps(
            dict.fromkeys((*TEXTS, *TIMES, *TRUTHS), "VARCHAR") | dict.fromkeys((*LISTS, "author"), "JSON")
        )
        self.run(f"""CREATE TABLE parsed AS SELECT COALESCE(TRY_CAST(r._line AS BIGINT), n) AS line, r.*, told_type
            {", body" if full else ""} FROM (
                SELECT rowid + 1 AS n, line AS body, from_json(sound, '{shape}') AS r, json_type(sound) AS told_type
                FROM (SELECT rowid, line, CASE WHEN json_valid(line) THEN line END AS sound FROM lines)
                WHERE line != '{BLANK.decode()}')""")
        self.run("CREATE VIEW typed AS " + _typed(network))
        body = "body" if full else "COALESCE(id, '')"
        self.run(f"INSERT INTO refused SELECT line, refusal, left({body}, {SHOWN}) FROM typed WHERE refusal != ''")
        self.run("DROP TABLE lines")
        self.run("CREATE TABLE records AS " + _records(full=full))
        self.run("CREATE TABLE acts AS " + _acts(full=full))
        self.run("""CREATE TABLE accounts AS SELECT network, id, COALESCE(handle, id) AS handle,
            COALESCE(name, '') AS name FROM typed WHERE refusal = '' AND type = 'account'""")
        if full:
            self.run("""CREATE TABLE parts AS SELECT line, network, message, TRY_CAST(position AS INTEGER) AS position, data
                FROM typed WHERE refusal = '' AND type = 'file'""")
        self.run("DROP VIEW typed")
        self.run("DROP TABLE parsed")


def _typed(network: str) -> str:
    """Every field as its type, and the reason why the row is refused ('' when it is not)."""
    moments = ", ".join(f"epoch_us({_moment(name)}) AS {name}_us" for name in TIMES)
    replaced = ", ".join(
        [
            "COALESCE(p.type, 'message') AS type",
            f"COALESCE(NULLIF(p.network, ''), '{quoted(network)}') AS network",
            "NULLIF(p.parent, '') AS parent, NULLIF(p.quotes, '') AS quotes, NULLIF(p.thread, '') AS thread",
            "COALESCE(NULLIF(p.kind, ''), 'post') AS kind, replace(COALESCE(p.text, ''), chr(0), '') AS text",
        ]
    )
    return f"""SELECT *, CASE {_reasons()} ELSE '' END AS refusal FROM (
        SELECT p.* REPLACE ({replaced}), {moments},
            CASE json_type(p.author) WHEN 'OBJECT' THEN COALESCE(p.author->>'id', p.author->>'handle')
                ELSE p.author->>'$' END AS author_id,
            CASE json_type(p.author) WHEN 'OBJECT' THEN COALESCE(p.author->>'handle', p.author->>'id')
                ELSE p.author->>'$' END AS author_handle
        FROM parsed p)"""


def _moment(name: str) -> str:
    return _MOMENT.format(f'p."{name}"')


def _reasons() -> str:
    """WHEN … THEN 'why' for whatever a row can have wrong, the first thing first."""
    message, act = "type = 'message'", "type = 'act'"
    found: list[tuple[str, str]] = [
        ("told_type IS NULL", "it is not JSON"),
        ("told_type != 'OBJECT'", "it is not a JSON object"),
        ("type NOT IN ('message', 'act', 'account', 'file')", "`type` is none of message, act, account, file"),
        ("type IN ('message', 'account') AND COALESCE(id, '') = ''", "`id` is missing"),
        (f"{message} AND COALESCE(author_id, '') = ''", "`author` is missing"),
        (f"{message} AND json_type(author) = 'ARRAY'", "`author` is a list"),
        ("length(author_id) > 255", "the id of `author` is longer than 255 characters"),
        ("type IN ('message', 'act') AND COALESCE(\"at\", '') = ''", "`at` is missing"),
        (f"{message} AND kind NOT IN {KINDS}", f"`kind` is none of {', '.join(KINDS)}"),
        (f"{act} AND COALESCE(act, '') NOT IN {ACTS}", f"`act` is none of {', '.join(ACTS)}"),
        (f"{act} AND (COALESCE(thread, '') = '' OR COALESCE(author_id, '') = '')", "`thread` or `author` is missing"),
        (f"{message} AND parent = id", "it answers itself"),
    ]
    for name, limit in LIMITS.items():
        found.append((f"length({name}) > {limit}", f"`{name}` is longer than {limit} characters"))
        found.append((f"left({name}, 1) IN ('{{', '[')", f"`{name}` is no text"))
    for name in TIMES:
        found.append(
            (f"COALESCE(\"{name}\", '') != '' AND {name}_us IS NULL", f"`{name}` is a date in no format we know")
        )
        found.append((f"{name}_us NOT BETWEEN {EARLIEST} AND {LATEST}", f"`{name}` is before 2000 or after 2100"))
    found += [
        (f"COALESCE({name}, 'true') NOT IN ('true', 'false')", f"`{name}` is neither true nor false") for name in TRUTHS
    ]
    found += [
        (f"COALESCE(json_type(\"{name}\"), 'NULL') NOT IN ('ARRAY', 'NULL')", f"`{name}` is no list") for name in LISTS
    ]
    return " ".join(f"WHEN {test} THEN '{quoted(why)}'" for test, why in found)


def _records(*, full: bool) -> str:
    more = """, replace(COALESCE(author->>'name', ''), chr(0), '') AS author_name,
        TRY_CAST(author->>'followers' AS BIGINT) AS followers, COALESCE(author->>'url', '') AS author_url,
        COALESCE(author->>'avatar_url', '') AS avatar_url, COALESCE(link, '') AS link, media, revisions, text, body,
        claimed_at_us IS NULL AND json_exists(body, '$.claimed_at') AS claimed_by_nobody,
        COALESCE(version_at_us, edited_at_us, at_us) AS version_us"""
    return rf"""SELECT line, network, id, author_id, author_handle, thread AS given_thread, parent, quotes, kind,
        COALESCE(public, CASE WHEN kind IN {PRIVATE} THEN 'false' ELSE 'true' END) = 'true' AS public,
        COALESCE(told, '') = 'true' AS told, COALESCE(context, '') = 'true' AS context,
        COALESCE(automatic, '') = 'true' AS automatic, COALESCE(language, '') AS language,
        json_type(mentions) IS NOT NULL AND json_type(mentions) != 'NULL' AS mentions_given,
        CASE WHEN json_type(mentions) = 'ARRAY'
            THEN list_transform(json_extract_string(mentions, '$[*]'), lambda m: ltrim(m, '@'))
            WHEN contains(text, '@') THEN list_concat(regexp_extract_all(text, '{_NAMED}', 1),
                regexp_extract_all(text, '{_NAMED_THERE}', 1)) ELSE [] END AS mentions,
        CASE WHEN json_type("to") = 'ARRAY' THEN json_extract_string("to", '$[0]') END AS to_id,
        account, at_us, COALESCE(claimed_at_us, at_us) AS claimed_us, indexed_at_us AS indexed_us,
        COALESCE(received_at_us, at_us) AS received_us, edited_at_us AS edited_us, gone_at_us AS gone_us,
        sent_here_at_us AS sent_here_us, COALESCE(_inbound, '') AS inbound {more if full else ""}
        FROM typed WHERE refusal = '' AND type = 'message' ORDER BY line"""


def _acts(*, full: bool) -> str:
    more = ", COALESCE(link, '') AS link, COALESCE(\"by\", '') AS actor, text, until_us, body"
    once = "QUALIFY row_number() OVER (PARTITION BY network, body ORDER BY line) = 1" if full else ""
    return f"""SELECT line, network, thread AS thread_id, author_id, act, COALESCE(reason, '') AS reason, at_us,
        undone_at_us AS undone_us, "case" AS opener_id {more if full else ""}
        FROM typed WHERE refusal = '' AND type = 'act' {once} ORDER BY line"""


def quoted(text: str) -> str:
    """As it stands between the quotes of an SQL text."""
    return text.replace("'", "''")


def size_of(path: Path) -> int:
    """Bytes on the disk; UnreadableFile when it cannot be opened."""
    with opened(path):
        return path.stat().st_size
