"""What people did to cases, as acts on a thread and a customer: decisions, closings, notes, who has it, what is put aside.

What follows from messages alone (a case that starts, wakes or reopens by a customer's words) is derived again by an
import, so it is not written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from django.db.models import Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from answerable.cases.models import Case, CaseThread, Decision, Note, Wait
from answerable.cases.reasons import DONE
from answerable.core.actors import ActorKind
from answerable.core.models import Event
from answerable.history.export_shape import Record, kept, pages
from answerable.inbox.models import Message
from answerable.people.models import Brand, User

# The sources, in the order in which they stand when two things happened in the same microsecond.
DECISION, TURN, NOTE, TAKEN, ASIDE = range(5)

CLOSE, REOPEN, UNDO = "case.close", "case.reopen", "case.undo_close"
TAKE, SNOOZE = "case.take", "case.snooze"


class _Entry(NamedTuple):
    """Where an act is found. source: one of the numbers above; row: of its table."""

    at: datetime
    source: int
    row: int


def acts(brand: Brand) -> Iterator[Record]:
    """Every act of the brand's people, by time. The database sorts; here stands one page at a time."""
    for page in pages(_index(brand).iterator(chunk_size=2000)):
        yield from _lines([_Entry(*entry) for entry in page])


def count_acts(brand: Brand) -> int:
    """How many there are, about: a closing of a case of several threads is several lines."""
    return _index(brand).count()


def _index(brand: Brand) -> QuerySet[Any, Any]:
    cases = Case.objects.filter(brand=brand)
    turns = Event.objects.filter(brand_id=brand.pk, kind__in=(CLOSE, REOPEN)).exclude(actor_kind=ActorKind.CUSTOMER)
    taken = Event.objects.filter(kind=TAKE, subject_id=OuterRef("pk"), actor_id=OuterRef("assignee_id"))
    aside = Event.objects.filter(kind=SNOOZE, subject_id=OuterRef("pk"))
    parts = [
        _part(Decision.objects.filter(case__brand=brand), DECISION, F("at")),
        _part(turns, TURN, F("at")),
        _part(Note.objects.filter(case__brand=brand), NOTE, F("at")),
        _part(cases.exclude(assignee=None), TAKEN, _latest(taken)),
        _part(cases.filter(state="snoozed"), ASIDE, _latest(aside)),
    ]
    index: QuerySet[Any, Any] = parts[0].union(*parts[1:], all=True).order_by("when", "source", "row")
    return index


def _part(rows: QuerySet[Any], source: int, at: F | Coalesce) -> QuerySet[Any, Any]:
    number = Value(source, output_field=IntegerField())
    found: QuerySet[Any, Any] = rows.order_by().annotate(when=at, source=number, row=F("pk"))
    return found.values_list("when", "source", "row")


def _latest(events: QuerySet[Event]) -> Coalesce:
    return Coalesce(Subquery(events.order_by("-at", "-pk").values("at")[:1]), F("opened_at"))


def _lines(page: Sequence[_Entry]) -> Iterator[Record]:
    rows = _rows(page)
    cases = {_case_of(row) for row in rows.values()}
    known = _Known(rows, cases)
    for entry in page:
        yield from known.lines(entry.source, rows[entry.source, entry.row], entry.at)


Row = Decision | Event | Note | Case


def _rows(page: Sequence[_Entry]) -> dict[tuple[int, int], Row]:
    ids: dict[int, list[int]] = defaultdict(list)
    for entry in page:
        ids[entry.source].append(entry.row)
    sources: dict[int, QuerySet[Any]] = {
        DECISION: Decision.objects.select_related("thread", "author", "user"),
        TURN: Event.objects.all(),
        NOTE: Note.objects.select_related("user"),
        TAKEN: Case.objects.select_related("assignee"),
        ASIDE: Case.objects.all(),
    }
    return {(source, row.pk): row for source, of in ids.items() for row in sources[source].filter(pk__in=of)}


def _case_of(row: Row) -> int:
    if isinstance(row, Case):
        return int(row.pk)
    return row.subject_id if isinstance(row, Event) else row.case_id


@dataclass(frozen=True, slots=True)
class _Pair:
    """A customer in a thread: how an act names its case. opener: names it where the pair has had several cases."""

    thread_id: int
    author_id: int
    network: str
    thread: str
    author: str
    opener: str


