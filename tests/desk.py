"""A desk at work in a test: the console network in this process, accounts connected to it, jobs run inline."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from answerable.cases.models import Case, Wait
from answerable.channels.console.server import ConsoleServer
from answerable.channels.console.world import ConsoleWorld
from answerable.channels.models import Account
from answerable.channels.verbs import connect
from answerable.core import clock
from answerable.inbox.models import Message
from answerable.people.rights import Seat
from answerable.replies import drafts
from answerable.replies.drafts import Words
from answerable.replies.models import Delivery, Draft
from answerable.replies.queries import latest, seen_mark
from tests.jobs import run_jobs
from tests.people import Team

POLL = "inbox.poll"


class Desk:
    """What a test says of the desk, in the words of the design."""

    def __init__(self, team: Team, world: ConsoleWorld) -> None:
        self.team, self.world = team, world

    def connect(self, network: str = "meadow", handle: str = "fjellro", seat: Seat | None = None) -> Account:
        """Connects the brand's account on a posed network."""
        values = self.world.brand(network, handle, "secret-enough")
        account = connect(seat or self.team.seat(self.team.odd), "console", values)
        run_jobs(skip=frozenset({POLL}))
        return account

    def listen(self) -> None:
        """Every account polls once, and everything that follows from it is done."""
        from answerable.inbox.poll import claim, poll

        for account in Account.objects.exclude(state="disconnected"):
            Account.objects.filter(pk=account.pk).update(next_poll_at=clock.now())
            claimed = claim(account.pk)
            assert claimed is not None
            poll(claimed)
        self.work()

    def work(self) -> list[str]:
        """Does what is enqueued, except polling."""
        return run_jobs(skip=frozenset({POLL}))

    def hears(self, network: str, author: str, text: str, **more: object) -> Message:
        """A customer writes, the desk polls; the message as it stands."""
        post = self.world.say(network, author, text, **more)  # type: ignore[arg-type]
        self.listen()
        return self.message(post["id"])

    def message(self, external_id: str) -> Message:
        return Message.objects.get(brand=self.team.brand, external_id=external_id)

    def words(self, message: Message, text: str, **more: object) -> Words:
        """What a freshly opened composer would send."""
        given: dict[str, object] = {"token": uuid.uuid4(), "seen": seen_mark(message.thread_id, message.author_id)}
        return Words(message.pk, text=text, **(given | more))  # type: ignore[arg-type]

    def answers(self, seat: Seat, message: Message, text: str) -> Draft:
        """An agent answers, and the delivery runs to its end."""
        draft = drafts.release(seat, self.words(message, text))
        self.deliver()
        return draft

    def deliver(self) -> None:
        """Runs due deliveries now, recall time or not."""
        Delivery.objects.filter(due_at__isnull=False).update(due_at=clock.now())
        self.work()
        from answerable.replies.deliver import act, due

        for delivery_id in due():
            act(delivery_id)
        self.work()

    def delivery(self, draft: Draft) -> Delivery:
        found = latest(draft)
        assert found is not None
        return found

    def wait(self) -> Wait:
        """The only wait there is."""
        return Wait.objects.get()

    def case(self) -> Case:
        """The only case there is."""
        return Case.objects.get()


@pytest.fixture
def console(tmp_path: Path, settings: Settings) -> Iterator[ConsoleServer]:
    settings.OUTGOING_ALLOW_HOSTS = ["127.0.0.1"]
    with ConsoleServer(tmp_path / "console.sqlite") as server:
        yield server


@pytest.fixture
def world(console: ConsoleServer) -> ConsoleWorld:
    return console.world


@pytest.fixture
def desk(team: Team, world: ConsoleWorld, settings: Settings) -> Desk:
    settings.RECALL_SECONDS = 0
    return Desk(team, world)
