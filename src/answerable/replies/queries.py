"""Every read of replies for the desk."""

from __future__ import annotations

from django.db.models import Q

from answerable.cases.models import Case
from answerable.core.files import described
from answerable.core.models import Event
from answerable.inbox.models import Message
from answerable.people.rights import Seat
from answerable.replies.models import Act, Delivery, Draft

# What a person wants to know of a delivery; leases and retries are the machine's own business.
TOLD = [f"delivery.{verb}" for verb in ("recall", "deliver", "refuse", "fail", "lose_sight", "again", "declare_failed")]


def latest(draft: Draft) -> Delivery | None:
    """The newest attempt to send this draft."""
    return draft.deliveries.filter(act=Act.REPLY).order_by("-number").first()


def writing(seat: Seat, message: Message) -> Draft | None:
    """The draft this person is writing in answer to a message."""
    rows = Draft.objects.filter(brand=seat.brand, user=seat.user, answers=message, state="writing")
    return rows.prefetch_related(described("pictures__blob")).first()


def released(case_id: int) -> list[tuple[Draft, Delivery]]:
    """Released drafts of a case whose reply does not stand in the conversation as a message, oldest first."""
    deliveries = Delivery.objects.filter(draft__case_id=case_id, draft__state="released", act=Act.REPLY)
    newest: dict[int, Delivery] = {}
    rows = deliveries.select_related("draft__user", "draft__answers", "account")
    for delivery in rows.prefetch_related(described("draft__pictures__blob")).order_by("number"):
        assert delivery.draft is not None
        newest[delivery.draft.pk] = delivery
    return [(row.draft, row) for row in newest.values() if row.draft and row.message_id is None]


def takedowns(message_ids: list[int]) -> dict[int, Delivery]:
    """The newest attempt to take down each of these messages."""
    rows = Delivery.objects.filter(act=Act.DELETE, target_id__in=message_ids).order_by("number")
    return {row.target_id: row for row in rows if row.target_id}


def seen_mark(thread_id: int, author_id: int) -> str:
    """What a composer has seen of the answers to a customer in a thread. Another mark at sending: it was overtaken.

    Counts replies under way by their delivery, and those made in the network's own app by their message.
    """
    mine = Delivery.objects.filter(
        draft__thread_id=thread_id, draft__answers__author_id=author_id, act=Act.REPLY
    ).exclude(state__in=["refused", "failed", "recalled"])
    sent = mine.order_by("-pk").values_list("pk", flat=True).first() or 0
    elsewhere = Message.objects.filter(thread_id=thread_id, to_author_id=author_id, outbound=True, deliveries=None)
    seen = elsewhere.filter(sent_here_at=None).order_by("-pk").values_list("pk", flat=True).first() or 0
    return f"{sent}.{seen}"


def events(case_id: int) -> list[Event]:
    """What became of a case's replies, oldest first: sent, recalled, delivered or not, taken down."""
    drafts = list(Draft.objects.filter(case_id=case_id).values_list("pk", flat=True))
    sent = Delivery.objects.filter(draft__in=drafts, act=Act.REPLY).values_list("pk", "message_id")
    of_drafts = Q(kind="draft.release", subject_id__in=drafts)
    of_deliveries = Q(kind__in=TOLD, subject_id__in=[pk for pk, _ in sent])
    taken_down = Q(kind="message.take_down", subject_id__in=[message for _, message in sent if message])
    brand = Case.objects.values_list("brand_id", flat=True).get(pk=case_id)
    return list(Event.objects.filter(of_drafts | of_deliveries | taken_down, brand_id=brand).order_by("id"))
