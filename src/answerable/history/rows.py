"""From what was read of a file to finished rows: each with its id, in batches of whole conversations (DuckDB).

Ids are taken from PostgreSQL's sequences beforehand, so that a row can name another one before either stands. The inbox's
record of a message is written out in full here: every time, its thread, whom it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from answerable.cases.order import AGAIN, AGAIN_MOST, EXPECTED
from answerable.channels.archive.record import ACT, RECORD
from answerable.channels.archive.staging import Stage

BATCH = 10_000  # messages a transaction, about: whole conversations

# Which sequence gives the ids of which rows, and how many there can be.
NEEDED = {
    "inbox_rawevent": "(SELECT count(*) FROM share) + (SELECT count(*) FROM deeds)",
    "inbox_message": "(SELECT count(*) FROM share)",
    "inbox_thread": "(SELECT count(DISTINCT thread) FROM share)",
    "inbox_author": "(SELECT count(*) FROM persons)",
    "customers_customer": "(SELECT count(*) FROM persons)",
    "customers_identity": "(SELECT count(*) FROM persons)",
    "cases_case": "(SELECT count(*) FROM (SELECT DISTINCT thread, author, episode FROM waits_found))",
    "cases_casethread": "(SELECT count(*) FROM (SELECT DISTINCT thread, author, episode FROM waits_found))",
    "cases_wait": "(SELECT count(*) FROM waits_found)",
    "cases_decision": "(SELECT count(*) FROM deeds)",
}


def people(stage: Stage) -> None:
    """`persons`: everybody in the share, with all that the file tells of them: the last word of each kind, in its order."""
    told = ", ".join(
        f"arg_max({value}, line) FILTER ({value} {test}) AS {name}"
        for name, value, test in (
            ("handle", "author_handle", "!= ''"),
            ("name", "author_name", "!= ''"),
            ("url", "author_url", "!= ''"),
            ("avatar_url", "avatar_url", "!= ''"),
            ("followers", "followers", "IS NOT NULL"),
        )
    )
    stage.run(f"""CREATE TABLE persons AS
        WITH seen AS (SELECT DISTINCT author FROM share UNION
            SELECT recipient FROM share WHERE ours AND recipient IS NOT NULL),
        profiles AS (SELECT network, author_id AS id, {told} FROM records
            WHERE line IN (SELECT line FROM share) GROUP BY network, author_id)
        SELECT a.author, a.network, a.id, o.id IS NOT NULL AS ours, p.id IS NOT NULL AS wrote,
            COALESCE(p.handle, '') AS handle, COALESCE(p.name, '') AS name, COALESCE(p.url, '') AS url,
            COALESCE(p.avatar_url, '') AS avatar_url, p.followers
        FROM authors a JOIN seen s USING (author) LEFT JOIN profiles p USING (network, id)
        LEFT JOIN own o ON o.network = a.network AND o.id = a.id""")


def number(stage: Stage, first: Mapping[str, int], accounts: Sequence[int]) -> int:
    """Gives every row its id and its batch, in tables `all_…` that lie in the order of the batches, so that a batch is
    read without the rest. Returns how many batches there are.

    first: table → the first id that is ours. accounts: ids of the accounts, in the order of the share's own.
    """
    stage.run("CREATE TABLE account_of (account_no BIGINT, account BIGINT)")
    stage.db.executemany("INSERT INTO account_of VALUES (?, ?)", list(enumerate(accounts)))
    stage.run(f"""CREATE TABLE all_batches AS
        WITH sized AS (SELECT thread, count(*) AS n, max(at_us) FILTER (NOT context) AS last_us
            FROM share GROUP BY thread),
        ids AS (SELECT DISTINCT thread, network, id FROM threads)
        SELECT s.thread, s.last_us, t.network, t.id AS external_id,
            {first["inbox_thread"]} - 1 + row_number() OVER (ORDER BY s.thread) AS id,
            CAST(floor((sum(s.n) OVER (ORDER BY s.thread) - s.n) / {BATCH}) AS BIGINT) AS batch
        FROM sized s JOIN ids t USING (thread) ORDER BY batch, s.thread""")
    stage.run(f"""CREATE TABLE all_numbered AS
        SELECT n.*, a.account AS account_id, b.batch, {first["inbox_message"]} + n.place AS id,
            {first["inbox_rawevent"]} + n.place AS raw
        FROM (SELECT *, row_number() OVER (ORDER BY line) - 1 AS place FROM standing_2) n
        JOIN account_of a USING (account_no) JOIN all_batches b USING (thread) ORDER BY b.batch, n.line""")
    stage.run("""CREATE TABLE all_records AS SELECT r.*, n.batch FROM records r
        JOIN all_numbered n USING (line) ORDER BY n.batch, r.line""")
    stage.run("DROP TABLE records")
    stage.run("ALTER TABLE acts RENAME TO all_acts")
    stage.run(f"""CREATE TABLE all_everybody AS SELECT *, {first["inbox_author"]} + place AS pk,
            {first["customers_customer"]} + place AS customer, {first["customers_identity"]} + place AS identity
        FROM (SELECT *, row_number() OVER (ORDER BY author) - 1 AS place FROM persons)""")
    _number_cases(stage, first)
    return int(stage.rows("SELECT COALESCE(max(batch) + 1, 0) FROM all_batches")[0][0])


def _number_cases(stage: Stage, first: Mapping[str, int]) -> None:
    stage.run(f"""CREATE TABLE all_episodes AS SELECT e.*, b.batch, {first["cases_case"]} + e.place AS id,
            {first["cases_casethread"]} + e.place AS tie FROM (
        SELECT w.thread, w.author, w.episode, row_number() OVER (ORDER BY min(w.opener)) - 1 AS place,
            min(w.started_us) AS opened_us, count(*) FILTER (w.outcome = '') AS waiting,
            min({_key()}) FILTER (w.outcome = '') AS key_us
        FROM waits_found w JOIN share s ON s.line = w.opener GROUP BY w.thread, w.author, w.episode) e
        JOIN all_batches b USING (thread) ORDER BY b.batch, e.place""")
    stage.run(f"""CREATE TABLE all_waiting AS SELECT w.*, b.batch, {first["cases_wait"]} + w.place AS id
        FROM (SELECT *, row_number() OVER (ORDER BY opener) - 1 AS place FROM waits_found) w
        JOIN all_batches b USING (thread) ORDER BY b.batch, w.place""")
    stage.run(f"""CREATE TABLE all_ended AS SELECT d.*, b.batch, {first["cases_decision"]} + d.place AS id,
            {first["inbox_rawevent"]} + (SELECT count(*) FROM share) + d.place AS raw,
            act IN ('decide', 'close') AND reason NOT IN ('', 'done') AS decides
        FROM (SELECT *, row_number() OVER (ORDER BY line) - 1 AS place FROM deeds_placed) d
        JOIN all_batches b USING (thread) ORDER BY b.batch, d.place""")


def lay_out(stage: Stage, batch: int) -> None:
    """The rows of one batch, in tables of their own: whatever else is said of a batch is said of these."""
    for name in ("batches", "numbered", "records", "episodes", "waiting", "ended"):
        stage.run(f"CREATE OR REPLACE TABLE {name} AS SELECT * EXCLUDE (batch) FROM all_{name} WHERE batch = {batch}")
    stage.run("""CREATE OR REPLACE TABLE everybody AS SELECT * FROM all_everybody SEMI JOIN (
        SELECT author FROM numbered UNION SELECT to_author FROM numbered UNION
        SELECT recipient FROM numbered WHERE ours) USING (author)""")
    stage.run("CREATE OR REPLACE TABLE acts AS SELECT * FROM all_acts SEMI JOIN ended USING (line)")
    stage.run("CREATE OR REPLACE TABLE kept_acts AS " + _acts())
    stage.run(f"""CREATE OR REPLACE TABLE kept AS SELECT *,
        'sha256:' || sha256('{RECORD}' || chr(31) || object_id || chr(31) || body) AS key FROM ({_records()})""")


def _key() -> str:
    """order.Part.key, over the opener's kind and how often was asked."""
    minutes = {kind: int(expected.total_seconds() * 1_000_000) for kind, expected in EXPECTED.items()}
    due = " ".join(f"WHEN '{kind}' THEN {us}" for kind, us in minutes.items())
    again = int(AGAIN.total_seconds() * 1_000_000)
    return f"w.started_us + CASE s.kind {due} END - {again} * least(w.asked - 1, {AGAIN_MOST})"


