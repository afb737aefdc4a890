"""What every command needs before its work: the settings, the database, Django."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from answerable.config import database, env, private
from answerable.config.database import choice


def say(line: str) -> None:
    """A line for the person at the terminal."""
    print(line, flush=True)


def django_ready() -> None:
    """Set Django up. The database must have been opened, or must not be needed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.config.settings")
    import django

    django.setup()


def open_database() -> database.Database:
    """Open the database and let this process and its children find it by DATABASE_URL."""
    private.close(env.load().data_path)
    found = database.resolve(env.load(), fsync=os.environ.get("ANSWERABLE_UNSAFE_FAST_DATABASE") != "1", say=say)
    choice.export(found)
    env.load.cache_clear()
    return found


@contextmanager
def desk() -> Iterator[database.Database]:
    """The database open and Django ready for the length of a command; an embedded server we started ends with it."""
    found = open_database()
    try:
        django_ready()
        yield found
    finally:
        _close_connections()
        found.stop()


def _close_connections() -> None:
    from django.conf import settings
    from django.db import connections

    if settings.configured:
        connections.close_all()
