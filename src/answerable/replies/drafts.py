"""An agent's words until they are released: kept while typing, checked, handed over once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction

from answerable.cases.models import CaseThread
from answerable.channels.line import adapter, link, manifest
from answerable.channels.models import Account
from answerable.core import clock, crash, files, live
from answerable.core.locks import serialise
from answerable.core.transitions import Refused, move
from answerable.inbox.models import Message
from answerable.people.rights import Right, Seat, verb
from answerable.replies.models import Act, Delivery, Draft, DraftPicture
from answerable.replies.queries import seen_mark
from answerable.replies.states import DRAFT
from answerable.replies.tasks import deliver_at

P = ParamSpec("P")
R = TypeVar("R")
GONE = {
    "released": "this reply has already been sent from another tab",
    "discarded": "this draft was discarded in another tab; open the case again to write a new one",
}
LONGEST = 1_000_000  # characters of a draft that are kept at all


class Overtaken(Refused):
    """Something happened that this page had not shown: nothing was sent, the words are kept."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a composer sends. token: made with the page. version: of the draft it showed (0: none). seen: its mark."""

    answers: int  # message id
    token: UUID
    text: str
    version: int = 0
    seen: str = ""


@verb(Right.ANSWER)
@transaction.atomic
def save(seat: Seat, words: Words) -> Draft:
    """Keeps the words. Overtaken if another tab saved later, or if this draft was already sent."""
    draft = _open(seat, words)
    if draft.state != "writing":
        raise Overtaken(GONE[draft.state])
    _keep(draft, words)
    return draft


@verb(Right.ANSWER)
@transaction.atomic
def release(seat: Seat, words: Words) -> Draft:
    """Hands the words over for delivery after the recall time. The same token twice is one reply.

    Refused with a sentence when the network would not take it; Overtaken when somebody answered meanwhile.
    """
    draft = _open(seat, words)
    if draft.state == "discarded":
        raise Overtaken(GONE[draft.state])
    if draft.state != "writing":
        return draft  # a second click, or a request that was sent again
    message = draft.answers
    if words.seen != seen_mark(message.thread_id, message.author_id):
        raise Overtaken("this customer was just answered here; read that first, then send yours if it is still needed")
    _keep(draft, words)
    account = account_for(message)
    check(draft, account)
    queue(seat, draft, account)
    return draft


def _open(seat: Seat, words: Words) -> Draft:
    """The draft of these words, locked: by token, else the one this agent is writing, else a new one."""
    message = Message.objects.select_related("author", "thread").get(brand=seat.brand, pk=words.answers, outbound=False)
    serialise("waits", message.thread_id)  # also against a reply that is being released to the same customer
    mine = Draft.objects.select_related("answers", "thread").filter(brand=seat.brand, user=seat.user)
    known = mine.filter(token=words.token).first()
    if known is not None and known.answers_id != message.pk:
        raise Overtaken("this composer belongs to another message; open the case again")
    draft = known or mine.filter(answers=message, state="writing").first()
    if draft is not None:
        return draft
    link = CaseThread.objects.filter(
        thread_id=message.thread_id, customer__identities__author=message.author, current=True
    )
    case_id = link.values_list("case_id", flat=True).first()
    if case_id is None:
        raise Refused("this message belongs to no case; nobody waits for an answer to it")
    return Draft.objects.create(
        brand=seat.brand,
        case_id=case_id,
        thread=message.thread,
        answers=message,
        user=seat.user,
        token=words.token,
        version=0,
        saved_at=clock.now(),
    )


def _keep(draft: Draft, words: Words) -> None:
    text = words.text.replace("\x00", "").replace("\r\n", "\n")
    if len(text) > LONGEST:
        raise Refused(f"a draft of {len(text):,} characters is too long; at most {LONGEST:,} are kept")
    if words.version != draft.version and text != draft.text:
        raise Overtaken("this draft was changed in another tab; the newer words were kept")
    if text != draft.text or draft.version == 0:
        draft.text, draft.version, draft.saved_at = text, draft.version + 1, clock.now()
        draft.save(update_fields=["text", "version", "saved_at"])


