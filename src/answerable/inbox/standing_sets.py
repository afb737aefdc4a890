"""What many messages are to the brand at once: the rules of addressing.py and standing.py over a whole table.

Used where a history is taken in or measured from a file. That both forms agree is tested on random histories.
"""

from __future__ import annotations

import ibis

from answerable.channels.contract import MessageKind
from answerable.core.frames import Table, Value, Workbench, climb

# One row a message; line: its number; author, thread: numbers; parent, quoted, root: lines, null when not there.
MESSAGES = {
    "line": "int64", "network": "string", "thread": "int64", "author": "int64", "ours": "boolean",
    "names_us": "boolean", "parent": "int64", "quoted": "int64", "root": "int64", "is_answer": "boolean",
    "kind": "string", "context": "boolean", "told": "boolean", "automatic": "boolean", "language": "string",
    "account": "string", "account_no": "int64", "recipient": "int64", "at_us": "int64", "received_us": "int64", "gone_us": "int64",
    "sent_here_us": "int64", "edited_us": "int64",
}  # fmt: skip
PERSONAL = [str(kind) for kind in (MessageKind.DIRECT, MessageKind.MAIL, MessageKind.REVIEW)]


def standing(bench: Workbench, messages: Table) -> Table:
    """messages as above → messages with `addressed` and `to_author` (whom a message of ours answers), and `parent`
    only where that message is in the table."""
    near = messages.select("line", "author", "ours", "recipient")
    parent, quoted, root = near.view(), near.view(), near.view()
    joined = (
        messages.left_join(parent, messages.parent == parent.line)
        .left_join(quoted, messages.quoted == quoted.line)
        .left_join(root, messages.root == root.line)
        .select(
            *[messages[name] for name in messages.columns if name != "parent"],
            parent=parent.line,
            parent_author=parent.author,
            parent_ours=parent.ours,
            quotes_us=quoted.ours.coalesce(False),
            root_ours=root.ours.coalesce(False),
        )
    )
    placed = bench.put("standing_1", joined)
    placed = placed.mutate(addressed=_addressed(placed))
    to_whom = _to_author(bench, placed)
    told = placed.left_join(to_whom, placed.line == to_whom.line).select(
        *[placed[name] for name in placed.columns], to_author=to_whom.to_author
    )
    return bench.put("standing_2", told.drop("quotes_us", "root_ours", "parent_author", "parent_ours"))


def _addressed(row: Table) -> Value:
    """addressing.addressed, as an expression."""
    by_parent = row.parent_ours.coalesce(False)
    goes_on = (row.parent_author == row.author).coalesce(False) & row.root_ours
    unknown_yet = row.told & (~row.is_answer | row.parent_ours.isnull())
    to_us = row.kind.isin(PERSONAL) | row.names_us | row.quotes_us | by_parent | goes_on | unknown_yet
    return ~row.ours & ~(row.context & ~row.told) & to_us


def _to_author(bench: Workbench, placed: Table) -> Table:
    """standing._to_author: up along our own words to the first that answers somebody else, or is sent to somebody."""
    own = placed.filter(placed.ours)
    up = own.select(node=own.line, above=ibis.ifelse(own.parent_ours.coalesce(False), own.parent, own.line))
    tops = climb(bench, up, "own_words")
    ours = bench.put("standing_ours", placed.filter(placed.ours).select("author").distinct())
    top = placed.view()
    found = tops.join(top, tops.top == top.line).select(
        line=tops.node, answers=top.parent_author, parent=top.parent, recipient=top.recipient
    )
    to = found.mutate(to_author=ibis.ifelse(found.parent.notnull(), found.answers, found.recipient))
    return to.anti_join(ours, to.to_author == ours.author).select("line", "to_author")
