"""The app that a worker fetches its jobs with: over connections of its own, which are looked at before each use."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import psycopg
from procrastinate.contrib.django import DjangoApp
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.periodic import PeriodicRegistry

logger = logging.getLogger("answerable.worker")

PATIENCE = (0.2, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries to record how a job ended."""


def make() -> procrastinate.App:
    """A fresh runner, not opened yet.

    The tasks keep belonging to Django's app: a job enqueued inside a task goes over Django's connection and so
    commits or rolls back with the change that causes it. (Exchanging the connector of Django's app, as its own
    command does, would break that.)
    """
    connector = django_app.connector
    assert isinstance(connector, DjangoConnector)
    django_app.perform_import_paths()  # type: ignore[no-untyped-call]  # procrastinate leaves it without types
    runner = DjangoApp(connector=connector.get_worker_connector())
    runner.job_manager = _Jobs(runner.connector)
    runner.tasks = django_app.tasks
    runner.periodic_registry = _periodic(runner)
    return runner


def _periodic(runner: procrastinate.App) -> PeriodicRegistry:
    """The periodic jobs, enqueued by the runner itself: over Django's connection, which nobody renews on the event
    loop's thread, a single cut would end them for good."""
    registry = PeriodicRegistry()  # type: ignore[no-untyped-call]  # as above
    for row in django_app.periodic_registry.periodic_tasks.values():
        task = copy.copy(row.task)
        task.blueprint = runner
        registry.register_task(task, row.cron, row.periodic_id, dict(row.configure_kwargs))  # type: ignore[arg-type]
    return registry


class _Jobs(JobManager):
    """Records how a job ended also when the database is away just then.

    Otherwise the job would count as in work for as long as this worker lives, and nobody would run it again.
    """

    async def finish_job(self, *args: Any, **kwargs: Any) -> None:
        await _patiently(lambda: super(_Jobs, self).finish_job(*args, **kwargs))

    async def retry_job(self, *args: Any, **kwargs: Any) -> None:
        await _patiently(lambda: super(_Jobs, self).retry_job(*args, **kwargs))


async def _patiently(act: Callable[[], Awaitable[None]]) -> None:
    for wait in PATIENCE:
        try:
            return await act()
        except ConnectorException as error:
            if not isinstance(error.__cause__, psycopg.OperationalError):
                raise
            logger.warning("the end of a job could not be recorded: %s; trying again", error.__cause__)
        await asyncio.sleep(wait)
    return await act()