def account_for(message: Message) -> Account:
    """The account that answers a message: the one that saw it. Refused if it is disconnected."""
    account = message.account
    if account.state == "disconnected":
        raise Refused(
            f"{account.handle} is disconnected; an admin must connect it again before anybody can answer here"
        )
    return account


def check(draft: Draft, account: Account) -> None:
    """Refused unless the network would take this draft now, as far as we can know."""
    plan, message = manifest(account), draft.answers
    pictures = list(draft.pictures.select_related("blob"))
    if not draft.text.strip() and not pictures:
        raise Refused("the reply is empty")
    if message.gone_at is not None:
        raise Refused("the customer deleted this message; there is nothing left to answer here")
    if not plan.reply:
        raise Refused(f"{plan.label} takes no replies")
    length = adapter(account).measure(draft.text, plan)
    if plan.text_limit and length > plan.text_limit:
        raise Refused(
            f"{length} characters; {plan.label} takes at most {plan.text_limit}. Please shorten by {length - plan.text_limit}"
        )
    if len(pictures) > plan.images:
        raise Refused(f"{plan.label} takes at most {plan.images} pictures in a reply")
    if plan.reply_window_hours and clock.now() - message.at > timedelta(hours=plan.reply_window_hours):
        raise Refused(
            f"{plan.label} allows answers only within {plan.reply_window_hours} hours of the customer's message"
        )


def queue(seat: Seat, draft: Draft, account: Account) -> Delivery:
    now = clock.now()
    due = now + timedelta(seconds=settings.RECALL_SECONDS)
    key = adapter(account).new_key(now)
    delivery = Delivery.objects.create(
        brand_id=draft.brand_id,
        account=account,
        draft=draft,
        act=Act.REPLY,
        number=draft.deliveries.filter(act=Act.REPLY).count() + 1,
        key=key,
        external_id=adapter(account).expected_id(link(account, talking=False), key) or "",
        due_at=due,
        created_at=now,
    )
    if draft.state == "writing":
        move(draft, DRAFT, "release", actor=seat.actor, data={"delivery": delivery.pk}, released_at=now)
    deliver_at(delivery)
    live.tell(draft.brand_id, "case", draft.case_id)
    crash.point("after release")
    return delivery


def of_draft(function: Callable[Concatenate[Seat, Draft, P], R]) -> Callable[Concatenate[Seat, int, P], R]:
    """Lets a verb take a draft's id: the brand's draft, in a transaction that nobody interleaves with."""

    @wraps(function)
    def with_draft(seat: Seat, draft_id: int, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic():
            found = Draft.objects.get(brand=seat.brand, pk=draft_id)
            serialise("waits", found.thread_id)
            draft = Draft.objects.select_related("answers", "thread").get(pk=draft_id)
            result = function(seat, draft, *args, **kwargs)
            live.tell(draft.brand_id, "case", draft.case_id)
        return result

    return with_draft


@verb(Right.ANSWER)
@of_draft
def discard(seat: Seat, draft: Draft) -> Draft:
    """Throws one's own draft away."""
    _own(seat, draft)
    move(draft, DRAFT, "discard", actor=seat.actor)
    return draft


@verb(Right.ANSWER)
@of_draft
def attach(seat: Seat, draft: Draft, data: bytes, alt: str) -> DraftPicture:
    """Puts a picture to the draft; Refused unless it is one."""
    _own(seat, draft)
    if draft.state != "writing":
        raise Refused("this reply has already been sent")
    try:
        blob = files.keep(draft.brand_id, data, pictures_only=True)
    except files.FileRefused as error:
        raise Refused(str(error)) from error
    picture, _ = DraftPicture.objects.update_or_create(
        draft=draft, blob=blob, defaults={"alt": alt.replace("\x00", "")}
    )
    return picture


@verb(Right.ANSWER)
@of_draft
def detach(seat: Seat, draft: Draft, picture_id: int) -> Draft:
    """Takes a picture from the draft."""
    _own(seat, draft)
    if draft.state != "writing":
        raise Refused("this reply has already been sent")
    draft.pictures.filter(pk=picture_id).delete()
    return draft


def _own(seat: Seat, draft: Draft) -> None:
    if draft.user_id != seat.user.pk:
        raise Refused("this is a colleague's draft")
