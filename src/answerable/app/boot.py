"""What every command needs before its work: the settings, the database, Django."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from answerable.config import database, env, private, processes
from answerable.config.database import choice, launcher


def say(line: str) -> None:
    """A line for the person at the terminal."""
    print(line, flush=True)


def aside(line: str) -> None:
    """The same where standard output may be the work itself."""
    print(line, file=sys.stderr, flush=True)


def django_ready() -> None:
    """Set Django up. The database must have been opened, or must not be needed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.config.settings")
    import django

    django.setup()


def open_database(say: launcher.Say = say) -> database.Database:
    """Open the database and let this process and its children find it by DATABASE_URL."""
    private.close(env.load().data_path)
    found = database.resolve(env.load(), fsync=os.environ.get("ANSWERABLE_UNSAFE_FAST_DATABASE") != "1", say=say)
    choice.export(found)
    env.load.cache_clear()
    return found


@contextmanager
def desk(say: launcher.Say = say, *, tables: bool = True) -> Iterator[database.Database]:
    """The database open and Django ready for the length of a command; an embedded server we started ends with it.

    tables: the command needs them as this version expects them. An embedded database is brought there; another one is
    refused with what to do, since other machines may still run the earlier version.
    """
    found = open_database(say)
    try:
        django_ready()
        processes.pass_gate()
        if tables:
            _tables(found, say)
        yield found
    finally:
        _close_connections()
        found.stop()


def _tables(found: database.Database, say: launcher.Say) -> None:
    from answerable.app import migrations

    pending = migrations.pending()
    if pending and found.source != "embedded":
        raise database.DatabaseError(
            f"The database lacks {pending} migrations of this version; run: answerable migrate"
        )
    if pending:
        say("Making the tables …")
        migrations.apply()


def _close_connections() -> None:
    from django.conf import settings
    from django.db import connections

    if settings.configured:
        connections.close_all()
