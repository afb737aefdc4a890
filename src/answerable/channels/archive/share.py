"""The brand's share of a file: who the brand is in it, which conversations are its own, what hangs on what.

A conversation is the brand's when its account wrote in it, or is named, written to or quoted, or was told of it.

Tables made here: `share` (a message a row, numbers instead of names), `authors`, `threads`, `deeds` (the acts). A message
is known by its line, a thread by the first line of it; an author by twice
the first line where they occur.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis

from answerable.channels.archive.staging import Stage
from answerable.core.frames import DuckDB, Looping, Table, climb

LISTED = 20  # accounts named in a refusal


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody in the file who could be the brand. wrote, named: messages."""

    network: str
    id: str
    handle: str
    name: str
    wrote: int
    named: int


@dataclass(frozen=True, slots=True)
class Share:
    """own: the brand's accounts, the one with most messages first. Counts of what is inside and outside."""

    own: tuple[Found, ...]
    messages: int
    conversations: int
    acts: int
    skipped_messages: int
    skipped_conversations: int
    skipped_acts: int
    twice: int  # rows that stand twice in the file


class NoSuchAccount(Exception):
    """Nobody in the file is called so, or no account was named. found: who could be meant, likeliest first."""

    def __init__(self, wanted: Sequence[str], found: Sequence[Found]) -> None:
        super().__init__(", ".join(wanted))
        self.wanted, self.found = wanted, found


def accounts(stage: Stage, limit: int = LISTED) -> list[Found]:
    """Who could be the brand: accounts the file declares, then whom most different people name."""
    rows = stage.rows(
        f"""WITH wrote AS (
            SELECT network, author_id AS id, any_value(author_handle) AS handle, count(*) AS n,
                bool_or(inbound != 'true') AS brandlike FROM records GROUP BY network, author_id),
        named AS (
            SELECT network, lower(handle) AS handle, count(*) AS n, count(DISTINCT author_id) AS people
            FROM (SELECT network, author_id, unnest(mentions) AS handle FROM records) GROUP BY network, lower(handle)),
        declared AS (SELECT network, id, any_value(handle) AS handle, any_value(name) AS name FROM accounts GROUP BY ALL)
        SELECT network, COALESCE(w.id, d.id, n.handle), COALESCE(d.handle, w.handle, n.handle), COALESCE(d.name, ''),
            COALESCE(w.n, 0), COALESCE(n.n, 0)
        FROM wrote w FULL JOIN declared d USING (network, id)
        FULL JOIN named n ON n.network = COALESCE(w.network, d.network)
            AND n.handle = lower(COALESCE(d.handle, w.handle))
        WHERE COALESCE(w.brandlike, true)
        ORDER BY d.id IS NULL, COALESCE(n.people, 0) DESC, COALESCE(w.n, 0) DESC, 2 LIMIT {limit}""".replace(
            "SELECT network, COALESCE(w.id", "SELECT COALESCE(w.network, d.network, n.network), COALESCE(w.id"
        )
    )
    return [Found(*row) for row in rows]


def cut(stage: Stage, names: Sequence[str]) -> Share:
    """Leaves the conversations in which one of these accounts wrote or is named; makes the tables above.

    names: handles (with or without @, in any case) or ids. NoSuchAccount unless each of them is in the file.
    """
    twice = _one_row_each(stage)
    own = _own(stage, names)
    _link(stage)
    _number(stage, own)
    total = stage.rows("SELECT count(*), count(DISTINCT thread) FROM placed")[0]
    _keep(stage)
    inside = stage.rows("SELECT count(*), count(DISTINCT thread) FROM share")[0]
    acts, skipped = _deeds(stage)
    for name in ("placed", "linked", "keyed", "tops"):
        stage.run(f"DROP TABLE {name}")
    return Share(own, inside[0], inside[1], acts, total[0] - inside[0], total[1] - inside[1], skipped, twice)


def _one_row_each(stage: Stage) -> int:
    """An id that stands on several lines: the first counts; another one that says the same is no trouble."""
    stage.run("CREATE TABLE keyed AS SELECT network, id, min(line) AS line FROM records GROUP BY network, id")
    twice = stage.rows("SELECT (SELECT count(*) FROM records) - (SELECT count(*) FROM keyed)")[0][0]
    if twice:
        stage.run("""INSERT INTO refused
            SELECT r.line, 'its id stands on line ' || f.line || ' already, with other content', r.id
            FROM records r JOIN keyed k USING (network, id) JOIN records f ON f.line = k.line
            WHERE r.line != k.line AND (r.author_id, r.at_us, COALESCE(r.parent, ''))
                IS DISTINCT FROM (f.author_id, f.at_us, COALESCE(f.parent, ''))""")
        stage.run("DELETE FROM records WHERE line NOT IN (SELECT line FROM keyed)")
    return int(twice)


