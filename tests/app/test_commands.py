"""The command line: bad input gets a sentence, never a stack trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.app import cli, doctor
from answerable.app.commands import COMMANDS
from answerable.config import env, keys
from tests.app import desks
from tests.database import empty_database

ACCOUNT = """
from answerable.channels.models import Account
from answerable.people.models import Brand
brand = Brand.objects.create(slug="shop", name="Shop")
account = Account(brand=brand, channel="console", network="meadow", external_id="1", handle="shop")
account.secret = {"token": "t"}
account.save()
"""


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with desks.directory() as path:
        monkeypatch.setenv("ANSWERABLE_DATA_DIR", str(path))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        env.load.cache_clear()
        yield path
    env.load.cache_clear()


def test_every_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = " ".join(capsys.readouterr().out.split())
    for command in COMMANDS:
        assert command.NAME in said
        assert " ".join(command.HELP.split()) in said


def test_a_wrong_setting_is_said_in_a_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANSWERABLE_PORT", "eighty")
    assert cli.main(["doctor"]) == 2
    assert "ANSWERABLE_PORT" in capsys.readouterr().err


def test_a_database_that_is_not_there(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://desk:hunter2@127.0.0.1:1/desk")
    assert cli.main(["backup", str(data / "file")]) == 2
    said = capsys.readouterr().err
    assert "cannot be reached" in said
    assert "hunter2" not in said


def test_the_doctor_names_what_is_wrong(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANSWERABLE_DEBUG", "1")
    monkeypatch.setenv("ANSWERABLE_BIND_HOST", "0.0.0.0")  # noqa: S104 -- nothing is bound
    keys.encryption_keys(data / "encryption.keys")
    (data / "encryption.keys").chmod(0o644)
    (data / "mail").mkdir()
    (data / "mail").chmod(0o755)
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    for name in ("encryption keys", "files", "public address", "debug", "database:"):
        assert f"WRONG {name}" in said
    assert f"chmod 600 {data / 'encryption.keys'}" in said
    assert f"chmod go-rwx {data / 'mail'}" in said
    assert "answerable run" in said
    assert "ok    python" in said


def test_the_doctor_says_how_to_mend() -> None:
    wrong = doctor.Finding("disk", ok=False, seen="full", mend="Free some space.")
    assert str(wrong) == "WRONG disk: full\n      → Free some space."


def test_a_backup_to_nowhere(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["restore", str(data / "nothing")]) == 2
    assert "no file" in capsys.readouterr().err


def test_a_restored_desk_without_its_keys_is_not_in_order(tmp_path: Path) -> None:
    with desks.directory() as data, desks.directory() as second:
        with desks.running(data):
            made = desks.command(data, "manage", "shell", "-c", ACCOUNT)
            assert made.returncode == 0, made.stderr
            assert desks.command(data, "backup", str(tmp_path / "file")).returncode == 0
        said = desks.command(second, "restore", str(tmp_path / "file")).stdout
        assert f"There is no {second / 'encryption.keys'}" in said
        with desks.running(second):
            found = desks.command(second, "doctor")
        assert found.returncode == 1
        assert "WRONG account tokens: 1 of" in found.stdout


def test_a_worker_does_not_start_before_the_tables_stand() -> None:
    """On a database of its own: another machine may still run the version before."""
    with desks.directory() as data, empty_database() as url:
        done = desks.command(data, "worker", DATABASE_URL=url)
    assert done.returncode == 2
    assert "answerable migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_makes_the_tables_of_an_embedded_database_that_has_none() -> None:
    with desks.directory() as data:
        done = desks.command(data, "brand", "Fjellro", "--admin", "odd@fjellro.test")
    assert done.returncode == 0, done.stderr
    assert "Fjellro is there" in done.stdout
