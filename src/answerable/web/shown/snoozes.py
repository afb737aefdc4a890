"""Times to snooze until, as people mean them, in the reader's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as later

from answerable.core import clock
from answerable.core.transitions import Refused
from answerable.web.shown.words import Text

MORNING = 8  # o'clock


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    label: Text
    until: datetime


def presets() -> list[Preset]:
    """In two hours, tomorrow morning, Monday morning."""
    now = timezone.localtime(clock.now())
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    return [
        Preset("hours", later("In 2 hours"), now + timedelta(hours=2)),
        Preset("tomorrow", later("Tomorrow morning"), morning + timedelta(days=1)),
        Preset("monday", later("Monday morning"), morning + timedelta(days=7 - now.weekday())),
    ]


def until(preset: str, typed: str) -> datetime:
    """The chosen preset, else what was typed into the field; Refused with a sentence for neither."""
    for known in presets():
        if known.name == preset:
            return known.until
    try:
        at = parse_datetime(typed.strip())
        # A time zone beyond the calendar's ends overflows.
        return timezone.make_aware(at) if at and timezone.is_naive(at) else _given(at)
    except (ValueError, OverflowError) as error:
        raise Refused("choose a date and a time until when to snooze") from error


def _given(at: datetime | None) -> datetime:
    if at is None:
        raise ValueError("no date")
    return at