def _acts() -> str:
    """The record of each act of the batch: (line, thread, raw, account_id, network, key, body)."""
    return f"""SELECT e.line, e.thread, e.raw, c.account AS account_id, a.network,
        'sha256:' || sha256('{ACT}' || chr(31) || chr(31) || a.body) AS key, a.body
        FROM ended e JOIN acts a USING (line)
        JOIN (SELECT network, min(place) AS account_no FROM own GROUP BY network) o ON o.network = a.network
        JOIN account_of c USING (account_no)"""


def _records() -> str:
    """The record of each message of the batch, as the inbox keeps it: (line, account, key, object id, body)."""

    def iso(column: str) -> str:
        return f"strftime(make_timestamp({column}), '%Y-%m-%dT%H:%M:%S.%fZ')"

    return f"""WITH called AS (SELECT network, list({{'id': id, 'names': [lower(handle), lower(id)]}}) AS own
            FROM own GROUP BY network),
        chosen AS (SELECT n.line, n.raw, n.account_id, b.external_id AS thread_id, n.network
            FROM numbered n JOIN batches b USING (thread)),
        named AS (SELECT r.line, list_transform(list_filter(c.own, lambda o:
                list_has_any(list_transform(r.mentions, lambda m: lower(m)), o.names)), lambda o: o.id) AS ours,
            CASE WHEN r.mentions_given THEN list_filter(r.mentions, lambda m: NOT list_contains(
                flatten(list_transform(c.own, lambda o: o.names)), lower(m))) ELSE [] END AS others
            FROM records r JOIN chosen USING (line) LEFT JOIN called c ON c.network = r.network)
        SELECT r.line, k.raw, k.account_id, r.id AS object_id, list_concat(m.ours, m.others) AS mentions,
            CAST(json_merge_patch(CAST(r.body AS JSON), json_object('type', 'message', 'network', r.network, 'id', r.id,
                'author', json_object('id', r.author_id, 'handle', r.author_handle), 'thread', k.thread_id,
                'parent', r.parent, 'kind', r.kind, 'public', r.public, 'told', r.told, 'context', r.context,
                'automatic', r.automatic, 'mentions', list_concat(m.ours, m.others),
                'at', {iso("r.at_us")}, 'version_at', {iso("r.version_us")}, 'indexed_at',
                {iso("r.indexed_us")}, 'claimed_at', CASE WHEN r.claimed_by_nobody THEN '' ELSE {iso("r.claimed_us")} END,
                'received_at', {iso("r.received_us")}, 'edited_at', {iso("r.edited_us")},
                'gone_at', {iso("r.gone_us")}, 'sent_here_at', {iso("r.sent_here_us")})) AS VARCHAR) AS body
        FROM records r JOIN chosen k USING (line) JOIN named m USING (line) ORDER BY r.line"""
