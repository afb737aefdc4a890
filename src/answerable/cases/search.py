"""Cases by what was said in them and by who said it: the newest match first. The statements stand in `lookup.py`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from answerable.cases import lookup, places
from answerable.cases.lookup import Row
from answerable.cases.models import Case
from answerable.cases.places import Place
from answerable.cases.queries import PAGE
from answerable.inbox.models import Message
from answerable.people.rights import Seat


@dataclass(frozen=True, slots=True)
class Hit:
    """A case. at: of the newest message that matches, or of the case's newest when its customer's name fits.
    message: the newest that matches; marked: its text, lookup.OPEN and SHUT around what was found. None and "" when
    the name alone fits."""

    case: Case
    at: datetime
    message: Message | None
    marked: str


@dataclass(frozen=True, slots=True)
class Found:
    """One page. words: False when nothing was typed that could be looked for. cases: how many were counted, from this
    page on. more: there may be others that were not counted. next_place: of the page after this one; empty at the end.
    """

    hits: list[Hit]
    words: bool = True
    cases: int = 0
    more: bool = False
    next_place: str = ""


def search(seat: Seat, text: str, place: str = "") -> Found:
    """A page of the brand's cases with a message, or a customer's name or handle, that fits. Takes any text.

    place: as a Found gave it; anything else is the beginning.
    """
    brand = seat.brand.pk
    wanted = lookup.understand(text)
    if wanted is None:
        return Found([], words=False)
    page = lookup.page(brand, wanted, places.read(place), PAGE + 1)
    shown = page.rows[:PAGE]
    last = Place(shown[-1].at, shown[-1].case_id) if len(page.rows) > PAGE else None
    return Found(
        hits=_hits(brand, wanted.query, shown),
        cases=page.cases,
        more=page.more,
        next_place=places.write(last) if last else "",
    )


def _hits(brand: int, query: str, rows: list[Row]) -> list[Hit]:
    said = [row.message_id for row in rows if row.message_id is not None]
    cases = Case.objects.filter(brand_id=brand).select_related("customer", "assignee")
    by_id = cases.in_bulk([row.case_id for row in rows])
    messages = Message.objects.filter(brand_id=brand).select_related("account").in_bulk(said)
    marked = lookup.marked(brand, query, said)
    return [
        Hit(by_id[row.case_id], row.at, messages.get(row.message_id or 0), marked.get(row.message_id or 0, ""))
        for row in rows
        if row.case_id in by_id
    ]
