"""Bringing the tables to what this version of the program expects."""

from __future__ import annotations

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

_LOCK = 7_206_144_311
"""Any number that nothing else locks: several machines may start at once, one of them migrates."""


def pending() -> int:
    """How many migrations are not applied yet."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def apply() -> int:
    """Apply what is pending; returns how many there were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            count = pending()
            if count:
                call_command("migrate", interactive=False, verbosity=0)
                call_command("createcachetable", verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    return count
