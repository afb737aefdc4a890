"""``answerable run``: started, stopped, killed; nothing of it is left and nothing stops the next start."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.config import processes
from tests.app import desks

pytestmark = pytest.mark.faults


@pytest.fixture
def data() -> Iterator[Path]:
    with desks.directory() as path:
        yield path


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_starts_says_where_and_stops(data: Path, number: signal.Signals) -> None:
    with desks.running(data) as desk:
        family = desk.family()
        assert desk.url() in desk.said()
        assert "Sign in once:" in desk.said()
        assert desk.stop(number) == 0
    assert all(desks.gone(pid) for pid in family)
    assert desk.said().rstrip().endswith("Stopped.")
    assert "Traceback" not in desk.said()


def test_kill_leaves_no_orphan_and_no_lock(data: Path) -> None:
    with desks.running(data) as desk:
        family = desk.family()
        assert len(family) >= 4
        desk.kill()
        assert [pid for pid in family if not desks.gone(pid)] == []
    with desks.running(data) as again:
        assert again.stop() == 0


def test_every_part_that_dies_comes_back(data: Path) -> None:
    with desks.running(data) as desk:
        for name in ("web", "worker", "postgres"):
            victim = desk.child(name)
            os.kill(victim, signal.SIGKILL)
            _comes_back(desk, name, victim)
            desk.wait_until_ready()
        assert desk.stop() == 0


def _comes_back(desk: desks.Desk, name: str, former: int) -> None:
    for _ in range(600):
        try:
            if desk.child(name) != former:
                return
        except (AssertionError, OSError):
            pass
        processes.pause(0.1)
    raise AssertionError(f"no new {name}\n{desk.said()}")


def test_a_second_desk_in_the_same_place_is_refused(data: Path) -> None:
    with desks.running(data) as desk:
        second = desks.command(data, "run")
        assert second.returncode == 2
        assert "runs already" in second.stderr
        assert str(desk.process.pid) in second.stderr
        assert desk.parts()["ok"]


def test_a_taken_port_is_stepped_over(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with desks.running(data, ANSWERABLE_PORT=str(port)) as desk:
            assert f"Port {port} is taken" in desk.said()
            assert f":{port}" not in desk.url()


def test_a_known_address_does_not_move(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused = desks.command(data, "run", ANSWERABLE_PORT=port, ANSWERABLE_PUBLIC_URL="http://desk.localhost")
    assert refused.returncode == 2
    assert f"Port {port} is taken" in refused.stderr
    assert not (data / "postgres").exists()


def test_doctor_and_backup_beside_a_running_desk(data: Path) -> None:
    with desks.running(data) as desk:
        doctor = desks.command(data, "doctor")
        assert doctor.returncode == 0, doctor.stdout
        assert "ok    worker: alive" in doctor.stdout
        assert desks.command(data, "backup", str(data / "desk.backup"), "--with-keys").returncode == 0
        assert desk.parts()["ok"]
        refused = desks.command(data, "restore", str(data / "desk.backup"))
        assert refused.returncode == 2
        assert "--replace" in refused.stderr
        assert desk.stop() == 0
    with desks.directory() as other:
        assert desks.command(other, "restore", str(data / "desk.backup")).returncode == 0
        link = desks.command(other, "sign-in-link", "admin@localhost")
        assert link.stdout.startswith("http://127.0.0.1:")


def test_web_and_worker_apart_on_one_database(data: Path) -> None:
    with desks.running(data) as desk, desks.directory() as elsewhere:
        socket_directory = data / "postgres" / "socket"
        url = f"postgresql://answerable@/answerable?host={socket_directory}"
        doctor = desks.command(elsewhere, "doctor", DATABASE_URL=url)
        assert doctor.returncode == 0, doctor.stdout
        assert not (elsewhere / "postgres").exists()
        assert desk.stop() == 0
