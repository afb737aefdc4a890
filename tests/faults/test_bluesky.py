"""The same on a real Bluesky network: killed on the way in and on the way out, read afterwards as the customers read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, cast

import pytest

from answerable.channels.console.world import ConsoleWorld
from answerable.channels.models import Account
from answerable.channels.verbs import connect
from answerable.core import clock
from testbed.bluesky_network import Network, Person, patiently
from tests.channels.bluesky.networks import network as running
from tests.faults.agent import Agent
from tests.faults.conftest import database, table
from tests.faults.house import opened
from tests.faults.judge import Judge
from tests.faults.story import BRAND, Asked, Story
from tests.faults.summary import Tell

pytestmark = [pytest.mark.faults, pytest.mark.real]

BLUESKY = "bluesky"
SENDING = ("lease taken", "before send", "after send before receipt", "in a receipt", "after receipt")
LISTENING = ("poll claimed", "in a poll page", "after a poll page", "after message", "after wait", "next poll enqueued")
LONGEST = timedelta(seconds=90)  # of random kills
KILLS = 12


@dataclass
class BlueskyWorld:
    """The part of the console's world that a story needs, on a real network."""

    network: Network
    brand: Person
    people: dict[str, Person] = field(default_factory=dict)

    def say(self, network: str, author: str, text: str, **more: Any) -> dict[str, Any]:
        """A new customer writes to the brand."""
        person = self.network.person(author)
        uri = person.post(text.removeprefix(f"@{BRAND} "), mention=self.brand)
        self.people[uri] = person
        return {"id": uri, "handle": person.handle}

    def standing(self, author: str | None = None, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Every post, as its author's data server holds it."""
        authors = [self.brand] if author == BRAND else [self.brand, *self.people.values()]
        return [self._shown(one, person) for person in authors for one in person.posts()]

    def _shown(self, record: dict[str, Any], person: Person) -> dict[str, Any]:
        said, handle = record["value"], BRAND if person is self.brand else person.handle
        parent = said.get("reply", {}).get("parent", {}).get("uri")
        facts = {"id": record["uri"], "text": said["text"], "parent": parent, "handle": handle}
        return facts | {"network": BLUESKY, "deleted_at": None}

    def read(self, uri: str) -> list[str]:
        """The brand's replies to a post, as its author sees them in the app."""
        replies = self.people[uri].thread(uri).get("replies", [])
        return [one["post"]["record"]["text"] for one in replies if one["post"]["author"]["did"] == self.brand.did]


@pytest.fixture(scope="module")
def told(django_db_blocker: Any) -> Iterator[Story]:
    """A house whose only network is a real one."""
    with ExitStack() as stack:
        network = stack.enter_context(running())
        house = stack.enter_context(opened(database(BLUESKY, django_db_blocker), django_db_blocker))
        world = BlueskyWorld(network, network.person("brand"))
        anna, lars = (stack.enter_context(closing(Agent(house, user))) for user in (house.team.anna, house.team.lars))
        stack.callback(house.stop)
        house.open_up()
        password = world.brand.app_password("desk")
        values = {"handle": world.brand.handle, "password": password, "service": network.pds}
        connect(house.team.seat(house.team.odd), BLUESKY, values)
        house.wait(lambda: Account.objects.get().cursor, "the first poll")
        # as much of that world as this story needs
        yield Story(house, cast("ConsoleWorld", world), anna, lars)


def _settle(told: Story) -> None:
    """At rest by the desk and by the data servers; and every customer reads one answer."""
    Judge(told).settle()
    world = cast("BlueskyWorld", told.world)
    for asked in told.asked:
        if asked.reply:
            patiently(partial(_reads, world, asked))
            assert world.read(asked.post) == [asked.reply]


def _reads(world: BlueskyWorld, asked: Asked) -> list[str]:
    if found := world.read(asked.post):
        return found
    raise LookupError(asked.post)


def _killed_at(told: Story, point: str, act: Callable[[], object]) -> None:
    """The worker dies there while this is done."""
    before = told.house.hits()[point]
    told.house.worker.again(point)
    act()
    told.house.wait(lambda: told.house.hits()[point] > before, f"the kill at “{point}”")


def test_killed_while_listening(told: Story, tell: Tell) -> None:
    house = told.house
    for point in LISTENING:
        _killed_at(told, point, partial(told.asks, BLUESKY))
    _settle(told)
    tell(table(house.hits(), "bluesky, listening"))


def test_killed_while_sending(told: Story, tell: Tell) -> None:
    house = told.house
    for point in SENDING:
        asked = told.killed_answering(point, BLUESKY)
        house.wait(partial(told.delivered, asked), f"the delivery of {asked.reply}")
    _settle(told)
    tell(table(house.hits(), "bluesky, sending too"))


def test_random_kills(told: Story, tell: Tell) -> None:
    house, dice = told.house, random.Random()  # noqa: S311  a dice, not a secret
    before, end = house.hits().total(), clock.now() + LONGEST
    house.worker.again("*:0.05", once=False)
    while house.hits().total() < before + KILLS and clock.now() < end:
        asked = told.asks(BLUESKY)
        if dice.random() < 0.3:
            house.worker.strike(0)
        told.answers(asked)
    house.worker.again()
    _settle(told)
    tell(table(house.hits(), f"bluesky, {len(told.asked)} customers"))
