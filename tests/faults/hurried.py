"""The command line with its sweeps hurried, so that a test need not wait a minute after each of a hundred kills.

What is swept, and how, is the product's own; only "how often" and "how long silent is dead" are shorter.
tests/faults/test_stalled.py runs with the product's own times.
"""

from __future__ import annotations

import functools
import sys
from typing import Any

SWEEP = "* * * * * */2"
BEAT, SILENT = 1.0, 5.0
HURRIED = {"app.housekeeping.requeue_stalled", "inbox.poll_due", "inbox.parse_left", "replies.sweep"}


def _hurry() -> None:
    import procrastinate

    run = procrastinate.App.run_worker_async
    quick: Any = functools.partialmethod(run, update_heartbeat_interval=BEAT, stalled_worker_timeout=SILENT)
    procrastinate.App.run_worker_async = quick  # type: ignore[method-assign]  # the same call, with two more words
    from answerable.app import boot

    prepare = boot.django_ready

    def ready() -> None:
        prepare()
        _hurry_sweeps()

    boot.django_ready = ready


def _hurry_sweeps() -> None:
    from procrastinate.contrib.django import app
    from procrastinate.periodic import PeriodicTask

    from answerable.app import housekeeping

    housekeeping.SILENT_SECONDS = int(SILENT)
    tasks = app.periodic_registry.periodic_tasks
    known = {key for key in tasks if any(key[0].endswith(name) for name in HURRIED)}
    if len(known) != len(HURRIED):
        raise RuntimeError(
            f"of {sorted(HURRIED)} only {sorted(known)} are swept periodically: bring the list up to date"
        )
    for key in known:
        was = tasks[key]
        tasks[key] = PeriodicTask(was.task, SWEEP, was.periodic_id, was.configure_kwargs)


if __name__ == "__main__":
    from answerable.app import cli

    _hurry()
    sys.exit(cli.main())
