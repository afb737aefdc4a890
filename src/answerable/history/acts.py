"""What people did to the cases of an imported history: closings through the gate, notes, who has it, what sleeps.

Decisions are rows beside their waits and are written with them (rows.py). Here is the rest, for the cases of one batch
that are new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from answerable.cases.models import Case, CaseThread, Decision, Note, Wait
from answerable.cases.reasons import DONE
from answerable.cases.settle import settle
from answerable.cases.states import CASE
from answerable.channels.archive.staging import Stage
from answerable.core import clock
from answerable.core.actors import CUSTOMER, Actor, ActorKind
from answerable.core.ledger import Entry
from answerable.core.locks import serialise
from answerable.core.transitions import Step, move_many
from answerable.people.models import Brand


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happened to a case, in order of time. what: an act, or "wait" when a customer's words opened one."""

    case: int
    what: str
    at: datetime
    reason: str
    member: int | None
    text: str
    until: datetime | None


def carry_out(brand: Brand, stage: Stage) -> None:
    """Everything that people did to the new cases of this batch."""
    deeds: dict[int, list[Deed]] = defaultdict(list)
    for row in stage.rows(_QUERY):
        deed = Deed(*row)
        deeds[deed.case].append(deed)
    if not deeds:
        return
    everything = [deed for of_case in deeds.values() for deed in of_case]
    Note.objects.bulk_create(
        Note(case_id=deed.case, user_id=deed.member, text=deed.text, at=deed.at)
        for deed in everything
        if deed.what == "note" and deed.text.strip()
    )
    for deed in everything:
        if deed.what == "assign" and deed.member is not None:
            Case.objects.filter(brand=brand, pk=deed.case).update(assignee=deed.member)
    _turn(brand, [list(_moves(of_case)) for of_case in deeds.values()])


def _moves(deeds: Iterable[Deed]) -> Iterable[tuple[str, Step]]:
    """What moves one case, in order: closed, reopened by words or by hand, put aside. What changes nothing is left out."""
    state = CASE.initial
    for deed in deeds:
        person = Actor(ActorKind.PERSON, deed.member)
        if deed.what == "close" and state != "closed":
            entry = Entry(deed.case, person, deed.reason or DONE, at=deed.at)
            yield "close", Step(entry, state, {"closed_at": deed.at, "snoozed_until": None})
            state = "closed"
        elif deed.what == "undo_close" and state == "closed":
            yield "undo_close", Step(Entry(deed.case, person, at=deed.at), state, {"closed_at": None})
            state = "open"
        elif deed.what in {"reopen", "wait"} and state == "closed":
            actor = person if deed.what == "reopen" else CUSTOMER
            yield "reopen", Step(Entry(deed.case, actor, at=deed.at), state, {"closed_at": None})
            state = "open"
        elif deed.what == "snooze" and state == "open" and deed.until is not None and deed.until > clock.now():
            entry = Entry(deed.case, person, data={"until": deed.until.isoformat()}, at=deed.at)
            yield "snooze", Step(entry, state, {"snoozed_until": deed.until})
            state = "snoozed"


def _turn(brand: Brand, moves: Sequence[Sequence[tuple[str, Step]]]) -> None:
    """Every case's first move, then every second one …: each round is one statement a verb."""
    for round_ in range(max(map(len, moves))):
        by_verb: dict[str, list[Step]] = defaultdict(list)
        for of_case in moves:
            if round_ < len(of_case):
                verb, step = of_case[round_]
                by_verb[verb].append(step)
        for verb, steps in sorted(by_verb.items()):
            move_many(Case, CASE, verb, steps, brand_id=brand.pk)


@dataclass(frozen=True, slots=True)
class LateDeed:
    """An act on a conversation that stands here already. thread, author: as the network calls them."""

    network: str
    act: str
    reason: str
    at: datetime
    undone_at: datetime | None
    member: int | None
    link: str
    text: str
    thread: str
    author: str


def catch_up(brand: Brand, deed: LateDeed) -> None:
    """Does to the case as it is now what the file says was done. What people did here since then stands."""
    link = CaseThread.objects.filter(
        current=True,
        case__brand=brand,
        thread__network=deed.network,
        thread__external_id=deed.thread,
        customer__identities__author__external_id=deed.author,
        customer__identities__author__network=deed.network,
    ).first()
    if link is None:
        return
    serialise("waits", link.thread_id)
    case = Case.objects.select_for_update().get(pk=link.case_id)
    author_id = case.customer.identities.get(author__network=deed.network, author__external_id=deed.author).author_id
    if deed.act == "note":
        Note.objects.create(case=case, user_id=deed.member, text=deed.text, at=deed.at)
    elif deed.act == "assign" and deed.member is not None and case.assignee_id is None:
        Case.objects.filter(pk=case.pk).update(assignee=deed.member)
    elif deed.act in {"decide", "close"}:
        _close_late(brand, case, link.thread_id, author_id, deed)


def _close_late(brand: Brand, case: Case, thread_id: int, author_id: int, deed: LateDeed) -> None:
    if deed.reason not in {"", DONE}:
        Decision.objects.create(
            case=case, thread_id=thread_id, author_id=author_id, reason=deed.reason, link=deed.link[:1000],
            user_id=deed.member, at=deed.at, closing=deed.act == "close", undone_at=deed.undone_at,
        )  # fmt: skip
        settle(thread_id, author_id)
    later = Wait.objects.filter(case=case, started_at__gt=deed.at).exists()
    if deed.act == "close" and deed.undone_at is None and case.state == "open" and not later:
        entry = Entry(case.pk, Actor(ActorKind.PERSON, deed.member), deed.reason or DONE, at=deed.at)
        step = Step(entry, case.state, {"closed_at": deed.at, "snoozed_until": None})
        move_many(Case, CASE, "close", [step], brand_id=brand.pk)


# Only cases to which people did something; of those also when customers' words came, since these reopen.
_QUERY = """
    WITH here AS (SELECT e.id, e.thread, e.author, e.episode FROM episodes e JOIN batches b USING (thread)
        WHERE e.thread IN (SELECT thread FROM fresh)),
    done AS (SELECT h.id, d.act AS what, d.at_us, d.reason, m.member, a.text, a.until_us, d.line,
            CASE d.act WHEN 'close' THEN 1 WHEN 'reopen' THEN 2 ELSE 3 END AS turn
        FROM ended d JOIN here h USING (thread, author, episode) JOIN acts a ON a.line = d.line
        LEFT JOIN members m ON m.email = lower(a.actor)
        WHERE d.act != 'decide'
        UNION ALL SELECT h.id, 'undo_close', d.undone_us, '', m.member, '', NULL, d.line, 2
        FROM ended d JOIN here h USING (thread, author, episode) JOIN acts a ON a.line = d.line
        LEFT JOIN members m ON m.email = lower(a.actor) WHERE d.act = 'close' AND d.undone_us IS NOT NULL),
    began AS (SELECT h.id, 'wait' AS what, w.started_us AS at_us, '' AS reason, NULL AS member, '' AS text,
            NULL AS until_us, w.opener AS line, 0 AS turn
        FROM waiting w JOIN here h USING (thread, author, episode) WHERE h.id IN (SELECT id FROM done))
    SELECT id, what, make_timestamptz(at_us), reason, member, text, make_timestamptz(until_us)
    FROM (SELECT * FROM done UNION ALL SELECT * FROM began) ORDER BY id, at_us, turn, line
"""
