"""Houses for the tests of this folder, and the table of kills at the end of each."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest

from answerable.channels.console.server import ConsoleServer
from tests.database import clone
from tests.faults.agent import Agent
from tests.faults.house import opened
from tests.faults.parts import HURRIED
from tests.faults.story import Story


def database(name: str, blocker: Any) -> str:
    """A migrated database for one house of this process of the run."""
    with blocker.unblock():
        return clone(f"faults_{name}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@contextmanager
def story(url: str, blocker: Any, *, module: str = HURRIED, lease: int = 4) -> Iterator[Story]:
    """A house at work: web and worker run, three networks are connected, Anna and Lars are at their desks."""
    with ExitStack() as stack:
        house = stack.enter_context(opened(url, blocker, module=module, lease=lease))
        # Webhooks are tried again quickly: the desk is away often, and never for long.
        console = stack.enter_context(ConsoleServer(house.folder / "console.sqlite", hook_backoff=(0.25, 1.0)))
        anna, lars = (stack.enter_context(closing(Agent(house, user))) for user in (house.team.anna, house.team.lars))
        stack.callback(house.stop)
        told = Story(house, console.world, anna, lars)
        house.open_up()
        told.connect()
        yield told


@pytest.fixture(scope="module")
def shared(django_db_blocker: object, request: pytest.FixtureRequest) -> Iterator[Story]:
    """One house for a whole module."""
    with story(database("shared", django_db_blocker), django_db_blocker) as told:
        yield told


def table(hits: Counter[str], title: str) -> str:
    """Kills by place, most first."""
    rows = [f"  {count:4}  {place}" for place, count in sorted(hits.items(), key=lambda row: (-row[1], row[0]))]
    return "\n".join([f"{title}: {hits.total()} kills", *rows])
