"""Makes the room “people” known to Django: its models, migrations and jobs."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "answerable.people"
    label = "people"
