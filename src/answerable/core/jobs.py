"""Enqueuing by name, for a module that the job's own module imports; and how jobs are tried again."""

from __future__ import annotations

from typing import Any

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

# A deadlock, a lost connection, a restarted database: passing. Every job may run again, so it does: 1, 2, 4 … s.
PASSING = RetryStrategy(max_attempts=8, exponential_wait=2)


def later(name: str, **args: Any) -> None:
    """Enqueues the job of this name in the caller's transaction; the job's module must be imported by then."""
    app.configure_task(name, allow_unknown=False).defer(**args)
