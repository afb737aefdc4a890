"""Makes the room “core” known to Django: its models, migrations and jobs."""

from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "answerable.core"
    label = "core"