def _own(stage: Stage, names: Sequence[str]) -> tuple[Found, ...]:
    """The accounts of these names on every network of the file."""
    wanted = [name.strip().removeprefix("@") for name in names if name.strip().removeprefix("@")]
    if not wanted:
        raise NoSuchAccount((), accounts(stage))
    own: dict[tuple[str, str], Found] = {}
    for name in wanted:
        rows = stage.rows(
            """WITH wrote AS (
                SELECT network, author_id AS id, any_value(author_handle) AS handle, count(*) AS n FROM records
                WHERE lower(author_handle) = lower($1) OR author_id = $1 GROUP BY network, author_id),
            declared AS (
                SELECT network, id, any_value(handle) AS handle, any_value(name) AS name FROM accounts
                WHERE lower(handle) = lower($1) OR id = $1 GROUP BY network, id)
            SELECT network, id, COALESCE(w.handle, d.handle), COALESCE(d.name, ''), COALESCE(w.n, 0), 0
            FROM wrote w FULL JOIN declared d USING (network, id)""",
            [name],
        )
        # Named by others and never wrote a word: the brand that answers nobody.
        known = {row[0] for row in rows}
        silent = stage.rows(
            "SELECT network, count(*) FROM records WHERE list_contains(list_transform(mentions, lambda m: lower(m)),"
            " lower($1)) GROUP BY network",
            [name],
        )
        rows += [(network, name, name, "", 0, n) for network, n in silent if network not in known]
        if not rows:
            raise NoSuchAccount((name,), accounts(stage))
        own |= {(row[0], row[1]): Found(*row) for row in rows}
    return tuple(sorted(own.values(), key=lambda found: (-found.wrote, found.network, found.id)))


def _link(stage: Stage) -> None:
    """`linked`: the line of what a message answers and of what it quotes. Whoever stands in a cycle is refused."""
    while True:
        stage.run("""CREATE OR REPLACE TABLE linked AS
            SELECT r.line, p.line AS parent, q.line AS quoted FROM records r
            LEFT JOIN keyed p ON p.network = r.network AND p.id = r.parent
            LEFT JOIN keyed q ON q.network = r.network AND q.id = r.quotes""")
        links = ibis.table({"line": "int64", "parent": "int64"}, name="linked")
        up = links.select(node=links.line, above=links.parent.coalesce(links.line))
        try:
            _place_tops(stage, climb(DuckDB(stage.db), up, "climb"))
            return
        except Looping as loop:
            # In pieces: a file may be one large cycle.
            for start in range(0, len(loop.nodes), 1000):
                some = ", ".join(map(str, loop.nodes[start : start + 1000]))
                stage.run(f"""INSERT INTO refused SELECT line, 'it stands in a cycle of answers', id
                    FROM records WHERE line IN ({some})""")
                stage.run(f"DELETE FROM records WHERE line IN ({some})")
                stage.run(f"DELETE FROM keyed WHERE line IN ({some})")


def _place_tops(stage: Stage, found: Table) -> None:
    """`tops`: for each message the one from which its thread has its name: the nearest that says it, else the root."""
    bench = DuckDB(stage.db)
    if stage.rows("SELECT count(given_thread) FROM records")[0][0]:
        stage.run("""CREATE OR REPLACE TABLE said AS SELECT l.line AS node,
            CASE WHEN r.given_thread IS NULL THEN COALESCE(l.parent, l.line) ELSE l.line END AS above
            FROM linked l JOIN records r USING (line)""")
        found = climb(bench, ibis.table({"node": "int64", "above": "int64"}, name="said"), "climb")
        stage.run("CREATE OR REPLACE TABLE tops AS " + bench.sql(found))
        stage.run("DROP TABLE said")
    else:
        stage.run("CREATE OR REPLACE TABLE tops AS " + bench.sql(found))
    stage.run("DROP TABLE IF EXISTS climb_0")
    stage.run("DROP TABLE IF EXISTS climb_1")


