"""Every write to a reply that has left the composer: recall, try again, edit, decide an unknown, take down."""

from __future__ import annotations

from django.db import transaction

from answerable.channels.line import adapter, manifest
from answerable.core import clock, crash, live
from answerable.core.ledger import Kind, record
from answerable.core.transitions import Refused, move
from answerable.inbox.models import Message
from answerable.people.rights import Right, Seat, verb
from answerable.replies import drafts
from answerable.replies.drafts import of_draft
from answerable.replies.models import Act, Delivery, Draft
from answerable.replies.queries import latest
from answerable.replies.states import DELIVERY, DRAFT
from answerable.replies.tasks import deliver_at

TAKEN_DOWN = Kind("message.take_down", {"delivery": int})


@verb(Right.ANSWER)
@of_draft
def recall(seat: Seat, draft: Draft) -> Draft:
    """Takes a reply back before it is sent; the words are in the composer again."""
    delivery = latest(draft)
    if delivery is None or delivery.state != "queued" or delivery.tries:
        raise Refused("it is too late to recall this reply; where the network allows it, it can be taken down")
    move(delivery, DELIVERY, "recall", actor=seat.actor, due_at=None, ended_at=clock.now())
    _return(seat, draft)
    return draft


@verb(Right.ANSWER)
@of_draft
def edit(seat: Seat, draft: Draft) -> Draft:
    """Brings the words of a reply that was refused or failed back into the composer."""
    _require_not_sent(latest(draft))
    _return(seat, draft)
    return draft


@verb(Right.ANSWER)
@of_draft
def try_again(seat: Seat, draft: Draft) -> Draft:
    """Sends the same words once more, as a new delivery, after one that was refused or failed."""
    _require_not_sent(latest(draft))
    account = drafts.account_for(draft.answers)
    drafts.check(draft, account)
    drafts.queue(seat, draft, account)
    return draft


@verb(Right.ANSWER)
@of_draft
def look_again(seat: Seat, draft: Draft) -> Draft:
    """Looks on the network once more for a reply whose outcome is unknown."""
    delivery = _unknown(draft)
    delivery.due_at = clock.now()
    delivery.save(update_fields=["due_at"])
    deliver_at(delivery)
    return draft


@verb(Right.ANSWER)
@of_draft
def not_there(seat: Seat, draft: Draft) -> Draft:
    """A person looked on the network: the reply is not there. It may be tried again."""
    move(_unknown(draft), DELIVERY, "declare_failed", actor=seat.actor, due_at=None, ended_at=clock.now())
    return draft


@verb(Right.LEAD)
@transaction.atomic
def take_down(seat: Seat, message_id: int, reason: str) -> Delivery:
    """Deletes our own reply on the network, as a delivery of its own with a reason; the wait reopens when it is gone."""
    message = Message.objects.select_for_update(of=("self",)).get(brand=seat.brand, pk=message_id)
    reason = reason.replace("\x00", "").strip()
    _check_take_down(message, reason)
    now = clock.now()
    sent = Delivery.objects.filter(message=message, act=Act.REPLY).first()
    delivery = Delivery.objects.create(
        brand=seat.brand,
        account=message.account,
        draft=sent.draft if sent else None,
        act=Act.DELETE,
        number=message.takedowns.count() + 1,
        key=adapter(message.account).new_key(now),
        external_id=message.external_id,
        target=message,
        reason=reason[:200],
        due_at=now,
        created_at=now,
    )
    record(TAKEN_DOWN, brand_id=seat.brand.pk, subject_id=message.pk, actor=seat.actor, data={"delivery": delivery.pk})
    deliver_at(delivery)
    live.tell(seat.brand.pk, "thread", message.thread_id)
    crash.point("after take-down asked")
    return delivery


def _check_take_down(message: Message, reason: str) -> None:
    if not reason:
        raise Refused("say why it is taken down; the reason is kept")
    if not message.outbound:
        raise Refused("only the brand's own replies can be taken down here")
    if message.gone_at is not None:
        raise Refused("it is already gone")
    plan = manifest(message.account)
    if not plan.delete_own:
        raise Refused(f"{plan.label} does not let us delete a reply")
    if message.takedowns.exclude(state__in=["refused", "failed", "recalled"]).exists():
        raise Refused("it is already being taken down")


def _require_not_sent(delivery: Delivery | None) -> None:
    if delivery is None or delivery.state not in ("refused", "failed"):
        raise Refused(
            f"this reply is {delivery.state if delivery else 'not sent'}; only a refused or failed one can be changed"
        )


def _unknown(draft: Draft) -> Delivery:
    delivery = latest(draft)
    if delivery is None or delivery.state != "unknown":
        raise Refused("the outcome of this reply is known")
    return delivery


def _return(seat: Seat, draft: Draft) -> None:
    other = Draft.objects.filter(answers=draft.answers, user=draft.user, state="writing").first()
    if other is not None and (other.text.strip() or other.pictures.exists()):
        raise Refused("send or discard the reply you are writing first; then this one can come back")
    if other is not None:
        move(other, DRAFT, "discard", actor=seat.actor)
    move(draft, DRAFT, "return", actor=seat.actor, released_at=None)
