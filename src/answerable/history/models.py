"""What was taken in from files."""

from __future__ import annotations

from django.db import models

from answerable.people.models import Brand


class Import(models.Model):
    """One run of an import. Written when the file has been read to its end, before the first row stands."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE)
    file_name = models.CharField(max_length=255)
    format = models.CharField(max_length=20)
    live = models.BooleanField(default=False)  # asked to be treated as news
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)  # null: still running, or broken off; run again, it goes on
    last_event_at = models.DateTimeField(null=True)  # the newest time in it: what "now" is for an imported history
    counts = models.JSONField(default=dict)  # as the report at the end says

    class Meta:
        indexes = [models.Index(fields=["brand", "-started_at"], name="import_of")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.format})"
