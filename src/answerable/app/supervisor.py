"""``answerable run``: database, migrations, web, worker and, when asked for, the demo network, until told to stop."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import IO

from answerable.app import boot, server
from answerable.app.children import TICK, Child
from answerable.app.commands.refusal import Refusal
from answerable.config import database, env, private, processes
from answerable.config.database import choice

_NEXT_PORTS = 20
_DATABASE_EVERY = 4
"""Ticks between two looks at a database that another process started."""


class Stop:
    """Set by Ctrl-C or SIGTERM."""

    def __init__(self) -> None:
        self._event = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._event.set()

    def within(self, seconds: float) -> bool:
        """Wait; True as soon as we were told to stop."""
        return self._event.wait(seconds)


@contextmanager
def _only_one(settings: env.Env) -> Iterator[IO[str]]:
    """One supervisor a data directory. The kernel drops the lock with its holder, so nothing stale can block."""
    private.directory(settings.data_path)
    with (settings.data_path / "run.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Refusal(f"The desk runs already: {file.read().strip() or settings.data_path}") from None
        yield file


def _sign(lock: IO[str], settings: env.Env) -> None:
    """Say in the lock who holds it, for the one who comes second."""
    lock.seek(0)
    lock.truncate()
    lock.write(f"process {os.getpid()}, {settings.address}\n")
    lock.flush()


def _choose_port() -> env.Env:
    """The wished port, else the next free one; never another one than an address that people already know names."""
    settings = env.load()
    if settings.port and server.port_is_free(settings.bind_host, settings.port):
        return settings
    if settings.port and settings.public_url:
        raise Refusal(
            f"Port {settings.port} is taken and ANSWERABLE_PUBLIC_URL is set, so no other is tried. "
            "Stop what listens there, or set ANSWERABLE_PORT."
        )
    nearby = range(settings.port + 1, min(settings.port + 1 + _NEXT_PORTS, 65536)) if settings.port else ()
    free = next((port for port in nearby if server.port_is_free(settings.bind_host, port)), None)
    port = free or server.free_port(settings.bind_host)
    if settings.port:
        boot.say(f"Port {settings.port} is taken; using {port}. (ANSWERABLE_PORT chooses another.)")
    os.environ["ANSWERABLE_PORT"] = str(port)
    env.load.cache_clear()
    return env.load()


def _children(settings: env.Env) -> list[Child]:
    children = [Child("web", ["web"]), Child("worker", ["worker"])]
    if settings.demo:
        children.insert(0, Child("console", ["console", "serve"]))
    return children


def _prepare() -> tuple[str, str]:
    """Tables and the first person; returns their address and a link that signs them in."""
    boot.django_ready()
    from django.db import connections

    from answerable.app import demo, first_start, migrations

    boot.say("Preparing the tables …")
    migrations.apply()
    user = first_start.first_user()
    if env.load().demo:
        demo.seed(user)
    link = first_start.link_for(user)
    connections.close_all()
    return user.email, link


def _answers(settings: env.Env) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.bind_host, settings.bind_host)  # noqa: S104 -- compared only
    try:
        request = urllib.request.Request(f"http://{host}:{settings.port}/healthz", headers={"Host": "localhost"})
        with urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310 -- our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Supervisor:
    """Keeps the parts running."""

    def __init__(self, settings: env.Env, found: database.Database, children: list[Child], stop: Stop) -> None:
        self.settings = settings
        self.database = found
        self.children = children
        self.stop = stop
        self._ticks = 0

    def run(self) -> None:
        """Start everything, say where it is, and look after it until told to stop."""
        announced = False
        try:
            # the parts load the program, which takes each a second, while the tables are looked at
            with processes.gate(self.settings.data_path / "start.lock"):
                for child in self.children if not self.stop.within(0) else []:
                    child.start()
                email, link = _prepare()
            while not self.stop.within(TICK):
                self._tick()
                if not announced and _answers(self.settings):
                    self._announce(email, link)
                    announced = True
        finally:
            self._stop_children()

    def _tick(self) -> None:
        self._ticks += 1
        self._look_after_database()
        for child in self.children:
            line = child.tick()
            if line:
                boot.say(line)

    def _look_after_database(self) -> None:
        """An embedded server that died is started again; its clients reconnect by themselves."""
        embedded = self.database.server
        if embedded is None or (embedded.process is None and self._ticks % _DATABASE_EVERY):
            return
        if not embedded.is_alive():
            boot.say("The database stopped; starting it again …")
            try:
                self.database = _embedded(self.settings)
            except database.DatabaseError as error:
                boot.say(f"{error} Trying again.")

    def _announce(self, email: str, link: str) -> None:
        minutes = self.settings.sign_in_link_minutes
        boot.say("")
        boot.say(f"  The desk is at  {self.settings.address}")
        boot.say(f"  Sign in once:   {link}")
        boot.say(f"  (good for {minutes} minutes; another: answerable sign-in-link {email})")
        boot.say("  Ctrl-C stops everything.")
        boot.say("")

    def _stop_children(self) -> None:
        boot.say("Stopping …")
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.make_stop()


def _embedded(settings: env.Env) -> database.Database:
    """The embedded database again, although DATABASE_URL now names it for the children."""
    return choice.resolve(settings.model_copy(update={"database_url": None}), say=boot.say)


def run() -> int:
    """Run until told to stop; 0 after a clean stop."""
    stop = Stop()
    with _only_one(env.load()) as lock:
        settings = _choose_port()
        _sign(lock, settings)
        boot.say("Starting the database …")
        found = boot.open_database()
        keeper = Supervisor(settings, found, _children(settings), stop)
        try:
            keeper.run()
        finally:
            # the one that runs now: it may have been started again since
            keeper.database.stop()
    boot.say("Stopped.")
    return 0
