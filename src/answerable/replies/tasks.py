"""The replies' jobs: one delivery a job, at its time, and a sweep for what a crash left."""

from __future__ import annotations

from procrastinate.contrib.django import app

from answerable.core.jobs import PASSING
from answerable.replies import deliver as machine
from answerable.replies.models import Delivery


@app.task(queue="send", name="replies.deliver", retry=PASSING)
def deliver(delivery_id: int) -> None:
    """Does what is due, and asks to be called again when something will be."""
    delivery = machine.act(delivery_id)
    if delivery is not None and delivery.due_at is not None:
        deliver_at(delivery)


def deliver_at(delivery: Delivery) -> None:
    """Enqueues the next step of a delivery at its due time, in the caller's transaction."""
    if delivery.due_at is not None:
        deliver.configure(schedule_at=delivery.due_at).defer(delivery_id=delivery.pk)


@app.periodic(cron="* * * * * */10")
@app.task(queue="send", name="replies.sweep", retry=PASSING)
def sweep(timestamp: int) -> None:
    """Picks up deliveries whose job was lost with its worker. Cost follows what is due."""
    for delivery_id in machine.due():
        deliver.defer(delivery_id=delivery_id)
