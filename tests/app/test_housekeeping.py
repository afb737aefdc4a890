"""Jobs a killed worker left are run again; jobs that ended are removed; heartbeats say who lives."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from answerable.app import housekeeping, runner, worker
from answerable.core import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def no_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def _job_in_work(silent: timedelta) -> int:
    job_id = app.configure_task("answerable.app.housekeeping.sweep_heartbeats", queue="default").defer(timestamp=0)
    with connection.cursor() as cursor:
        heard = clock.now() - silent
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id", [heard])
        (worker_id,) = cast("tuple[int]", cursor.fetchone())
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [worker_id])
    return job_id


def _context() -> JobContext:
    # the part of a context that the tasks look at
    return cast("JobContext", SimpleNamespace(app=app, job=SimpleNamespace(id=-1)))


def _run(task: Any) -> None:
    async_to_sync(task.func)(_context(), 0)


def test_a_dead_workers_job_is_run_again() -> None:
    job_id = _job_in_work(timedelta(seconds=45))
    _run(housekeeping.requeue_stalled)
    job = ProcrastinateJob.objects.get(pk=job_id)
    assert job.status == "todo"


def test_a_live_workers_job_is_left_alone() -> None:
    job_id = _job_in_work(timedelta(seconds=5))
    _run(housekeeping.requeue_stalled)
    assert ProcrastinateJob.objects.get(pk=job_id).status == "doing"


def test_each_queue_has_a_lane_and_sending_shares_none() -> None:
    lanes = worker.lanes()
    queues = [queue for names, _ in lanes.values() for queue in names]
    assert sorted(queues) == ["bulk", "default", "ingest", "send"]
    assert lanes["send"][0] == ["send"]


def test_every_task_goes_to_a_queue_that_is_served() -> None:
    app.perform_import_paths()  # type: ignore[no-untyped-call]  # procrastinate leaves it without types
    served = {queue for names, _ in worker.lanes().values() for queue in names}
    ours = {name: task.queue for name, task in app.tasks.items() if name.startswith("answerable.")}
    assert ours
    assert {name: queue for name, queue in ours.items() if queue not in served} == {}


def test_a_job_enqueued_in_a_task_rolls_back_with_it() -> None:
    task = runner.make().tasks["answerable.app.housekeeping.sweep_heartbeats"]
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        task.defer(timestamp=0)
        assert ProcrastinateJob.objects.count() == 1
        _ = 1 / 0
    assert ProcrastinateJob.objects.count() == 0
