"""Runs PostgreSQL as a foreground child that dies with its parent, and heals what a killed one left."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from answerable.config import private, processes
from answerable.config.database import access, account, binaries, place
from answerable.config.database.access import DatabaseError

_TRY_SECONDS = 0.05
_START_TRIES = 1200
"""A minute: recovery after a crash replays the log first."""
_HEAL_TRIES = 60
"""Fifteen seconds of a quarter each: a killed postmaster stays a zombie until it is collected."""

Say = Callable[[str], None]


@dataclass
class Server:
    """A running embedded server. ``process`` is None when another process started it."""

    url: str
    place: place.Place
    process: subprocess.Popen[bytes] | None

    def is_alive(self) -> bool:
        """Whether the server is there."""
        if self.process is not None:
            return self.process.poll() is None
        return access.answers(self.url)

    def stop(self) -> None:
        """Stop the server if we started it: connections are closed, everything committed is kept."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()


@contextmanager
def _only_one_starts(data_path: Path) -> Iterator[None]:
    """A lock of the kernel, held while starting only: it ends with its holder, so a killed one never blocks."""
    private.directory(data_path)
    with (data_path / "postgres.lock").open("a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def start(data_path: Path, *, fsync: bool = True, whose: str = "any", say: Say = lambda _: None) -> Server:
    """The embedded server of a data directory: the one that runs, else a new one.

    Call it from the main thread (see :func:`processes.die_with_parent`). Raises :class:`DatabaseError`.
    """
    data_path = data_path.absolute()
    with _only_one_starts(data_path):
        who = account.database_account()
        where = place.prepare(data_path, who)
        url = access.socket_url(where.socket)
        server = _running(where, url)
        if server is None:
            programs = _programs(where, who, whose, say)
            server = _launch(programs, where, who, fsync, say)
        access.create_database(url)
        return server


def _running(where: place.Place, url: str) -> Server | None:
    if (where.socket / ".s.PGSQL.5432").exists() and access.answers(access.other_database(url, "postgres")):
        return Server(url, where, None)
    return None


def _made_by(where: place.Place) -> int | None:
    try:
        return int((where.data / "PG_VERSION").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _programs(where: place.Place, who: account.Account, whose: str, say: Say) -> binaries.Binaries:
    """The programs that fit the data directory; it is made when there is none yet."""
    major = _made_by(where)
    programs = place.reachable_binaries(binaries.find(major, whose), where, who)
    if major is None:
        say(f"Creating the database (PostgreSQL {programs.major}) …")
        _initdb(programs, where, who)
    return programs


def _launch(programs: binaries.Binaries, where: place.Place, who: account.Account, fsync: bool, say: Say) -> Server:
    url = access.socket_url(where.socket)
    for attempt in range(_HEAL_TRIES):
        process = _spawn(programs, where, who, fsync)
        if _becomes_ready(process, url):
            return Server(url, where, process)
        if not _is_leftover(where):
            break
        if attempt == 0:
            say("The database was not stopped cleanly; waiting for the old process to go …")
        if attempt == _HEAL_TRIES - 2:
            _remove_stale_pid(where)
        processes.pause(0.25)
    raise DatabaseError(f"PostgreSQL did not start: {_last_words(where)} (all of it: {where.log})")


def _initdb(programs: binaries.Binaries, where: place.Place, who: account.Account) -> None:
    """initdb into a directory aside, then renamed: a start killed in the middle leaves no half-made database."""
    aside = where.base / "data.new"
    _remove_tree(aside, who)
    command = [programs.program("initdb"), "-D", str(aside), "-U", access.ROLE, "-E", "UTF8"]
    # The socket's directory is 0700, so whoever reaches the socket is the database's user or root: a password
    # kept in a file beside it would guard nothing more. There is no TCP.
    command += ["--auth-local=trust", "--auth-host=reject", *binaries.initdb_options(programs.major)]
    made = subprocess.run(command, capture_output=True, text=True, cwd=where.base, check=False, **who.popen())
    if made.returncode != 0:
        raise DatabaseError(f"The database could not be created: {made.stderr.strip()}")
    aside.rename(where.data)


def _remove_tree(path: Path, who: account.Account) -> None:
    if path.exists():
        subprocess.run(["/bin/rm", "-rf", "--", str(path)], check=True, **who.popen())


def _options(where: place.Place, fsync: bool) -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(where.socket),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # a failing statement is logged without its text and values: they hold what customers wrote
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length_on_error": "0",
    }
    if not fsync:
        settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _log_file(where: place.Place, who: account.Account) -> IO[bytes]:
    if where.log.exists() and where.log.stat().st_size > 5_000_000:
        where.log.replace(where.log.with_suffix(".log.1"))
    file = where.log.open("ab")
    who.own(where.log)
    return file


def _spawn(
    programs: binaries.Binaries, where: place.Place, who: account.Account, fsync: bool
) -> subprocess.Popen[bytes]:
    parent = os.getpid()

    def before_exec() -> None:
        # a group of its own: Ctrl-C in the terminal must not stop the database before those who use it
        os.setpgid(0, 0)
        # runs after the change of user, which would clear the request
        processes.die_with_parent(signal.SIGINT, parent)

    with _log_file(where, who) as log:
        return subprocess.Popen(
            [programs.program("postgres"), "-D", str(where.data), *_options(where, fsync)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=where.base,
            preexec_fn=before_exec,  # noqa: PLW1509 -- only system calls in there, no other thread runs yet
            **who.popen(),
        )


def _becomes_ready(process: subprocess.Popen[bytes], url: str) -> bool:
    probe = access.other_database(url, "postgres")
    for _ in range(_START_TRIES):
        if process.poll() is not None:
            return False
        if access.answers(probe):
            return True
        processes.pause(_TRY_SECONDS)
    process.send_signal(signal.SIGQUIT)
    process.wait()
    return False


def _last_words(where: place.Place) -> str:
    with where.log.open("rb") as file:
        file.seek(max(0, where.log.stat().st_size - 4000))
        lines = file.read().decode("utf-8", "replace").splitlines()
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
    return (fatal or lines or ["it said nothing"])[-1]


def _is_leftover(where: place.Place) -> bool:
    words = _last_words(where)
    return "postmaster.pid" in words or "shared memory block" in words or "lock file" in words


def _remove_stale_pid(where: place.Place) -> None:
    """Last resort after fifteen seconds: the lock names a process that is gone or a zombie nobody collects."""
    pid_file = where.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return
    if not processes.is_running(pid):
        pid_file.unlink(missing_ok=True)
        for lock in where.socket.glob(".s.PGSQL.5432*"):
            lock.unlink(missing_ok=True)
