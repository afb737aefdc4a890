"""The demo: everything is said once, also after a restart, and customers react to an answer."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from answerable.channels.console import demo
from answerable.channels.console.adapter import Console
from answerable.channels.console.demo import script
from answerable.channels.console.demo.lines import LINES, PEOPLE
from answerable.channels.console.networks import POSED
from answerable.channels.console.server import ConsoleServer
from answerable.channels.console.world import ConsoleWorld
from answerable.core import clock

SAID = [line for line in LINES if not (line.edits or line.deletes)]


class Enough(threading.Event):
    """Stops the script when it has nothing left but to look."""

    def __init__(self, world: ConsoleWorld, posts: int) -> None:
        super().__init__()
        self._world, self._posts = world, posts
        self._until = clock.now() + timedelta(seconds=60)

    def wait(self, timeout: float | None = None) -> bool:
        posts = self._world.standing(deleted=True)
        if len(posts) >= self._posts and any(post["deleted_at"] for post in posts):
            self.set()
        assert clock.now() < self._until, f"only {len(posts)} posts"
        return self.is_set()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "console.sqlite3"


def play(server: ConsoleServer, posts: int) -> None:
    script.play(server.world, Enough(server.world, posts), speed=1000)


def test_everything_is_said_once(server: ConsoleServer, file: Path) -> None:
    demo.prepare(server.world, file)
    play(server, len(SAID))
    keys = [post["key"] for post in server.world.standing(deleted=True)]
    assert sorted(keys) == sorted(f"demo-{line.ref}" for line in SAID)
    (edited,) = [post for post in server.world.standing() if post["version"] > 1]
    assert "EDIT" in edited["text"]
    assert len(server.world.standing()) == len(SAID) - 1


def test_a_restart_says_nothing_twice(server: ConsoleServer, file: Path) -> None:
    demo.prepare(server.world, file)
    play(server, len(SAID))
    before = server.world.standing(deleted=True)
    server.stop()
    server.start()
    demo.prepare(server.world, file)
    play(server, len(SAID))
    after = server.world.standing(deleted=True)
    assert [(post["id"], post["version"]) for post in after] == [(post["id"], post["version"]) for post in before]


def test_a_customer_reacts_to_an_answer_once(server: ConsoleServer, file: Path) -> None:
    demo.prepare(server.world, file)
    play(server, len(SAID))
    (asked,) = [post for post in server.world.standing() if post["key"] == "demo-mats"]
    answer = server.world.say("chirp", "fjellro", "65 cm mats fit if they taper.", parent=asked["id"])
    play(server, len(SAID) + 2)
    (reaction,) = server.world.standing(parent=answer["id"])
    assert reaction["handle"] == "will_tarn"
    play(server, len(SAID) + 2)
    assert len(server.world.standing(parent=answer["id"])) == 1


def test_the_desk_can_sign_in_everywhere(server: ConsoleServer, file: Path) -> None:
    values = demo.accounts(file, server.url)  # the desk may be the first to ask
    demo.prepare(server.world, file)
    assert demo.accounts(file, server.url) == values
    assert {one["network"] for one in values} == set(POSED)
    for one in values:
        made = Console().connect(one, allow_hosts=("127.0.0.1",))
        assert made.profile.name == "Fjellro"
    assert file.with_name(file.name + ".accounts.json").stat().st_mode & 0o077 == 0


def test_the_lines_are_fit_to_be_said() -> None:
    assert len({line.ref for line in LINES}) == len(LINES)
    assert len({line.text for line in SAID}) == len(SAID), "no text twice"
    assert {line.language for line in SAID} == {"nb", "ru", "ro", "en", "sk"}
    assert {line.network for line in SAID} == set(POSED)
    assert all(line.who in PEOPLE or not line.who for line in LINES)
    for line in SAID:
        limit = POSED[line.network].manifest
        assert Console().measure(line.text, limit) <= limit.text_limit
        assert bool(line.picture) == bool(line.alt)
