"""The composers of a case: one for each customer who waits in a thread, and one for each draft that is kept."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from answerable.cases.models import Case, Wait
from answerable.channels.contract import Manifest
from answerable.core.files import described
from answerable.inbox.models import Author, Message
from answerable.people.rights import Right, Seat
from answerable.replies.drafts import Words
from answerable.replies.models import Act, Delivery, Draft, DraftPicture
from answerable.replies.queries import seen_mark
from answerable.web.shown.networks import Networks

UNDER_WAY = ("queued", "leased", "sending", "unknown")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A composer whose words were not taken: what it sent, why, and the newer words of another tab if there are any."""

    words: Words
    text: str
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Composer:
    """One box to write in. key: stays the same while the customer writes on. newer: they wrote after what is answered."""

    answers: Message
    author: Author
    plan: Manifest | None
    network: str
    draft: Draft | None
    pictures: list[DraftPicture]
    seen: str
    newer: bool
    token: uuid.UUID
    text: str
    version: int
    refusal: Refusal | None = None

    @property
    def key(self) -> str:
        return f"composer-{self.answers.thread_id}-{self.author.pk}"

    @property
    def unit(self) -> str:
        return str(self.plan.unit) if self.plan else ""

    @property
    def limit(self) -> int:
        return self.plan.text_limit if self.plan else 0

    @property
    def room_for_pictures(self) -> bool:
        return bool(self.plan) and len(self.pictures) < (self.plan.images if self.plan else 0)

    @property
    def disconnected(self) -> bool:
        return self.answers.account.state == "disconnected"


def composers(seat: Seat, case: Case, waits: list[Wait], networks: Networks, refusal: Refusal | None) -> list[Composer]:
    """In the order in which the customers began to wait; then drafts whose wait has ended."""
    if not seat.may(Right.ANSWER):
        return []
    drafts = _drafts(seat, case)
    busy = _under_way(case)
    found = []
    for wait in waits:
        pair = (wait.thread_id, wait.author_id)
        draft = drafts.pop(pair, None)
        if not wait.outcome and (draft or pair not in busy):
            message = draft.answers if draft else wait.last_ask
            found.append(_composer(message, draft, networks, refusal, newer=message.pk != wait.last_ask_id))
        elif draft:
            drafts[pair] = draft
    found += [_composer(draft.answers, draft, networks, refusal, newer=False) for draft in drafts.values()]
    if refusal and not any(box.refusal for box in found):
        message = Message.objects.select_related("author", "account").get(brand=seat.brand, pk=refusal.words.answers)
        found.append(composer(seat, message, refusal))
    return found


def composer(seat: Seat, message: Message, refusal: Refusal) -> Composer:
    """The composer in answer to one message, with what was refused of it."""
    mine = Draft.objects.filter(brand=seat.brand, user=seat.user, token=refusal.words.token)
    draft = mine.prefetch_related(described("pictures__blob")).first()
    return _composer(message, draft, Networks(), refusal, newer=False)


def _drafts(seat: Seat, case: Case) -> dict[tuple[int, int], Draft]:
    """What this person is writing here. Of two drafts to the same customer in a thread the older comes first."""
    rows = Draft.objects.filter(case=case, user=seat.user, state="writing")
    rows = (
        rows.select_related("answers__author", "answers__account")
        .prefetch_related(described("pictures__blob"))
        .order_by("-pk")
    )
    return {(draft.thread_id, draft.answers.author_id): draft for draft in rows}


def _under_way(case: Case) -> set[tuple[int, int]]:
    """Customers to whom a reply is on its way, by anybody: no second box invites a second answer."""
    rows = Delivery.objects.filter(draft__case=case, act=Act.REPLY, state__in=UNDER_WAY)
    return set(rows.values_list("draft__thread_id", "draft__answers__author_id"))


def _composer(
    message: Message, draft: Draft | None, networks: Networks, refusal: Refusal | None, *, newer: bool
) -> Composer:
    if refusal is not None and refusal.words.answers != message.pk:
        refusal = None
    words = refusal.words if refusal else None
    return Composer(
        answers=message,
        author=message.author,
        plan=networks.plan(message.account),
        network=networks.label(message.account),
        draft=draft,
        pictures=list(draft.pictures.all()) if draft else [],
        seen=seen_mark(message.thread_id, message.author_id),
        newer=newer,
        token=words.token if words else (draft.token if draft else uuid.uuid4()),
        text=words.text if words else (draft.text if draft else ""),
        version=draft.version if draft else 0,
        refusal=refusal,
    )
