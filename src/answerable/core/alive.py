"""Which processes live: each beats a row, readers ask how old the beat is."""

from __future__ import annotations

from datetime import timedelta

from answerable.core import clock
from answerable.core.models import Heartbeat

FRESH = timedelta(seconds=30)  # three beats of ten seconds


def beat(name: str) -> None:
    """Says that the process `name` lives now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": clock.now()})


def is_alive(kind: str) -> bool:
    """Has a process whose name begins with `kind` beaten lately?"""
    return Heartbeat.objects.filter(name__startswith=kind, at__gte=clock.now() - FRESH).exists()


def sweep() -> None:
    """Forgets processes that have been silent for a day."""
    Heartbeat.objects.filter(at__lt=clock.now() - timedelta(days=1)).delete()