class _Known:
    """Everything that the acts of one page need beside their own rows, each in one query."""

    def __init__(self, rows: dict[tuple[int, int], Row], cases: set[int]) -> None:
        self.pairs = _pairs(cases)
        turns = _turns({_case_of(row) for row in rows.values() if isinstance(row, Event)})
        self.undone = {pk: at for of_case in turns.values() for pk, at in _undone(of_case)}
        self.decided = _decided(turns)
        self.snoozed_by = _snoozed_by([pk for (source, pk) in rows if source == ASIDE])
        actors = [row.actor_id for row in rows.values() if isinstance(row, Event)] + list(self.snoozed_by.values())
        users = User.objects.filter(pk__in={actor for actor in actors if actor})
        self.mail: dict[int | None, str] = dict(users.values_list("pk", "email"))

    def lines(self, source: int, row: Row, at: datetime) -> Iterator[Record]:
        """The act or acts of one row."""
        if isinstance(row, Decision):
            yield self._decision(row)
        elif isinstance(row, Event):
            yield from self._turn(row)
        elif isinstance(row, Note):
            for pair in self.pairs[row.case_id][:1]:  # once, however many threads the case has
                yield _act("note", pair, row.at, by=_mail(row.user), text=row.text)
        elif source == TAKEN:
            for pair in self.pairs[row.pk]:
                yield _act("assign", pair, at, by=_mail(row.assignee))
        else:
            by = self.mail.get(self.snoozed_by.get(row.pk), "")
            for pair in self.pairs[row.pk]:
                yield _act("snooze", pair, at, by=by, until=row.snoozed_until)

    def _decision(self, row: Decision) -> Record:
        act, opener = "decide", ""
        if row.closing:
            same = [pair for pair in self.pairs[row.case_id] if pair.thread_id == row.thread_id]
            act, opener = "close", same[0].opener if same else ""
        thread, author = row.thread, row.author
        pair = _Pair(thread.pk, author.pk, thread.network, thread.external_id, author.external_id, opener)
        by = _mail(row.user)
        return _act(act, pair, row.at, by=by, reason=row.reason, link=row.link, undone_at=row.undone_at)

    def _turn(self, event: Event) -> Iterator[Record]:
        by = self.mail.get(event.actor_id, "")
        for pair in self.pairs[event.subject_id]:
            if event.kind == REOPEN:
                yield _act("reopen", pair, event.at, by=by)
            elif (event.pk, pair.thread_id, pair.author_id) not in self.decided:
                yield _act("close", pair, event.at, by=by, reason=DONE, undone_at=self.undone.get(event.pk))


def _act(act: str, pair: _Pair, at: datetime, *, by: str, **more: object) -> Record:
    record: Record = {"type": "act", "act": act, "network": pair.network, "thread": pair.thread, "author": pair.author}
    return record | kept({"case": pair.opener, "at": at, "by": by, **more})


def _mail(user: User | None) -> str:
    return user.email if user else ""


def _pairs(cases: Iterable[int]) -> dict[int, list[_Pair]]:
    """Case → its customers' authors in its threads, in the order in which the threads came to it."""
    links = CaseThread.objects.filter(case__in=cases, thread__network=F("customer__identities__author__network"))
    spoke = Message.objects.filter(thread=OuterRef("thread"), author=OuterRef("customer__identities__author"))
    others = CaseThread.objects.filter(thread=OuterRef("thread"), customer=OuterRef("customer"))
    opens = Wait.objects.filter(case=OuterRef("case"), thread=OuterRef("thread")).order_by("started_at", "pk")
    found = links.filter(Exists(spoke)).annotate(
        several=Exists(others.exclude(case=OuterRef("case"))),
        opener=Coalesce(Subquery(opens.values("opener__external_id")[:1]), Value("")),
    )
    author = "customer__identities__author"
    columns = ("case_id", "thread_id", author, "thread__network", "thread__external_id", f"{author}__external_id")
    pairs: dict[int, list[_Pair]] = defaultdict(list)
    for row in found.order_by("pk", author).values_list(*columns, "several", "opener"):
        case_id, thread_id, author_id, network, thread, ident, several, opener = row
        pairs[case_id].append(_Pair(thread_id, author_id, network, thread, ident, opener if several else ""))
    return pairs


def _turns(cases: Iterable[int]) -> dict[int, list[Event]]:
    """Case → its closings and openings, whoever caused them, by time."""
    turns: dict[int, list[Event]] = defaultdict(list)
    rows = Event.objects.filter(kind__in=(CLOSE, REOPEN, UNDO), subject_id__in=cases)
    for event in rows.order_by("at", "pk"):
        turns[event.subject_id].append(event)
    return turns


def _undone(turns: Sequence[Event]) -> Iterator[tuple[int, datetime]]:
    """(closing, when it was taken back) for those after which the undo came next."""
    for turn, following in pairwise(turns):
        if turn.kind == CLOSE and following.kind == UNDO:
            yield turn.pk, following.at


def _decided(turns: dict[int, list[Event]]) -> set[tuple[int, int, int]]:
    """(closing, thread, author) where the closing ended a wait: its decision is the act.

    A decision belongs to the first closing not before it that has its reason and no decision for the same pair yet.
    """
    found: set[tuple[int, int, int]] = set()
    for row in Decision.objects.filter(case__in=turns, closing=True).order_by("at", "pk"):
        for turn in turns[row.case_id]:
            mine = (turn.pk, row.thread_id, row.author_id)
            if turn.kind == CLOSE and turn.reason == row.reason and turn.at >= row.at and mine not in found:
                found.add(mine)
                break
    return found


def _snoozed_by(cases: Iterable[int]) -> dict[int, int | None]:
    """Case → who snoozed it last."""
    rows = Event.objects.filter(kind=SNOOZE, subject_id__in=cases).order_by("at", "pk")
    return dict(rows.values_list("subject_id", "actor_id"))
