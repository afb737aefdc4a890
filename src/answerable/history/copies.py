"""What is written of a batch: for each table its columns, and the query over the stage (DuckDB) that gives them."""

from __future__ import annotations

from dataclasses import dataclass

from answerable.channels.archive.record import ACT, RECORD
from answerable.customers.verbs import FIRST


@dataclass(frozen=True, slots=True)
class Copy:
    """One table to be filled: its columns and the query that gives them."""

    table: str
    columns: tuple[str, ...]
    query: str


# Of what is new in the batch; `w` is the author, `b` the conversation.
_FRESH = "JOIN batches b USING (thread) WHERE b.thread IN (SELECT thread FROM fresh)"
_RAW = (
    "id", "brand_id", "account_id", "network", "key", "kind", "object_id", "gone", "body", "push", "received_at",
    "parsed_at", "trouble",
)  # fmt: skip


def _fresh(of: str) -> str:
    """The same where several tables have a thread."""
    return _FRESH.replace("USING (thread)", f"ON b.thread = {of}.thread")


def copies(brand: int, received: str, live: bool) -> list[Copy]:
    """What is written for a batch, in an order in which everything named already has an id. received: as PostgreSQL
    writes times."""
    time = f"TIMESTAMPTZ '{received}'"
    return [
        *_raw_events(brand, time),
        *_inbox(brand),
        *_messages(brand),
        *_customers(brand, time),
        *_cases(brand, live),
    ]


def _raw_events(brand: int, time: str) -> list[Copy]:
    return [
        Copy(
            "inbox_rawevent",
            _RAW,
            f"""SELECT k.raw, {brand}, k.account_id, n.network, k.key, '{RECORD}', k.object_id, false, '\\x' || hex(k.body), false,
                {time}, {time}, '' FROM kept k JOIN numbered n USING (line) {_FRESH} ORDER BY k.raw""",
        ),
        Copy(
            "inbox_rawevent",
            _RAW,
            f"""SELECT k.raw, {brand}, k.account_id, k.network, k.key, '{ACT}', '', false, '\\x' || hex(k.body), false,
                {time}, {time}, '' FROM kept_acts k {_FRESH}""",
        ),
    ]


def _inbox(brand: int) -> list[Copy]:
    return [
        Copy(
            "inbox_author",
            ("id", "brand_id", "network", "external_id", "handle", "name", "url", "avatar_url", "followers", "ours"),
            f"""SELECT pk, {brand}, network, id, left(handle, 255), left(name, 500), left(url, 1000), left(avatar_url, 2000),
                followers, ours FROM everybody WHERE author IN (SELECT author FROM newcomers) ORDER BY pk""",
        ),
        Copy(
            "inbox_thread",
            ("id", "brand_id", "network", "external_id"),
            f"""SELECT id, {brand}, network, external_id FROM batches
                WHERE thread IN (SELECT thread FROM fresh) ORDER BY id""",
        ),
    ]  # fmt: skip


def _messages(brand: int) -> list[Copy]:
    return [
        Copy(
            "inbox_message",
            ("id", "brand_id", "network", "external_id", "account_id", "raw_id", "author_id", "thread_id", "parent_id",
             "parent_external_id", "quotes_external_id", "to_author_id", "to_external_id", "mentions", "kind",
             "outbound", "public", "told", "context", "addressed", "automatic", "text", "language", "link",
             "claimed_at", "indexed_at", "received_at", "at", "version_at", "edited_at", "gone_at", "imported",
             "sent_here_at"),
            f"""SELECT n.id, {brand}, n.network, r.id, n.account_id, n.raw, w.pk, b.id,
                CASE WHEN p.thread = n.thread THEN p.id END, COALESCE(r.parent, ''), COALESCE(r.quotes, ''), t.pk,
                COALESCE(r.to_id, ''), '{{' || array_to_string(list_transform(k.mentions, lambda m: '"' ||
                    replace(replace(left(m, 255), '\\', '\\\\'), '"', '\\"') || '"'), ',') || '}}',
                n.kind, n.ours, r.public, n.told, n.context, n.addressed, n.automatic, r.text, left(r.language, 20),
                left(replace(r.link, chr(0), ''), 1000), make_timestamptz(CASE WHEN NOT r.claimed_by_nobody THEN r.claimed_us END), make_timestamptz(r.indexed_us),
                make_timestamptz(r.received_us), make_timestamptz(r.at_us),
                make_timestamptz(r.version_us), make_timestamptz(r.edited_us),
                make_timestamptz(r.gone_us), true, make_timestamptz(r.sent_here_us)
                FROM numbered n JOIN records r USING (line) JOIN kept k USING (line) JOIN everybody w USING (author)
                LEFT JOIN numbered p ON p.line = n.parent LEFT JOIN everybody t ON t.author = n.to_author
                {_fresh("n")} ORDER BY n.id""",
        ),
        Copy(
            "inbox_revision",
            ("message_id", "version_at", "text"),
            f"""SELECT id, since, any_value(text) FROM (
                SELECT n.id, TRY_CAST(o->>'at' AS TIMESTAMPTZ) AS since, replace(COALESCE(o->>'text', ''), chr(0), '') AS text
                FROM (SELECT r.line, unnest(json_extract(r.revisions, '$[*]')) AS o FROM records r
                    WHERE json_type(r.revisions) = 'ARRAY') r JOIN numbered n USING (line) {_FRESH})
                WHERE since IS NOT NULL GROUP BY id, since ORDER BY id, since""",
        ),
    ]  # fmt: skip


