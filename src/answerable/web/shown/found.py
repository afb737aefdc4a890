"""What a search found, as rows of the list pane: the same rows, with the words around the match."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from answerable.cases.asked import LONGEST
from answerable.cases.lookup import OPEN, SHUT
from answerable.cases.search import Found, Hit, search
from answerable.customers.queries import handles_of
from answerable.inbox.text import clean
from answerable.people.rights import Seat
from answerable.web.shown import queue, text
from answerable.web.shown.queue import Row

BEFORE = 28  # characters of an excerpt before the first word that was found
EXCERPT = 180  # characters of an excerpt
_MARK = re.compile(f"([{OPEN}{SHUT}])")


@dataclass(frozen=True, slots=True)
class Finds:
    """One page of what was found. words: False when nothing was typed that could be looked for. count: for people."""

    rows: list[Row]
    words: bool
    count: str
    place: str
    next_place: str


def searched(typed: str) -> str:
    """What is looked for: of what was typed, what the database can hold, without blanks around it."""
    return clean(typed).strip()[:LONGEST]


def found(seat: Seat, sought: str, place: str) -> Finds:
    """A page of what was found, from `place` on (as a Finds gave it; anything else is the beginning)."""
    page = search(seat, sought, place)
    return Finds(_rows(page.hits), page.words, "" if place else _count(page), place, page.next_place)


def _rows(hits: list[Hit]) -> list[Row]:
    by_name = [hit.case for hit in hits if hit.message is None]
    said = {hit.case.pk: hit.message for hit in hits if hit.message} | queue.words(by_name)
    handles = handles_of([case.customer for case in by_name])
    marked = {hit.case.pk: hit.marked for hit in hits}
    return [
        replace(row, excerpt=excerpt(marked[row.case.pk]), handle=handles.get(row.case.customer_id, ""))
        for row in queue.rows([hit.case for hit in hits], said)
    ]


def _count(page: Found) -> str:
    number = number_format(page.cases, force_grouping=True)
    if not page.words:
        return _("Nothing to look for")
    if page.more:
        return _("More than %s cases") % number
    return ngettext("%s case", "%s cases", page.cases) % number


def excerpt(marked: str) -> SafeString:
    """The words around the first match on one line, escaped, what was found in <mark>; empty for an empty text."""
    line = " ".join(marked.split())
    first = line.find(OPEN)
    start = line.rfind(" ", 0, first - BEFORE) + 1 if first > BEFORE else 0
    start = start if first - start < 2 * BEFORE else first - BEFORE
    parts, inside = ["… " if start else ""], False
    for part in _MARK.split(line[start : start + EXCERPT]):
        if part in (OPEN, SHUT):
            inside = part == OPEN
        elif part:
            parts.append(format_html("<mark>{}</mark>", text.shown(part)) if inside else text.shown(part))
    parts.append("…" if len(line) > start + EXCERPT else "")
    return mark_safe("".join(parts))  # noqa: S308  every part is escaped by what made it
