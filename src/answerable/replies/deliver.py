"""The machine that delivers: claim with a lease, send with the network's key, record the receipt. Once.

A crash at any line leaves a row that is due again: leased and lapsed was certainly not sent; sending and lapsed may
have been, so it is looked for before anything else. approved draft → act → _send → adapter → socket: four hops.
See docs/rooms/replies.md, "Send once".
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from answerable.channels import health
from answerable.channels.contract import ChannelError, Gone, Receipt, Retry, Symbol
from answerable.channels.line import adapter, link, manifest
from answerable.core import clock, crash, live
from answerable.core.actors import CLOCK, NETWORK
from answerable.core.transitions import Refused, move
from answerable.inbox.verbs import record_own
from answerable.replies.envelope import as_seen, outgoing
from answerable.replies.models import Act, Delivery
from answerable.replies.states import DELIVERY

GIVE_UP = timedelta(hours=6)  # a reply that cannot leave the house for so long is a person's matter
LOOKS = 3  # looks for an unknown outcome before a person is asked, where a second attempt is not safe
ACCOUNT_TROUBLE = {Symbol.TOKEN_DEAD, Symbol.BAD_CREDENTIALS, Symbol.FORBIDDEN}
PASSING = {Symbol.RATE_LIMITED, Symbol.UNREACHABLE, Symbol.SERVER_ERROR, Symbol.TIMEOUT}

logger = logging.getLogger(__name__)


def act(delivery_id: int) -> Delivery | None:
    """Does what is due for this delivery. Safe to call at any time, from any number of workers."""
    delivery = Delivery.objects.select_related("account__brand", "draft", "target").filter(pk=delivery_id).first()
    if delivery is None or delivery.due_at is None or delivery.due_at > clock.now():
        return delivery
    try:
        if delivery.state == "leased":
            _shift(delivery, "free", CLOCK, due_at=clock.now(), lease=None)
        if delivery.state == "sending":
            _shift(delivery, "lose_sight", CLOCK, symbol=Symbol.TIMEOUT, due_at=clock.now(), lease=None)
        if delivery.state == "unknown":
            _look(delivery)
        if delivery.state == "queued":
            _send(delivery)
    except Refused:  # another worker, or a person, was faster: what they did stands
        logger.info("delivery %s was moved by somebody else", delivery_id)
    return delivery


def _shift(delivery: Delivery, verb: str, actor: object, symbol: Symbol | None = None, **also: object) -> None:
    arrow = DELIVERY.moves[verb]
    only_if = (
        {"due_at": delivery.due_at} if verb in ("free", "lose_sight", "again", "lease") else {"lease": delivery.lease}
    )
    facts = {"symbol": str(symbol)} if "symbol" in arrow.data else {}
    if "tries" in arrow.data:
        facts = {"tries": delivery.tries + 1}  # type: ignore[dict-item]
    if symbol is not None:
        also["symbol"] = symbol
    with transaction.atomic():
        move(delivery, DELIVERY, verb, actor=actor, data=facts, only_if=only_if, **also)  # type: ignore[arg-type]
        _tell(delivery)


def _send(delivery: Delivery) -> None:
    now = clock.now()
    lapses = now + timedelta(seconds=settings.LEASE_SECONDS)
    _shift(delivery, "lease", CLOCK, lease=uuid4(), due_at=lapses, tries=delivery.tries + 1)
    crash.point("lease taken")
    started = delivery.first_sent_at or now
    _shift(delivery, "send", CLOCK, first_sent_at=started, due_at=lapses)
    crash.point("before send")
    try:
        receipt = _effect(delivery)
    except ChannelError as error:
        _went_wrong(delivery, error)
    except Exception:  # a mistake of ours in mid-air: the effect is unknown, the operator has the trace
        logger.exception("the adapter broke while delivering %s", delivery.pk)
        lost = "something broke while sending; it is being looked for on the network"
        _went_wrong(delivery, ChannelError(Symbol.BAD_ANSWER, lost, effect_unknown=True))
    else:
        crash.point("after send before receipt")
        delivered(delivery, receipt)
        crash.point("after receipt")


def _effect(delivery: Delivery) -> Receipt:
    network, line = adapter(delivery.account), link(delivery.account)
    if delivery.act == Act.DELETE:
        network.delete(line, delivery.external_id)
        return Receipt(delivery.external_id)
    return network.send(line, outgoing(delivery))


def delivered(delivery: Delivery, receipt: Receipt) -> None:
    """Records the network's word: the message, the receipt and the state in one transaction."""
    now = clock.now()
    with transaction.atomic():
        if delivery.act == Act.DELETE:
            message = record_own(delivery.account, Gone(delivery.external_id, receipt.at or now))
        else:
            released = delivery.draft.released_at if delivery.draft else None
            message = record_own(delivery.account, as_seen(delivery, receipt), sent_at=released)
        crash.point("in a receipt")
        move(
            delivery,
            DELIVERY,
            "deliver",
            actor=NETWORK,
            data={"message": message.pk if message else None},
            message=message if delivery.act == Act.REPLY else None,
            external_id=receipt.external_id,
            receipt=dict(receipt.raw),
            due_at=None,
            ended_at=now,
            symbol="",
            trouble="",
        )
        _tell(delivery)
    health.worked(delivery.account)


