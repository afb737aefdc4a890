"""Makes the room “inbox” known to Django: its models, migrations and jobs."""

from __future__ import annotations

from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "answerable.inbox"
    label = "inbox"
