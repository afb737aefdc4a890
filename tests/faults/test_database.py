"""The database goes away under load, killed or restarted, or cuts its connections: everybody comes back by themselves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from django.db import connection

from answerable.config import processes
from answerable.config.database import launcher
from tests.app import desks
from tests.config import servers
from tests.faults.conftest import database, story
from tests.faults.judge import Judge
from tests.faults.story import KEYED, NETWORKS, Asked, Story
from tests.faults.summary import Tell

pytestmark = pytest.mark.faults


class Throwaway:
    """A PostgreSQL of this test's own, migrated. Its files stay when it is killed."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.server = launcher.start(data)
        migrate = [sys.executable, "-m", "answerable.app.cli", "migrate"]
        subprocess.run(migrate, env=desks.environment(data, DATABASE_URL=self.url), check=True, capture_output=True)

    @property
    def url(self) -> str:
        return self.server.url

    def kill(self) -> None:
        """kill -9 of the postmaster; its children notice and end."""
        assert self.server.process is not None
        os.kill(self.server.process.pid, signal.SIGKILL)
        self.server.process.wait()

    def stop(self) -> None:
        """A clean stop, as for an upgrade."""
        self.server.stop()

    def start(self) -> None:
        self.server = launcher.start(self.data)


@pytest.fixture
def throwaway() -> Iterator[Throwaway]:
    with servers.directory() as data:
        server = Throwaway(data)
        try:
            yield server
        finally:
            server.stop()


def test_the_database_is_killed_and_restarted_under_load(
    throwaway: Throwaway, django_db_blocker: object, tell: Tell
) -> None:
    with story(throwaway.url, django_db_blocker) as told:
        house = told.house
        for away in (throwaway.kill, throwaway.stop, throwaway.kill):
            waiting = _load(told)
            path, fields = told.form(waiting)
            away()
            _without(told, path, fields)
            throwaway.start()
            connection.close()
            told.sends(waiting, path, fields)  # the same click, made again
        Judge(told).settle()
        assert httpx.get(f"{house.address}/readyz", trust_env=False).status_code == 200
        for part in house.parts:
            assert part.process is not None
            assert part.process.poll() is None
        starts = {part.name: part.starts for part in house.parts}
        tell(f"database away three times: {len(told.asked)} customers, starts {starts}; everything stands once")


def _load(told: Story) -> Asked:
    """Customers on every network, replies on their way, pages of a poll not yet read."""
    known = [told.asks(network) for network in NETWORKS]
    last = told.asks(KEYED)
    for asked in known:
        told.answers(asked)
    told.shown(last)
    for network in NETWORKS * 2:
        told.asks(network)
    return last


def _without(told: Story, path: str, fields: dict[str, str]) -> None:
    """Customers write on, somebody clicks, monitors ask; all of them hear something sensible."""
    house = told.house
    for network in NETWORKS:
        told.asks(network)
    slug = house.team.brand.slug
    for _ in range(30):
        house.tick()
        processes.pause(0.1)
    answer = told.anna.client.post(f"/b/{slug}/{path}", data=fields, headers=told.anna.headers())
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert httpx.get(f"{house.address}/healthz", trust_env=False, timeout=10).status_code == 200
    ready = httpx.get(f"{house.address}/readyz", trust_env=False, timeout=60)
    assert ready.status_code == 503
    assert ready.json()["database"] is False


def test_cut_connections_are_replaced(django_db_blocker: object, tell: Tell) -> None:
    """The server stays, so the processes may stay too: then no thread may go on with a dead connection for ever."""
    url = database("cut", django_db_blocker)
    with story(url, django_db_blocker) as told:
        cut = 0
        for _ in range(3):
            asked = [told.asks(network) for network in NETWORKS]
            cut += _cut(url)
            for one in asked:
                told.answers(one)
                cut += _cut(url)
        Judge(told).settle()
        starts = {part.name: part.starts for part in told.house.parts}
        tell(f"{cut} connections cut: {len(told.asked)} customers, starts {starts}; everything stands once")


def _cut(url: str) -> int:
    """Ends every connection to this database but the one that asks; how many there were."""
    connection.close()
    with psycopg.connect(url, autocommit=True) as own:
        rows = own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return len(rows.fetchall())
