"""Backup and restore: there and back, and nothing lost by mistake."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from answerable.config.database import access, backup, launcher
from answerable.config.database.access import DatabaseError
from tests import database
from tests.config import servers


@pytest.fixture(scope="module")
def server() -> Iterator[launcher.Server]:
    with servers.directory() as path:
        started = launcher.start(path, fsync=False)
        yield started
        started.stop()


@pytest.fixture
def url(server: launcher.Server, request: pytest.FixtureRequest) -> str:
    address = access.socket_url(server.place.socket, f"db_{abs(hash(request.node.name))}")
    access.create_database(address)
    return address


@pytest.fixture
def full(server: launcher.Server) -> str:
    address = access.socket_url(server.place.socket, "full")
    access.create_database(address)
    with psycopg.connect(address) as connection:
        connection.execute("DROP TABLE IF EXISTS said")
        connection.execute("CREATE TABLE said (what text)")
        connection.execute("INSERT INTO said VALUES ('Čo sa dešť'), ('ПРИВЕТ'), ('🦋')")
    return address


def _said(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute('SELECT what FROM said ORDER BY what COLLATE "C"').fetchall()]


def test_there_and_back(full: str, url: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    backup.write(full, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    backup.read(url, file)
    assert _said(url) == _said(full)
    assert len(_said(url)) == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["desk.backup"]


def test_a_desk_comes_back_with_its_search_also_to_an_owner_without_rights(
    django_db_setup: None, tmp_path: Path
) -> None:
    desk = database.clone("backed_up")
    backup.write(desk, tmp_path / "desk.backup")
    with psycopg.connect(access.other_database(desk, "postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("CREATE DATABASE restored OWNER plain")
    restored = access.other_database(desk, "restored")
    try:
        backup.read(make_conninfo(restored, user="plain"), tmp_path / "desk.backup")
        with psycopg.connect(restored) as connection:
            found = connection.execute("SELECT desk_words('nb', 'Går'), desk_plain('Åse')").fetchone()
            kept = connection.execute("SELECT to_regclass('message_words'), to_regclass('author_called')").fetchone()
        assert found == ("'gar':1", "ase")
        assert kept == ("message_words", "author_called")
    finally:
        with psycopg.connect(access.other_database(desk, "postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE restored")
            connection.execute("DROP DATABASE backed_up")
            connection.execute("DROP ROLE plain")


def test_a_full_database_is_refused_unless_told(full: str, url: str, tmp_path: Path) -> None:
    backup.write(full, tmp_path / "desk.backup")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE other (what text)")
    with pytest.raises(DatabaseError, match="--replace"):
        backup.read(url, tmp_path / "desk.backup")
    backup.read(url, tmp_path / "desk.backup", replace=True)
    assert len(_said(url)) == 3
    with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM other")


def test_a_database_in_use_is_not_replaced(full: str, url: str, tmp_path: Path) -> None:
    backup.write(full, tmp_path / "desk.backup")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE other (what text)")
        connection.commit()
        with pytest.raises(DatabaseError, match="Stop the desk"):
            backup.read(url, tmp_path / "desk.backup", replace=True)
        assert connection.execute("SELECT count(*) FROM other").fetchone() == (0,)


def test_a_file_is_never_overwritten(full: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    file.write_text("precious")
    with pytest.raises(DatabaseError, match="exists already"):
        backup.write(full, file)
    assert file.read_text() == "precious"


def test_something_else_than_a_backup(url: str, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear desk")
    with pytest.raises(DatabaseError, match="is not a backup"):
        backup.read(url, file)
    with pytest.raises(DatabaseError, match="no file"):
        backup.read(url, tmp_path / "nothing")


def test_a_damaged_backup_changes_nothing(full: str, url: str, tmp_path: Path) -> None:
    file = tmp_path / "desk.backup"
    backup.write(full, file)
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(DatabaseError, match="pg_restore failed"):
        backup.read(url, file)
    assert access.is_empty(url)


def test_keys_go_along_only_when_asked(tmp_path: Path) -> None:
    keys = tmp_path / "encryption.keys"
    keys.write_text("key\n")
    copy = backup.copy_keys(keys, tmp_path / "desk.backup")
    assert copy.read_text() == "key\n"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_an_older_program_is_not_used(full: str) -> None:
    with pytest.raises(DatabaseError, match="version 99 or newer"):
        backup._program("pg_dump", 99)
