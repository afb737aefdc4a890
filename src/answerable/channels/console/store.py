"""The console network's memory: one SQLite file that survives kill -9 of its process."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (
    network TEXT NOT NULL, id TEXT NOT NULL, handle TEXT NOT NULL, name TEXT NOT NULL, password TEXT NOT NULL,
    brand INTEGER NOT NULL, followers INTEGER, avatar TEXT NOT NULL DEFAULT '', automatic INTEGER NOT NULL DEFAULT 0,
    polled INTEGER NOT NULL DEFAULT 0, hook_secret TEXT NOT NULL, hook_token TEXT NOT NULL,
    PRIMARY KEY (network, id), UNIQUE (network, handle));
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY, network TEXT NOT NULL, account TEXT NOT NULL, dead INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS posts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    network TEXT NOT NULL, id TEXT NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL,
    parent TEXT, root TEXT NOT NULL, quotes TEXT, receiver TEXT, kind TEXT NOT NULL, mentions TEXT NOT NULL,
    media TEXT NOT NULL, language TEXT NOT NULL DEFAULT '', key TEXT, via TEXT NOT NULL DEFAULT 'app',
    claimed_at TEXT NOT NULL, created_at TEXT NOT NULL, indexed_at TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1, version_at TEXT NOT NULL, hidden INTEGER NOT NULL DEFAULT 0, deleted_at TEXT,
    UNIQUE (network, id), UNIQUE (network, author, key));
CREATE INDEX IF NOT EXISTS posts_root ON posts (network, root);
CREATE INDEX IF NOT EXISTS posts_author ON posts (network, author, seq);
CREATE TABLE IF NOT EXISTS versions (
    network TEXT NOT NULL, post TEXT NOT NULL, version INTEGER NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (network, post, version));
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, network TEXT NOT NULL, account TEXT NOT NULL,
    post TEXT NOT NULL, body TEXT NOT NULL, missed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS events_account ON events (network, account, seq);
CREATE INDEX IF NOT EXISTS events_post ON events (network, post);
CREATE TABLE IF NOT EXISTS parked (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, network TEXT NOT NULL, account TEXT NOT NULL,
    post TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS webhooks (
    network TEXT NOT NULL, account TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL, delivered INTEGER NOT NULL,
    PRIMARY KEY (network, account));
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT, network TEXT NOT NULL, verb TEXT NOT NULL, kind TEXT NOT NULL,
    remaining INTEGER, options TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS media (id TEXT PRIMARY KEY, content_type TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, network TEXT NOT NULL, verb TEXT NOT NULL,
    account TEXT NOT NULL, fault TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL);
"""


class FileInUse(Exception):
    """Another console server has this file open."""


class Store:
    """One connection behind one lock. `changed` wakes whoever waits for new events."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._guard = _claim(path)
        self._lock = threading.RLock()
        self._depth = 0
        self.changed = threading.Condition()
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # survives the death of the process, not of the machine
        self._db.executescript(f"BEGIN;{SCHEMA}COMMIT;")

    def close(self) -> None:
        with self._lock:
            self._db.close()
            self._guard.close()

    @contextmanager
    def tx(self) -> Iterator[None]:
        """One transaction; a tx inside a tx joins it. Waiters are woken after the commit."""
        with self._lock:
            if self._depth == 0:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._db.execute("ROLLBACK")
                raise
            self._depth -= 1
            outermost = self._depth == 0
            if outermost:
                self._db.execute("COMMIT")
        # Only without the lock: a waiter holds `changed` and reads the store, which needs the lock.
        if outermost:
            with self.changed:
                self.changed.notify_all()

    def all(self, sql: str, *args: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, args).fetchall()

    def one(self, sql: str, *args: object) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._db.execute(sql, args).fetchone()
            return row

    def must(self, sql: str, *args: object) -> sqlite3.Row:
        """The row of a query that always has one."""
        row = self.one(sql, *args)
        if row is None:
            raise LookupError(f"nothing found by {sql!r}")
        return row

    def run(self, sql: str, *args: object) -> int:
        """Runs one statement; the number of rows it touched."""
        with self._lock:
            return self._db.execute(sql, args).rowcount

    def insert(self, table: str, values: dict[str, Any]) -> int:
        """Inserts one row; its rowid."""
        marks = ", ".join("?" for _ in values)
        with self._lock:
            names = ", ".join(values)
            cursor = self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", _plain(values))  # noqa: S608
            return int(cursor.lastrowid or 0)

    def next(self, name: str) -> int:
        """The next number of a counter; 1 is the first."""
        with self.tx():
            self.run("INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", name)
            return int(self.must("SELECT value FROM counters WHERE name = ?", name)["value"])

    def meta(self, name: str, default: str) -> str:
        """A remembered value; `default` is remembered if there was none."""
        self.run("INSERT OR IGNORE INTO meta VALUES (?, ?)", name, default)
        return str(self.must("SELECT value FROM meta WHERE name = ?", name)["value"])

    def set_meta(self, name: str, value: str) -> None:
        self.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)


def _plain(values: dict[str, Any]) -> Sequence[Any]:
    return list(values.values())


def _claim(path: Path) -> IO[bytes]:
    """Held until the process ends, however it ends: the kernel drops the lock."""
    handle = open(path.with_name(path.name + ".lock"), "ab")  # noqa: SIM115
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise FileInUse(f"another console server uses {path}; stop it or give another --file") from None
    return handle
