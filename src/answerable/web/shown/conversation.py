"""The conversation pane: a case's threads with their messages, waits, replies on their way, and composers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from answerable.cases import queries
from answerable.cases.models import Case, Note, Wait
from answerable.inbox.models import Attachment, Author, Message, Revision, Thread
from answerable.people.models import User
from answerable.people.rights import Right, Seat
from answerable.replies.models import Act, Delivery, Draft
from answerable.replies.queries import released, takedowns
from answerable.web.shown.composer import Composer, Refusal, composers
from answerable.web.shown.networks import Networks
from answerable.web.shown.timeline import Happening, timeline

NEWEST = 200  # messages of a thread that a page shows unless asked for all
REVISIONS = 10  # newest earlier versions of a message
NOT_DONE = ("refused", "failed")


@dataclass(frozen=True, slots=True)
class Said:
    """One message. revised: how often it was edited, also where not all versions are shown. waits: those it is the last ask of. answered: author it answers, when that is not plain to see."""

    message: Message
    attachments: list[Attachment]
    revisions: list[Revision]
    revised: int
    waits: list[Wait]
    to: Author | None
    sender: User | None
    takedown: Delivery | None
    may_take_down: bool

    @property
    def times(self) -> list[tuple[str, datetime]]:
        """The clocks that tell another time than the one shown: "author", "network", "received"."""
        row = self.message
        clocks = [("author", row.claimed_at), ("network", row.indexed_at), ("received", row.received_at)]
        return [(name, at) for name, at in clocks if at is not None]

    @property
    def needs_answer(self) -> bool:
        return any(not wait.outcome for wait in self.waits)


@dataclass(frozen=True, slots=True)
class Pending:
    """A reply that left the composer and does not stand in the conversation (yet)."""

    draft: Draft
    delivery: Delivery
    mine: bool
    takes_delete: bool

    @property
    def recallable(self) -> bool:
        return self.delivery.state == "queued" and not self.delivery.tries

    @property
    def not_done(self) -> bool:
        return self.delivery.state in NOT_DONE


@dataclass(frozen=True, slots=True)
class Strand:
    """One thread of the case. hidden: older messages that are left out."""

    thread: Thread
    network: str
    public: bool
    link: str
    said: list[Said]
    hidden: int
    pending: list[Pending]
    composers: list[Composer]

    @property
    def waiting(self) -> bool:
        return any(said.needs_answer for said in self.said)


@dataclass(frozen=True, slots=True)
class Conversation:
    strands: list[Strand]
    notes: list[Note]
    happenings: list[Happening]
    waits: list[Wait]
    writing: list[Draft]

    @property
    def open_waits(self) -> int:
        return sum(1 for wait in self.waits if not wait.outcome)

    @property
    def public_threads_waiting(self) -> int:
        return sum(1 for strand in self.strands if strand.waiting and strand.public)

    @property
    def parts(self) -> str:
        """What the live stream must name for this pane to be fetched again."""
        accounts = {said.message.account_id for strand in self.strands for said in strand.said}
        names = [f"thread:{strand.thread.pk}" for strand in self.strands]
        return " ".join(names + [f"account:{account_id}" for account_id in sorted(accounts)])


def conversation(seat: Seat, case: Case, *, everything: bool = False, refusal: Refusal | None = None) -> Conversation:
    """Everything the pane shows. everything: also the older messages of long threads."""
    networks, waits = Networks(), queries.waits(case)
    boxes: defaultdict[int, list[Composer]] = defaultdict(list)
    for box in composers(seat, case, waits, networks, refusal):
        boxes[box.answers.thread_id].append(box)
    pending: defaultdict[int, list[Pending]] = defaultdict(list)
    for draft, delivery in released(case.pk):
        plan = networks.plan(delivery.account)
        mine = draft.user_id == seat.user.pk
        pending[draft.thread_id].append(Pending(draft, delivery, mine, bool(plan and plan.delete_own)))
    strands = []
    for thread in queries.threads(case):
        skip = 0 if everything else max(0, queries.messages(thread).count() - NEWEST)
        said = _said(seat, list(queries.messages(thread)[skip:]), waits, networks)
        replies, open_boxes = pending[thread.pk], boxes[thread.pk]
        strands.append(_strand(thread, said, networks, hidden=skip, pending=replies, boxes=open_boxes))
    notes = list(Note.objects.filter(case=case).select_related("user").order_by("id"))
    others = Draft.objects.filter(case=case, state="writing").exclude(user=seat.user).exclude(text="")
    return Conversation(strands, notes, timeline(case), waits, list(others.select_related("user")))


def _strand(
    thread: Thread,
    said: list[Said],
    networks: Networks,
    *,
    hidden: int,
    pending: list[Pending],
    boxes: list[Composer],
) -> Strand:
    messages = [item.message for item in said]
    first = messages[0] if messages else None
    root = next((row for row in messages if row.external_id == thread.external_id), first)
    return Strand(
        thread=thread,
        network=networks.label(first.account) if first else thread.network,
        public=first.public if first else True,
        link=root.link if root else "",
        said=said,
        hidden=hidden,
        pending=pending,
        composers=boxes,
    )


def _said(seat: Seat, messages: list[Message], waits: list[Wait], networks: Networks) -> list[Said]:
    ids = [message.pk for message in messages]
    of_message: defaultdict[int, list[Wait]] = defaultdict(list)
    for wait in waits:
        of_message[wait.last_ask_id].append(wait)
    sent = Delivery.objects.filter(message__in=ids, act=Act.REPLY).select_related("draft__user")
    senders = {row.message_id: row.draft.user for row in sent if row.draft}
    downs = takedowns(ids)
    found = []
    for before, message in zip([None, *messages], messages, strict=False):
        plan = networks.plan(message.account) if message.outbound else None
        down = downs.get(message.pk)
        may = seat.may(Right.LEAD) and bool(plan and plan.delete_own) and message.gone_at is None
        found.append(
            Said(
                message=message,
                attachments=list(message.attachments.all()),
                revisions=sorted(message.revisions.all(), key=lambda old: old.version_at)[-REVISIONS:],
                revised=len(message.revisions.all()),
                waits=of_message[message.pk],
                to=_answered(message, before),
                sender=senders.get(message.pk),
                takedown=down,
                may_take_down=may and (down is None or down.state in NOT_DONE),
            )
        )
    return found


def _answered(message: Message, before: Message | None) -> Author | None:
    """Whom the message answers, unless it simply follows what it answers."""
    if message.parent is None or (before is not None and message.parent_id == before.pk):
        return None
    return message.parent.author
