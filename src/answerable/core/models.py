"""Rows that belong to no domain: the ledger, stored bytes, heartbeats."""

from __future__ import annotations

import pgtrigger
from django.db import models


class Event(models.Model):
    """One row of the append-only ledger. Ids only, never a customer's text. Written by core.ledger.record alone."""

    brand_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)  # declared as a ledger.Kind, e.g. "case.close"
    subject_id = models.BigIntegerField()  # what it happened to; the kind says which table
    actor_kind = models.CharField(max_length=20)
    actor_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    # Told by an import: it happened at `at`, elsewhere or long ago. Nobody is told of it.
    imported = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["brand_id", "id"], name="event_brand"),
            models.Index(fields=["kind", "subject_id"], name="event_subject"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class Blob(models.Model):
    """Bytes that every web process can read. Kept once per brand and content."""

    brand_id = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    content_type = models.CharField(max_length=100)  # read from the bytes, never as claimed
    size = models.PositiveIntegerField()  # bytes
    width = models.PositiveIntegerField(default=0)  # pixels; 0 when it is no picture
    height = models.PositiveIntegerField(default=0)
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand_id", "sha256"], name="blob_once")]

    def __str__(self) -> str:
        return f"{self.content_type} {self.size} B"


class Heartbeat(models.Model):
    """A process that says it lives."""

    name = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
