"""Makes the room “replies” known to Django: its models, migrations and jobs."""

from __future__ import annotations

from django.apps import AppConfig


class RepliesConfig(AppConfig):
    name = "answerable.replies"
    label = "replies"
