"""A whole desk under test: a database of its own, a web and a worker process, networks that survive every kill."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.db import connection
from django.test import override_settings

from answerable.app.server import free_port
from answerable.config import processes
from answerable.config.database import choice
from answerable.core import clock
from tests.config import servers
from tests.faults.parts import HURRIED, Part
from tests.people import Team, make_team

GUARD = 120.0  # seconds after which something that should have happened by itself counts as never


class House:
    """web and worker as processes on one database; the test process looks at the database and clicks on the pages."""

    def __init__(self, url: str, folder: Path, module: str, lease: int) -> None:
        self.folder = folder
        self.port = free_port("127.0.0.1")
        environment = _environment(url, folder, self.port, lease)
        self.web = Part("web", environment, folder, module)
        self.worker = Part("worker", environment, folder, module)
        self.rebuild = Part("rebuild", environment, folder, module)
        self.team: Team = make_team()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def parts(self) -> tuple[Part, Part]:
        return self.web, self.worker

    def tick(self) -> None:
        """One look of the supervisor."""
        for part in self.parts:
            part.tick()

    def wait(self, until: Callable[[], Any], what: str, seconds: float = GUARD) -> Any:
        """Looks after the processes until something is true, and returns it."""
        end = clock.now() + timedelta(seconds=seconds)
        while not (found := until()):
            if clock.now() > end:
                raise AssertionError(f"never came: {what}\n" + "\n".join(part.said() for part in self.parts))
            self.tick()
            processes.pause(0.1)
        return found

    def open_up(self) -> None:
        """Starts everything; returns when pages come."""
        self.tick()
        self.wait(self._answers, "the web server")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def hits(self) -> Counter[str]:
        """Kills at crash points so far."""
        return self.web.hits() + self.worker.hits() + self.rebuild.hits()

    def stop(self) -> None:
        for part in (*self.parts, self.rebuild):
            part.end()


def _environment(url: str, folder: Path, port: int, lease: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSWERABLE_", "DATABASE_URL"))}
    return kept | {
        "DATABASE_URL": url,
        "ANSWERABLE_DATA_DIR": str(folder / "data"),
        "ANSWERABLE_ENCRYPTION_KEYS_FILE": settings.ENCRYPTION_KEYS_FILE,  # the test connects accounts itself
        "ANSWERABLE_PORT": str(port),
        "ANSWERABLE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "ANSWERABLE_ALLOW_HOSTS": "127.0.0.1",
        "ANSWERABLE_RECALL_SECONDS": "0",
        "ANSWERABLE_LEASE_SECONDS": str(lease),
        "ANSWERABLE_LOG_LEVEL": "WARNING",
        "ANSWERABLE_DATABASE_CONNECT_TIMEOUT": "5",
        "DJANGO_SETTINGS_MODULE": "answerable.config.settings",
    }


@contextmanager
def using(url: str) -> Iterator[None]:
    """This process looks at another database while the block lasts."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(choice.django_database(url, 5))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@contextmanager
def opened(url: str, blocker: Any, *, module: str = HURRIED, lease: int = 4) -> Iterator[House]:
    """A house with its people, on a migrated database; its processes are not started yet."""
    allowed = override_settings(OUTGOING_ALLOW_HOSTS=["127.0.0.1"])
    with servers.directory() as folder, blocker.unblock(), allowed, using(url):
        house = House(url, folder, module, lease)
        try:
            yield house
        finally:
            house.stop()
