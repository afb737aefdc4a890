"""One connected account on one network."""

from __future__ import annotations

import uuid

from django.db import models

from answerable.channels.contract import JsonObject
from answerable.channels.states import ACCOUNT
from answerable.core import secrets
from answerable.people.models import Brand


class Account(models.Model):
    """A brand's account on a network: tokens, cursor, health."""

    brand_id: int
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="accounts")
    channel = models.CharField(max_length=30)  # registry key of the adapter
    network = models.CharField(max_length=30)  # what the adapter poses as; stored on messages
    external_id = models.CharField(max_length=255)  # who we are there; never changes
    handle = models.CharField(max_length=255)
    name = models.CharField(max_length=255, blank=True)
    settings = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)  # tokens and the like, encrypted; read and written as `secret`
    cursor = models.JSONField(default=dict)  # the adapter's own
    state = models.CharField(max_length=20, choices=ACCOUNT.choices(), default=ACCOUNT.initial)
    hook_id = models.UUIDField(default=uuid.uuid4, unique=True)  # the public part of the webhook address

    next_poll_at = models.DateTimeField(null=True)  # null: not polled
    last_seen_at = models.DateTimeField(null=True)  # the network last answered us, or told us something
    last_event_at = models.DateTimeField(null=True)  # something new last arrived
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    trouble = models.CharField(max_length=40, blank=True)  # contract.Symbol of the last failure
    trouble_text = models.TextField(blank=True)  # what it said, fit for people

    class Meta:
        constraints = [
            # An account belongs to one brand: a second brand cannot listen in on it.
            models.UniqueConstraint(fields=["network", "external_id"], name="account_once"),
        ]
        indexes = [
            models.Index(fields=["next_poll_at"], name="account_due", condition=~models.Q(state="disconnected")),
        ]

    def __str__(self) -> str:
        return f"{self.handle} on {self.network}"

    @property
    def secret(self) -> JsonObject:
        """Opened only when asked for: a lost key file stops talking to networks, not reading cases."""
        return secrets.unseal(self.sealed)

    @secret.setter
    def secret(self, value: JsonObject) -> None:
        self.sealed = secrets.seal(value) if value else ""
