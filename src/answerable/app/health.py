"""Answers for load balancers and monitors: is this process there, and can the desk work?"""

from __future__ import annotations

from collections.abc import Callable

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from answerable.core import alive


def database_answers() -> bool:
    """Whether the database answers a question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def migrations_applied() -> bool:
    """Whether the tables are those this version of the program expects."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def worker_lives() -> bool:
    """Whether a worker has shown itself lately."""
    return alive.is_alive("worker")


PARTS: dict[str, Callable[[], bool]] = {
    "database": database_answers,
    "migrations": migrations_applied,
    "worker": worker_lives,
}


def parts() -> dict[str, bool]:
    """Each part that must work, with whether it does. A part that cannot be asked does not."""
    found = {}
    for name, works in PARTS.items():
        try:
            found[name] = works()
        except Error:
            found[name] = False
    return found


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; says nothing about the rest."""
    return JsonResponse({"ok": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, migrations and a worker are there, else 503; the parts are named either way."""
    found = parts()
    ready = all(found.values())
    return JsonResponse({"ok": ready, **found}, status=200 if ready else 503)