def _went_wrong(delivery: Delivery, error: ChannelError) -> None:
    now = clock.now()
    also = {"trouble": error.message[:2000], "lease": None}
    if error.symbol in ACCOUNT_TROUBLE:
        health.failed(delivery.account, error)
    if error.effect_unknown and delivery.act == Act.REPLY:
        _shift(delivery, "lose_sight", NETWORK, error.symbol, due_at=now + timedelta(seconds=2), **also)
    elif (
        (error.symbol in PASSING or error.effect_unknown)
        and not error.permanent
        and now - delivery.created_at < GIVE_UP
    ):
        _shift(delivery, "put_off", NETWORK, error.symbol, due_at=now + _patience(delivery.tries, error), **also)
    elif error.permanent and error.symbol not in ACCOUNT_TROUBLE:
        _shift(delivery, "refuse", NETWORK, error.symbol, due_at=None, ended_at=now, **also)
    else:
        _shift(delivery, "fail", NETWORK, error.symbol, due_at=None, ended_at=now, **also)


def _look(delivery: Delivery) -> None:
    """Looks on the network for a reply that may have been sent; only then again, or a person is asked."""
    if delivery.act == Act.DELETE:  # deleting twice is deleting once
        _shift(delivery, "again", NETWORK, due_at=clock.now())
        return
    try:
        receipt = adapter(delivery.account).find(link(delivery.account), outgoing(delivery))
    except ChannelError as error:
        logger.warning("could not look for delivery %s: %s", delivery.pk, error.symbol)
        _look_later(delivery, _patience(delivery.looks + 1, error), error.message)
        return
    crash.point("after look")
    if receipt is not None and not _another(delivery, receipt):
        delivered(delivery, receipt)
    elif manifest(delivery.account).retry is not Retry.NONE:
        _shift(delivery, "again", NETWORK, due_at=clock.now())
    elif delivery.looks + 1 < LOOKS:
        _look_later(delivery, timedelta(seconds=5 * 2**delivery.looks), "")
    else:
        _look_later(delivery, None, "it was not found on the network, but it may still appear: please look there")


def _another(delivery: Delivery, receipt: Receipt) -> bool:
    """What was found is the same words sent before: another delivery's, not this one's."""
    same = Delivery.objects.filter(account=delivery.account, act=Act.REPLY, external_id=receipt.external_id)
    return same.exclude(pk=delivery.pk).exists()


def _look_later(delivery: Delivery, wait: timedelta | None, trouble: str) -> None:
    """wait None: no more looking by itself; a person decides."""
    due: datetime | None = clock.now() + wait if wait else None
    with transaction.atomic():
        rows = Delivery.objects.filter(pk=delivery.pk, state="unknown", due_at=delivery.due_at)
        rows.update(due_at=due, looks=delivery.looks + 1, trouble=trouble or delivery.trouble)
        delivery.due_at = due
        _tell(delivery)


def _patience(tries: int, error: ChannelError) -> timedelta:
    """The network's wish, else 2, 4, 8 … seconds, at most five minutes."""
    if error.retry_after is not None:
        return timedelta(seconds=min(max(error.retry_after, 1.0), 3600.0))
    return timedelta(seconds=min(2.0**tries, 300.0))


def _tell(delivery: Delivery) -> None:
    if delivery.draft is not None:
        live.tell(delivery.brand_id, "case", delivery.draft.case_id)
    elif delivery.target is not None:
        live.tell(delivery.brand_id, "thread", delivery.target.thread_id)


def due(limit: int = 500) -> list[int]:
    """Ids of deliveries with something to do now. Reads the partial index delivery_due."""
    rows = Delivery.objects.filter(due_at__lte=clock.now()).order_by("due_at")
    return list(rows.values_list("pk", flat=True)[:limit])
