"""Killed at random points and random moments, again and again, under load.

ANSWERABLE_TEST_KILLS (how many, default 80) and ANSWERABLE_TEST_SEED (default: by chance, printed) choose otherwise.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from answerable.config import processes
from answerable.core import clock
from tests.faults.conftest import database, story, table
from tests.faults.judge import Judge
from tests.faults.story import BARE, KEYED, NETWORKS, SWALLOWED, Asked, Story
from tests.faults.summary import Tell

pytestmark = pytest.mark.faults

LONGEST = timedelta(minutes=4)  # of killing; what follows is only looked at
AT_ONCE = 12  # customers who wait for something at a time: the load stays bounded
AFTER = ("closed_after", "server_error_after", "broken_answer", "echo_first", "rate_limited")
# Of a bare network nobody can say that a lost reply is not there: a person is asked after fifteen seconds. That has its
# own test; here it would only hold up the storm.
FAULTS = {KEYED: ("closed_before", *AFTER), SWALLOWED: ("closed_before", *AFTER), BARE: AFTER}


class Storm:
    """Customers and agents at work, and somebody who pulls the plug."""

    def __init__(self, story: Story, dice: random.Random) -> None:
        self.story, self.dice = story, dice
        self.outside: Counter[str] = Counter()
        self.busy: list[Asked] = []

    def kills(self) -> int:
        return self.story.house.hits().total() + self.outside.total()

    def rage(self, kills: int) -> None:
        """Goes on until there were so many kills, or the time is up."""
        self.story.house.web.again("*:0.04", once=False)
        self.story.house.worker.again("*:0.04", once=False)
        end, last = clock.now() + LONGEST, self.kills()
        while last < kills and clock.now() < end:
            self._step()
            if self.dice.random() < 0.025:
                self._strike()
            last = self.kills()
        for part in self.story.house.parts:
            part.again()
        self.story.world.clear_faults()

    def _strike(self) -> None:
        """From outside, at whatever it is doing: the web's main process, one that it started, or the worker."""
        part = self.dice.choice(self.story.house.parts)
        part.strike(self.dice.randrange(4))
        self.outside[f"{part.name}, from outside"] += 1

    def _step(self) -> None:
        self.story.house.tick()
        processes.pause(0.05)
        if len(self.busy) < AT_ONCE and self.dice.random() < 0.5:
            self._somebody_asks()
        ready = [asked for asked in self.busy if self.story.waiting(asked)]
        if ready:
            asked = self.dice.choice(ready)
            self.busy.remove(asked)
            self._act()(asked)

    def _somebody_asks(self) -> None:
        asked = self.story.asks(self.dice.choice(NETWORKS), picture=self.dice.random() < 0.2)
        if self.dice.random() < 0.15:
            self.story.edits(asked)
        if self.dice.random() < 0.15:
            self.story.asks_again(asked)
        if self.dice.random() < 0.1 and asked.posts == 1:
            self.story.deletes(asked)
        else:
            self.busy.append(asked)

    def _act(self) -> Callable[[Asked], None]:
        if self.dice.random() < 0.3:
            network = self.dice.choice(NETWORKS)
            self.story.world.fault(network, "reply", self.dice.choice(FAULTS[network]))
        deeds = (self.story.answers, self.story.decides, self.story.answers_elsewhere)
        return self.dice.choices(deeds, weights=(7, 2, 1))[0]


def test_a_storm_of_kills(django_db_blocker: object, tell: Tell) -> None:
    kills = int(os.environ.get("ANSWERABLE_TEST_KILLS", "80"))
    seed = int(os.environ.get("ANSWERABLE_TEST_SEED", random.SystemRandom().randrange(1_000_000)))
    with story(database("storm", django_db_blocker), django_db_blocker) as told:
        storm = Storm(told, random.Random(seed))  # noqa: S311  a dice that can be thrown again
        begun = clock.now()
        try:
            storm.rage(kills)
            raged = clock.now() - begun
            Judge(told).settle()
        finally:
            tell(table(told.house.hits() + storm.outside, f"storm (seed {seed})"))
        lost = told.anna.clicks_lost
        tell(
            f"storm: {len(told.asked)} customers on {len(NETWORKS)} networks, {raged.total_seconds():.0f} s, "
            f"{lost} clicks lost and made again; everything stands once"
        )
        assert storm.kills() >= kills // 2, "too few kills came about for this to mean anything"
