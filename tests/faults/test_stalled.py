"""A worker dies in the middle of its jobs, with the product's own times: another one makes it good."""

from __future__ import annotations

import pytest

from answerable.core import clock
from tests.faults.conftest import database, story
from tests.faults.judge import Judge
from tests.faults.parts import PLAIN
from tests.faults.story import BARE, KEYED, SWALLOWED
from tests.faults.summary import Tell

pytestmark = pytest.mark.faults


def test_another_worker_makes_good_what_a_killed_one_left(django_db_blocker: object, tell: Tell) -> None:
    with story(database("stalled", django_db_blocker), django_db_blocker, module=PLAIN, lease=40) as told:
        house = told.house

        def dies(point: str) -> None:
            house.wait(lambda: house.hits()[point], f"the kill at “{point}”")

        answered = told.asks(KEYED)
        told.shown(answered)
        house.worker.again("after send before receipt")
        told.answers(answered)
        dies("after send before receipt")
        for point, network in (("after customers", BARE), ("after message", SWALLOWED), ("poll claimed", KEYED)):
            house.worker.again(point)
            told.asks(network)
            dies(point)
        died = clock.now()
        Judge(told).settle()
        tell(f"made good {(clock.now() - died).total_seconds():.0f} s after the last of 4 kills")
