"""Makes the room “history” known to Django: its models and migrations."""

from __future__ import annotations

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "answerable.history"
    label = "history"
