"""Whole desks in processes of their own, for tests that stop and kill them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from answerable.app import server
from answerable.config import processes
from tests.config import servers

_TRIES = 600
"""A minute, for a machine that does much else."""


def environment(data: Path, **settings: str) -> dict[str, str]:
    """The environment of a desk of its own: no database or setting of the test run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSWERABLE_", "DATABASE_URL"))}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return kept | {
        "ANSWERABLE_DATA_DIR": str(data),
        "ANSWERABLE_UNSAFE_FAST_DATABASE": "1",
        "ANSWERABLE_PORT": str(server.free_port("127.0.0.1")),
        **settings,
    }


def command(data: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "answerable.app.cli", *arguments],
        env=environment(data, **settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


class Desk:
    """``answerable run`` in a data directory."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.environment = environment(data, **settings)
        self.log = data / "run.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "answerable.app.cli", "run"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    def said(self) -> str:
        """Everything it printed."""
        return self.log.read_text()

    def url(self) -> str:
        """The address it printed; waits for it."""
        for _ in range(_TRIES):
            found = re.search(r"The desk is at\s+(\S+)", self.said())
            if found:
                return found[1]
            assert self.process.poll() is None, self.said()
            processes.pause(0.1)
        raise AssertionError(self.said())

    def parts(self) -> dict[str, bool]:
        """What /readyz says; empty when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url()}/readyz", timeout=5) as answer:
                found: dict[str, bool] = json.load(answer)
        except urllib.error.HTTPError as error:
            found = json.load(error)
        except OSError:
            return {}
        return found

    def wait_until_ready(self) -> None:
        """Wait until every part works."""
        for _ in range(_TRIES):
            if self.parts().get("ok"):
                return
            processes.pause(0.1)
        raise AssertionError(f"{self.parts()}\n{self.said()}")

    def family(self) -> list[int]:
        """Every process it started, with those that these started."""
        found, open_ends = [], [self.process.pid]
        while open_ends:
            children = _children(open_ends.pop())
            found += children
            open_ends += children
        return found

    def child(self, name: str) -> int:
        """The process of one part, such as ``web``."""
        for pid in _children(self.process.pid):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if name.encode() in words or words[0].endswith(name.encode()):
                return pid
        raise AssertionError(f"no {name} among {_children(self.process.pid)}")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; returns its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=120)

    def kill(self) -> None:
        """kill -9 of the supervisor alone."""
        self.process.kill()
        self.process.wait()


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@contextmanager
def running(data: Path, **settings: str) -> Iterator[Desk]:
    """A desk that is ready, stopped in the end."""
    desk = Desk(data, **settings)
    try:
        desk.wait_until_ready()
        yield desk
    finally:
        if desk.process.poll() is None:
            desk.stop()


directory = servers.directory
gone = servers.gone