def _customers(brand: int, time: str) -> list[Copy]:
    return [
        Copy(
            "customers_customer",
            ("id", "brand_id", "name"),
            f"""SELECT customer, {brand}, '' FROM everybody WHERE author IN (SELECT author FROM newcomers)
                AND NOT ours AND wrote ORDER BY customer""",
        ),
        Copy(
            "customers_identity",
            ("id", "author_id", "customer_id", "evidence", "since"),
            f"""SELECT identity, pk, customer, '{FIRST}', {time} FROM everybody
                WHERE author IN (SELECT author FROM newcomers) AND NOT ours AND wrote ORDER BY 1""",
        ),
    ]


def _cases(brand: int, live: bool) -> list[Copy]:
    alive = str(live).lower()
    return [
        Copy(
            "cases_case",
            ("id", "brand_id", "customer_id", "state", "assignee_id", "opened_at", "closed_at", "snoozed_until",
             "waiting", "queue_key", "last_at", "live"),
            f"""SELECT e.id, {brand}, w.customer, 'open', NULL, make_timestamptz(e.opened_us), NULL, NULL, e.waiting,
                make_timestamptz(e.key_us), make_timestamptz(COALESCE(b.last_us, e.opened_us)), {alive}
                FROM episodes e JOIN everybody w USING (author) {_FRESH} ORDER BY e.id""",
        ),
        Copy(
            "cases_casethread",
            ("id", "case_id", "thread_id", "customer_id", "current"),
            f"""SELECT e.tie, e.id, b.id, w.customer,
                e.episode = max(e.episode) OVER (PARTITION BY e.thread, e.author)
                FROM episodes e JOIN everybody w USING (author) {_FRESH} ORDER BY 1""",
        ),
        Copy(
            "cases_decision",
            ("id", "case_id", "thread_id", "author_id", "reason", "link", "user_id", "at", "closing", "undone_at"),
            f"""SELECT d.id, e.id, b.id, w.pk, d.reason, left(replace(a.link, chr(0), ''), 1000), m.member,
                make_timestamptz(d.at_us), d.act = 'close', make_timestamptz(d.undone_us)
                FROM ended d JOIN acts a USING (line) JOIN episodes e USING (thread, author, episode)
                JOIN everybody w USING (author) LEFT JOIN members m ON m.email = lower(a.actor)
                {_FRESH} AND d.decides ORDER BY d.id""",
        ),
        Copy(
            "cases_wait",
            ("id", "brand_id", "case_id", "author_id", "thread_id", "opener_id", "last_ask_id", "asked", "started_at",
             "outcome", "ended_at", "answer_id", "decision_id", "calendar_us", "negative", "first"),
            f"""SELECT v.id, {brand}, e.id, w.pk, b.id, o.id, l.id, v.asked, make_timestamptz(v.started_us), v.outcome,
                make_timestamptz(v.ended_us), a.id, d.id, v.us, v.negative, v.first
                FROM waiting v JOIN episodes e USING (thread, author, episode) JOIN everybody w USING (author)
                JOIN numbered o ON o.line = v.opener JOIN numbered l ON l.line = v.last_ask
                LEFT JOIN numbered a ON a.line = v.answer LEFT JOIN ended d ON d.line = v.decision
                {_fresh("v")} ORDER BY v.id""",
        ),
    ]  # fmt: skip
