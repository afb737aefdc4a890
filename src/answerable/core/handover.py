"""How a room hands a page of work to the rooms below it without knowing them.

A topic is a job for every subscriber, enqueued in the transaction of the change: a crash leaves the job, never a gap.
Rooms subscribe in their tasks.py, which every process imports at start.
"""

from __future__ import annotations

from typing import Any

from procrastinate.tasks import Task


class Topic:
    """A named stream of pages. Payloads are JSON: ids only."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.subscribers: list[Task[Any, Any, Any]] = []

    def subscribe(self, task: Task[Any, Any, Any]) -> None:
        self.subscribers.append(task)

    def publish(self, **payload: Any) -> None:
        """Enqueues one job for every subscriber, in the caller's transaction."""
        for task in self.subscribers:
            task.defer(**payload)
