"""Makes the room “cases” known to Django: its models, migrations and jobs."""

from __future__ import annotations

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "answerable.cases"
    label = "cases"
