"""Makes the room “customers” known to Django: its models, migrations and jobs."""

from __future__ import annotations

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "answerable.customers"
    label = "customers"