def _number(stage: Stage, own: Sequence[Found]) -> None:
    """`threads`, `authors`, and `placed`: every message with the numbers of its thread and author, ours or not."""
    stage.run("""CREATE TABLE threads AS
        WITH named AS (SELECT t.top, r.network, COALESCE(r.given_thread, r.parent, r.id) AS id
            FROM (SELECT DISTINCT top FROM tops) t JOIN records r ON r.line = t.top)
        SELECT top, network, id, min(top) OVER (PARTITION BY network, id) AS thread FROM named""")
    # Twice the line, and one more for somebody who is only written to: two of a line are told apart.
    stage.run("""CREATE TABLE authors AS SELECT network, id, min(place) AS author FROM (
        SELECT network, author_id AS id, 2 * line AS place FROM records
        UNION ALL SELECT network, to_id, 2 * line + 1 FROM records WHERE to_id IS NOT NULL) GROUP BY network, id""")
    stage.run("CREATE TABLE own (network VARCHAR, id VARCHAR, handle VARCHAR, place BIGINT)")
    stage.db.executemany(
        "INSERT INTO own VALUES (?, ?, ?, ?)",
        [(found.network, found.id, found.handle, place) for place, found in enumerate(own)],
    )
    stage.run("""CREATE TABLE placed AS
        WITH called AS (SELECT network, list(lower(handle)) || list(lower(id)) AS names FROM own GROUP BY network)
        SELECT r.line, h.thread, a.author, o.id IS NOT NULL AS ours,
            COALESCE(list_has_any(list_transform(r.mentions, lambda m: lower(m)), c.names), false) AS names_us
        FROM records r JOIN tops t ON t.node = r.line JOIN threads h ON h.top = t.top
        JOIN authors a ON a.network = r.network AND a.id = r.author_id
        LEFT JOIN own o ON o.network = r.network AND o.id = r.author_id
        LEFT JOIN called c ON c.network = r.network""")


def _keep(stage: Stage) -> None:
    """`share`: the messages that stay, as standing and waits need it."""
    stage.run("""CREATE TABLE share AS
        WITH ours AS (SELECT DISTINCT p.thread FROM placed p JOIN records r USING (line) JOIN linked l USING (line)
            LEFT JOIN placed q ON q.line = l.quoted LEFT JOIN own o ON o.network = r.network AND o.id = r.to_id
            WHERE p.ours OR p.names_us OR r.told OR q.ours OR o.id IS NOT NULL),
        roots AS (SELECT h.thread, min(k.line) AS root FROM threads h
            JOIN keyed k ON k.network = h.network AND k.id = h.id GROUP BY h.thread),
        main AS (SELECT network, arg_min(id, place) AS id FROM own GROUP BY network),
        seen_by AS (SELECT r.line, arg_min(o.id, o.place) AS id FROM records r JOIN own o ON o.network = r.network
            AND lower(r.account) IN (lower(o.id), lower(o.handle)) GROUP BY r.line)
        SELECT r.line, r.network, p.thread, p.author, p.ours, p.names_us, l.parent, l.quoted, g.root,
            r.parent IS NOT NULL AS is_answer, r.kind, r.context, r.told, r.automatic,
            split_part(lower(r.language), '-', 1) AS language, y.handle AS account, y.place AS account_no, n.author AS recipient,
            r.at_us, r.received_us, r.gone_us, r.sent_here_us, r.edited_us
        FROM placed p JOIN ours USING (thread) JOIN records r USING (line) JOIN linked l USING (line)
        LEFT JOIN roots g ON g.thread = p.thread
        LEFT JOIN main m ON m.network = r.network LEFT JOIN seen_by b USING (line)
        LEFT JOIN own y ON y.network = r.network AND y.id = COALESCE(b.id, m.id)
        LEFT JOIN authors n ON n.network = r.network AND n.id = r.to_id
        ORDER BY r.line""")


def _deeds(stage: Stage) -> tuple[int, int]:
    """`deeds`: the acts on the share's conversations. Returns how many, and how many are on others."""
    stage.run("""CREATE TABLE deeds AS
        WITH pairs AS (SELECT DISTINCT thread, author FROM share)
        SELECT a.line, h.thread, w.author, a.act, a.reason, a.at_us, a.undone_us, o.line AS opener
        FROM acts a LEFT JOIN keyed o ON o.network = a.network AND o.id = a.opener_id
        JOIN (SELECT DISTINCT network, id, thread FROM threads) h ON h.network = a.network AND h.id = a.thread_id
        JOIN authors w ON w.network = a.network AND w.id = a.author_id
        SEMI JOIN pairs p ON p.thread = h.thread AND p.author = w.author""")
    stage.run("""INSERT INTO refused SELECT a.line, 'an act without a message of that author in that thread', a.thread_id
        FROM acts a JOIN threads h ON h.network = a.network AND h.id = a.thread_id
        WHERE h.thread IN (SELECT thread FROM share) AND a.line NOT IN (SELECT line FROM deeds) GROUP BY ALL""")
    inside = stage.rows("SELECT count(*) FROM deeds")[0][0]
    total = stage.rows("SELECT count(*) FROM acts")[0][0]
    return int(inside), int(total - inside)


def last_event(stage: Stage) -> int | None:
    """The newest time in the share, in microseconds: of messages, their edits and deletions, and acts."""
    found: int | None = stage.rows("""SELECT greatest(
        (SELECT max(greatest(at_us, gone_us, edited_us)) FROM share), (SELECT max(at_us) FROM deeds))""")[0][0]
    return found
