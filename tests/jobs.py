"""Runs enqueued jobs inline, in order, in the test's own transaction: exceptions come out, nothing is polled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from answerable.core import clock


def run_jobs(*, until: datetime | None = None, skip: frozenset[str] = frozenset(), most: int = 500) -> list[str]:
    """Runs what is due until nothing is, and returns the names in order. until: as if it were that time (default now).

    Jobs in `skip` are left waiting: a poll that re-schedules itself, say.
    """
    ran: list[str] = []
    while len(ran) < most:
        due = ProcrastinateJob.objects.filter(status="todo").exclude(task_name__in=skip).order_by("id")
        now = until or clock.now()
        job = next((job for job in due if job.scheduled_at is None or job.scheduled_at <= now), None)
        if job is None:
            return ran
        _finish(job.pk)
        arguments: dict[str, Any] = job.args
        app.tasks[job.task_name].func(**arguments)
        ran.append(job.task_name)
    raise AssertionError(f"jobs beget jobs without end: {ran[-10:]}")


def waiting_jobs(name: str) -> list[dict[str, Any]]:
    """The arguments of the jobs of this name that have not run."""
    rows = ProcrastinateJob.objects.filter(status="todo", task_name=name).order_by("id")
    return [row.args for row in rows]


def _finish(job_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s", [job_id])
