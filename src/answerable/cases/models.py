"""What the brand owes one customer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from answerable.cases.reasons import REASONS
from answerable.cases.states import CASE
from answerable.customers.models import Customer
from answerable.inbox.models import Author, Message, Thread
from answerable.people.models import Brand, User


class Case(models.Model):
    """What the brand owes one customer, over any number of threads."""

    brand_id: int
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="cases")
    state = models.CharField(max_length=10, choices=CASE.choices(), default=CASE.initial)
    assignee = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    # Kept by cases.settle from the open waits: how many, and the place in the queue (null: nobody waits).
    waiting = models.PositiveIntegerField(default=0)
    queue_key = models.DateTimeField(null=True)
    last_at = models.DateTimeField()  # newest message, for lists beside the queue
    # False: known from an import alone, so it stands in no queue. The first word that comes in live makes it live.
    live = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["brand", "queue_key", "id"],
                name="case_queue",
                condition=Q(state="open", waiting__gt=0, live=True),
            ),
            models.Index(fields=["brand", "live", "state", "-last_at"], name="case_lists"),
            models.Index(fields=["snoozed_until"], name="case_snoozed", condition=Q(state="snoozed")),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}"


class CaseThread(models.Model):
    """Which case a customer's words in a thread belong to now; earlier cases keep their row, no longer current."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="threads")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "thread", "customer"], name="case_thread_once"),
            models.UniqueConstraint(
                fields=["thread", "customer"], name="case_thread_current", condition=Q(current=True)
            ),
        ]

    def __str__(self) -> str:
        return f"thread {self.thread_id} in case {self.case_id}"


class Outcome(models.TextChoices):
    """How a wait ended; empty while it is open."""

    ANSWERED = "answered"
    EXCUSED = "excused"
    UNANSWERED = "closed_unanswered"
    WITHDRAWN = "withdrawn"
    ELSEWHERE = "answered_elsewhere"


class Decision(models.Model):
    """A person ended a wait with a reason instead of an answer. Undone: as if it had never been."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decisions")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    reason = models.CharField(max_length=40, choices=[(reason, reason) for reason in REASONS])
    link = models.CharField(max_length=1000, blank=True)  # where it was answered, for answered_elsewhere
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    at = models.DateTimeField()
    closing = models.BooleanField(default=False)  # made by closing the case: undone with it
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["thread", "author"], name="decision_of")]

    def __str__(self) -> str:
        return self.reason


class Wait(models.Model):
    """An interval in which one customer waits for the brand in one thread. Derived (cases.waits), stored by settle."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="waits")
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE)
    opener = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="opens")
    last_ask = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    asked = models.PositiveIntegerField()  # how many addressed messages before the end
    started_at = models.DateTimeField()
    outcome = models.CharField(max_length=20, blank=True, choices=Outcome.choices)
    ended_at = models.DateTimeField(null=True)
    answer = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="ends")
    decision = models.ForeignKey(Decision, null=True, on_delete=models.SET_NULL)
    calendar_us = models.BigIntegerField(null=True)  # microseconds, whole: sums are exact; stored when it ends
    negative = models.BooleanField(default=False)  # the answer bears an earlier time than the question: counted as 0
    first = models.BooleanField(default=False)  # the case's first wait: "first answer"

    class Meta:
        constraints = [
            # One open wait for each author in a thread; the case follows from them.
            models.UniqueConstraint(fields=["thread", "author"], name="wait_open_once", condition=Q(outcome="")),
        ]
        indexes = [
            models.Index(fields=["case", "started_at"], name="wait_case"),
            models.Index(fields=["brand", "started_at"], name="wait_open", condition=Q(outcome="")),
            models.Index(fields=["brand", "started_at", "id"], name="wait_started"),  # measures, and the waits behind
        ]

    def __str__(self) -> str:
        return f"wait {self.pk} ({self.outcome or 'open'})"

    @property
    def calendar_seconds(self) -> float | None:
        return None if self.calendar_us is None else self.calendar_us / 1_000_000


class Note(models.Model):
    """An internal word between colleagues; never leaves the desk."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    text = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"note on case {self.case_id}"
