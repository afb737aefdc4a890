"""Makes the room “web” known to Django: its templates, static files and template tags."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "answerable.web"
    label = "web"
