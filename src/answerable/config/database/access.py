"""Talking to a PostgreSQL server before Django is there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROLE = "answerable"
NAME = "answerable"


class DatabaseError(Exception):
    """The database cannot be used; the text says why and what to do."""


def socket_url(socket_directory: Path, name: str = NAME) -> str:
    """Address of a database behind a unix socket."""
    return f"postgresql://{ROLE}@/{name}?host={quote(str(socket_directory), safe='')}"


def explain(error: psycopg.Error) -> str:
    """The first line of a driver's error; the driver never puts a password there."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def answers(url: str, timeout: int = 3) -> bool:
    """Whether a server accepts connections at ``url``."""
    try:
        with psycopg.connect(url, connect_timeout=timeout):
            return True
    except psycopg.Error:
        return False


def server_version(url: str, timeout: int = 10) -> int:
    """Major version of the server; raises :class:`DatabaseError` when it cannot be reached."""
    try:
        with psycopg.connect(url, connect_timeout=timeout) as connection:
            return connection.info.server_version // 10000
    except psycopg.Error as error:
        raise DatabaseError(f"The database cannot be reached: {explain(error)}") from None


def other_database(url: str, name: str) -> str:
    """The same server and user as ``url``, another database (a connection string, not an address)."""
    return make_conninfo(url, dbname=name)


def create_database(url: str) -> None:
    """Create the database that ``url`` names unless it is there. ``postgres`` must be reachable at the same server."""
    name = str(conninfo_to_dict(url).get("dbname") or NAME)
    with psycopg.connect(other_database(url, "postgres"), autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return
        # either error means that another process was faster
        with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def is_empty(url: str) -> bool:
    """Whether the database holds no table of its own."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') "
            "AND n.nspname NOT LIKE 'pg_toast%%' LIMIT 1"
        ).fetchone()
    return found is None
