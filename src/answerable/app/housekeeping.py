"""Jobs about jobs: those a killed worker left are run again, those that ended are removed."""

from __future__ import annotations

import logging

from procrastinate import JobContext
from procrastinate.contrib.django import app

from answerable.core import alive, clock

logger = logging.getLogger("answerable.worker")

SILENT_SECONDS = 30
"""A worker beats every ten seconds; one silent for three beats is dead."""
KEEP_HOURS = 2


@app.periodic(cron="* * * * * */20")  # the sixth field is seconds
@app.task(queue="default", pass_context=True)
async def requeue_stalled(context: JobContext, timestamp: int) -> None:
    """Run again what a dead worker had in work: found within thirty seconds of its last beat, plus at most twenty.

    Jobs are idempotent, so a worker that was only slow does no harm by ending the same job.
    """
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_SECONDS):
        if job.id != context.job.id:
            logger.warning("job %s (%s) was left by a dead worker; it is run again", job.id, job.task_name)
            await manager.retry_job(job, retry_at=clock.now())
    await manager.prune_stalled_workers(SILENT_SECONDS)


@app.periodic(cron="17 * * * *")
@app.task(queue="default", pass_context=True)
async def remove_finished(context: JobContext, timestamp: int) -> None:
    """Remove jobs that ended two hours ago. Failed ones stay for four weeks, so that somebody can look."""
    manager = context.app.job_manager
    await manager.delete_old_jobs(nb_hours=KEEP_HOURS, include_aborted=True, include_cancelled=True)
    await manager.delete_old_jobs(nb_hours=28 * 24, include_failed=True)


@app.periodic(cron="27 3 * * *")
@app.task(queue="default")
def sweep_heartbeats(timestamp: int) -> None:
    """Forget processes that are long gone."""
    alive.sweep()
