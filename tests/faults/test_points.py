"""Killed at every named point, once each: afterwards everything stands once, and every wait is right."""

from __future__ import annotations

import signal

import pytest

from answerable.replies.models import Delivery
from tests.faults import points
from tests.faults.conftest import table
from tests.faults.judge import Judge
from tests.faults.story import BARE, NETWORKS, Story
from tests.faults.summary import Tell

pytestmark = pytest.mark.faults

SENDING = ("lease taken", "before send", "after send before receipt", "in a receipt", "after receipt")
BY_COMMAND = ("in a rebuild", "in an import batch", "after import batch")
BY_WEB = ("after decision", "after release", "after take-down asked")
BY_BOTH = ("after job enqueued", "after raw row")  # a webhook comes by, and a poll
BY_WORKER = [name for name in points.names() if name not in (*SENDING, *BY_COMMAND, *BY_WEB, *BY_BOTH)]
GROUPS = 3


@pytest.mark.parametrize("group", range(GROUPS))
def test_killed_on_the_way(shared: Story, group: int, tell: Tell) -> None:
    """Web and worker die at one point after the other, each time at the second passing, and live on without plans."""
    house = shared.house
    plans = {
        house.web: [*BY_WEB, *BY_BOTH][group::GROUPS],
        house.worker: [*BY_WORKER, *BY_BOTH][group::GROUPS],
    }
    before = {part: part.hits() for part in plans}

    def missing() -> list[str]:
        return [
            f"{part.name}: {name}" for part in plans for name in plans[part] if part.hits()[name] == before[part][name]
        ]

    for part, names in plans.items():
        part.again(*(f"{name}:2" for name in names))
    for _ in range(6):
        if missing():
            shared.chapter(until=lambda: not missing())
    assert not missing(), (
        "no scenario comes by here twice: make tests/faults/story.py do what leads there, or name the point in BY_WEB"
    )
    Judge(shared).settle()
    tell(table(house.hits(), f"points, group {group}"))


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("point", SENDING)
def test_killed_while_sending(shared: Story, point: str, network: str) -> None:
    """One reply on one network, the worker dies with it in its hands."""
    asked = shared.killed_answering(point, network)
    Judge(shared).settle()
    tried = Delivery.objects.filter(draft__text=asked.reply).order_by("number").values_list("state", flat=True)
    # Only where nobody can know was a person asked, who looked and had it sent once more.
    asks = point == "before send" and network == BARE
    assert list(tried) == (["failed", "delivered"] if asks else ["delivered"])


def test_killed_in_a_rebuild(shared: Story) -> None:
    rebuild = shared.house.rebuild

    def run(plan: str) -> int:
        rebuild.plan = plan
        rebuild.start()
        assert rebuild.process is not None
        return rebuild.process.wait(120)

    shared.chapter()
    Judge(shared).settle()
    for nth in (1, 2, 3):
        assert run(f"in a rebuild:{nth}") == -signal.SIGKILL, rebuild.said()
    for _ in range(2):
        assert run("") == 0, rebuild.said()
    assert "nothing changed" in rebuild.said(200)
    Judge(shared).settle()


def test_every_point_has_its_scenario(tell: Tell) -> None:
    """A point that moved or was renamed must not leave its scenario behind, hitting nothing."""
    known = points.names()
    assert len(known) >= 14
    assert {*SENDING, *BY_COMMAND, *BY_WEB, *BY_BOTH} <= set(known)
    tell(f"crash points: {', '.join(known)}")
