"""Decides which database is used. Nothing else of the product knows that one can be embedded."""

from __future__ import annotations

import os
from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict

from answerable.config.database import access, binaries, launcher, place
from answerable.config.database.access import DatabaseError
from answerable.config.env import Env


@dataclass
class Database:
    """The database of this process. ``server`` is None when it is not ours to start."""

    url: str
    source: str
    """``DATABASE_URL`` or ``embedded``."""
    server: launcher.Server | None = None

    def stop(self) -> None:
        """Stop the embedded server if this process started it."""
        if self.server is not None:
            self.server.stop()


def location(env: Env) -> str:
    """Address of the database, without starting anything."""
    if env.database_url is not None:
        return env.database_url.get_secret_value()
    return access.socket_url(place.noted_socket(env.data_path))


def resolve(env: Env, *, fsync: bool = True, say: launcher.Say = lambda _: None) -> Database:
    """The database to use, ready for connections.

    ``DATABASE_URL`` wins and is checked; otherwise the embedded server is started, or the running one is used.
    Raises :class:`DatabaseError`.
    """
    if env.database_url is not None:
        url = env.database_url.get_secret_value()
        version = access.server_version(url, env.database_connect_timeout)
        if version < binaries.OLDEST:
            raise DatabaseError(f"DATABASE_URL names a PostgreSQL {version}; {binaries.OLDEST} or newer is needed.")
        return Database(url, "DATABASE_URL")
    server = launcher.start(env.data_path, fsync=fsync, whose=env.embedded_postgres, say=say)
    return Database(server.url, "embedded", server)


def export(database: Database) -> None:
    """Make children of this process use the same database without starting one."""
    os.environ["DATABASE_URL"] = database.url


def django_database(url: str, connect_timeout: int) -> dict[str, object]:
    """``DATABASES["default"]`` for an address; parts that Django has no name for go into OPTIONS."""
    parts = {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": str(parts.pop("dbname", access.NAME)),
        "USER": str(parts.pop("user", "")),
        "PASSWORD": str(parts.pop("password", "")),
        "HOST": str(parts.pop("host", "")),
        "PORT": str(parts.pop("port", "")),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": connect_timeout, **parts},
    }
