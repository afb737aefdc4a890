"""What an agent means to say, and each attempt to say it."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from answerable.cases.models import Case
from answerable.channels.models import Account
from answerable.core.models import Blob
from answerable.inbox.models import Message, Thread
from answerable.people.models import Brand, User
from answerable.replies.states import DELIVERY, DRAFT


class Draft(models.Model):
    """An agent's words to one customer in one thread. Kept while writing; frozen once released."""

    brand_id: int
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="drafts")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE)
    answers = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="drafts")  # what it replies to
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    # Made by the page that opened the composer: a second click or a repeated request is the same draft.
    token = models.UUIDField(default=uuid.uuid4)
    state = models.CharField(max_length=20, choices=DRAFT.choices(), default=DRAFT.initial)
    text = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)  # grows with every save; a stale tab is refused
    saved_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "user", "token"], name="draft_token_once"),
            # Two tabs of one agent write the same draft.
            models.UniqueConstraint(
                fields=["thread", "answers", "user"], name="draft_once", condition=Q(state="writing")
            ),
        ]
        indexes = [models.Index(fields=["case", "state"], name="draft_case")]

    def __str__(self) -> str:
        return f"draft {self.pk} ({self.state})"


class DraftPicture(models.Model):
    """A picture that goes with the reply."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="pictures")
    blob = models.ForeignKey(Blob, on_delete=models.CASCADE)
    alt = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "blob"], name="draft_picture_once")]

    def __str__(self) -> str:
        return f"picture of draft {self.draft_id}"


class Act(models.TextChoices):
    REPLY = "reply"
    DELETE = "delete"


class Delivery(models.Model):
    """One attempt to put a reply on a network, or to take it down again, with its outcome."""

    brand_id: int
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    # null: taking down what was said in the network's own app
    draft = models.ForeignKey(Draft, null=True, on_delete=models.CASCADE, related_name="deliveries")
    act = models.CharField(max_length=10, choices=Act.choices, default=Act.REPLY)
    number = models.PositiveIntegerField()  # of the attempts for this draft, from 1
    state = models.CharField(max_length=20, choices=DELIVERY.choices(), default=DELIVERY.initial)
    key = models.CharField(max_length=100)  # chosen before sending, the same on every try
    external_id = models.CharField(max_length=500, blank=True)  # known before where the network allows it
    target = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="takedowns")  # act = delete
    reason = models.CharField(max_length=200, blank=True)  # why it is taken down, an agent's word
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    tries = models.PositiveIntegerField(default=0)
    looks = models.PositiveIntegerField(default=0)  # how often an unknown outcome was looked for
    due_at = models.DateTimeField(null=True)  # when a worker should next act on it; null: nothing to do
    lease = models.UUIDField(null=True)
    symbol = models.CharField(max_length=40, blank=True)  # contract.Symbol of the last trouble
    trouble = models.TextField(blank=True)  # what it said, fit for people
    receipt = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    first_sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft", "act", "number"], name="delivery_number_once"),
            # At most one attempt of a draft is under way or done: the database itself refuses a second reply.
            models.UniqueConstraint(
                fields=["draft"],
                name="delivery_alive_once",
                condition=Q(act="reply") & ~Q(state__in=["refused", "failed", "recalled"]),
            ),
            models.UniqueConstraint(
                fields=["target"],
                name="takedown_alive_once",
                condition=Q(act="delete") & ~Q(state__in=["refused", "failed", "recalled"]),
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="delivery_due", condition=Q(due_at__isnull=False))]

    def __str__(self) -> str:
        return f"delivery {self.pk} ({self.state})"
