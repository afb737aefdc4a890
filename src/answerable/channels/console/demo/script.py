"""Plays the lines on a running console server, and lets customers react when the brand has answered them."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from answerable.channels.console.demo.brand import HANDLES
from answerable.channels.console.demo.lines import LINES, PEOPLE, Line, handle_of
from answerable.channels.console.world import ConsoleRefused, ConsoleWorld
from answerable.channels.contract import JsonObject, Picture

log = logging.getLogger(__name__)
LOOK = 3.0  # seconds between two looks for answers of the brand
THINKING = 8.0  # seconds a customer takes to react


def play(world: ConsoleWorld, stop: threading.Event, *, speed: float = 1.0) -> None:
    """Plays until `stop`. What stands already is not played again. speed: how much faster arrivals come."""
    try:
        _Player(world, stop, speed).run()
    except ConsoleRefused as error:
        if not stop.is_set():
            log.warning("the demo ends: %s", error)


@dataclass
class _Player:
    world: ConsoleWorld
    stop: threading.Event
    speed: float
    standing: dict[str, JsonObject] = field(default_factory=dict)  # key → post, deleted ones too
    answered: dict[str, float] = field(default_factory=dict)  # ref → seconds until the customer reacts

    def run(self) -> None:
        self._look()
        for line in LINES:
            if not self._done(line):
                self._pause(line.wait)
                if self.stop.is_set():
                    return
                self._act(line)
        while not self.stop.is_set():
            self._pause(LOOK * self.speed)

    def _look(self) -> None:
        """What stands is read back from the network, so that a restart goes on where the last run ended."""
        found = self.world.standing(deleted=True)
        self.standing = {post["key"]: post for post in found if str(post["key"]).startswith("demo-")}
        self._react(found)

    def _done(self, line: Line) -> bool:
        if line.edits or line.deletes:
            post = self.standing.get(f"demo-{line.edits or line.deletes}", {})
            return bool(post.get("deleted_at")) or bool(line.edits and post.get("version", 1) > 1)
        return f"demo-{line.ref}" in self.standing

    def _act(self, line: Line) -> None:
        self._look()
        if line.edits:
            self.world.edit(line.network, self._id(line.edits), line.text)
        elif line.deletes:
            self.world.delete(line.network, self._id(line.deletes))
        elif not self._lost(line):
            self._say(line)
        self._look()

    def _say(self, line: Line) -> None:
        name, followers = PEOPLE.get(line.who, ("", None))
        if line.who:
            self.world.account(line.network, line.who, name=name or None, followers=followers)
        pictures = [Picture(line.picture(), "image/png", line.alt)] if line.picture else []
        self.world.say(
            line.network,
            handle_of(line),
            line.text,
            parent=self._id(line.answers) if line.answers else None,
            quotes=self._id(line.quotes) if line.quotes else None,
            media=pictures,
            language=line.language,
            key=f"demo-{line.ref}",
        )

    def _lost(self, line: Line) -> bool:
        """What it answers was taken down (somebody plays along): then it is not said."""
        return any(self.standing[f"demo-{ref}"]["deleted_at"] for ref in (line.answers, line.quotes) if ref)

    def _id(self, ref: str) -> str:
        return str(self.standing[f"demo-{ref}"]["id"])

    def _pause(self, seconds: float) -> None:
        """Waits, and looks for the brand's answers meanwhile."""
        left = seconds / self.speed
        while left > 0 and not self.stop.wait(min(left, LOOK)):
            left -= LOOK
            self.answered = {ref: wait - LOOK * self.speed for ref, wait in self.answered.items()}
            self._look()

    def _react(self, found: list[JsonObject]) -> None:
        """A customer with something more to say says it some seconds after the brand's answer, once."""
        ours = {post["parent"]: post for post in found if post["handle"] == HANDLES[post["network"]]}
        for line in LINES:
            post = self.standing.get(f"demo-{line.ref}")
            if not line.then or post is None or f"demo-{line.ref}-then" in self.standing:
                continue
            answer = ours.get(post["id"])
            if answer is None or answer["deleted_at"] or post["deleted_at"]:
                self.answered.pop(line.ref, None)
            elif self.answered.setdefault(line.ref, THINKING) <= 0:
                key = f"demo-{line.ref}-then"
                said = self.world.say(
                    line.network, line.who, line.then, parent=answer["id"], language=line.language, key=key
                )
                self.standing[key] = said | {"deleted_at": None}
