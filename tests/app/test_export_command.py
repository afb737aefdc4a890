"""``answerable export``: a whole file, one moment of the desk, or nothing that looks like one."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from django.db import InternalError, connection

from answerable.app import cli
from answerable.app.progress import Progress
from answerable.cases import verbs
from answerable.config import env
from answerable.history import export
from answerable.people.models import Brand
from answerable.people.rights import Seat
from tests.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def here(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands find the test's database by the environment, and leave no trace of it there."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    monkeypatch.setenv("DATABASE_URL", url)
    env.load.cache_clear()
    yield
    env.load.cache_clear()


@pytest.fixture
def told(desk: Desk, anna: Seat) -> Desk:
    """A desk with two messages and a note."""
    desk.connect()
    desk.hears("meadow", "kari", "@fjellro hvor er teltet? 🦋")
    verbs.note(anna, desk.case().pk, "sjekk lageret")
    desk.hears("meadow", "ola", "@fjellro hei")
    return desk


def lines(data: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in data.splitlines()]


def test_the_file_is_whole_private_and_alone(told: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "out" / "fjellro.jsonl"
    file.parent.mkdir()
    assert cli.main(["export", str(file), "--brand", "fjellro"]) == 0
    assert [line["type"] for line in lines(file.read_bytes())] == ["account", "message", "message", "act"]
    assert "🦋" in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["fjellro.jsonl"]
    said = capsys.readouterr()
    assert said.out == ""
    assert f"1 accounts, 2 messages and 1 acts of Fjellro in {file}." in said.err


def test_packed_equal_data_gives_equal_bytes(told: Desk, tmp_path: Path) -> None:
    first, second, plain = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz", tmp_path / "c.jsonl"
    for file in (first, second, plain):
        assert cli.main(["export", str(file), "--brand", "Fjellro"]) == 0
    assert first.read_bytes() == second.read_bytes()
    assert gzip.decompress(first.read_bytes()) == plain.read_bytes()


def test_standard_output_holds_the_lines_and_nothing_else(told: Desk) -> None:
    done = _command("export", "-", "--brand", "FJELLRO")
    assert done.returncode == 0, done.stderr
    assert [line["type"] for line in lines(done.stdout)] == ["account", "message", "message", "act"]
    assert b"2 messages" in done.stderr


def test_a_reader_that_goes_away_is_said_in_a_sentence(told: Desk) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = _command("export", "-", "--brand", "fjellro", stdout=writing)
    os.close(writing)
    assert done.returncode == 2
    assert done.stderr.decode().strip() == "Whoever read the output went away before its end."


def test_a_file_is_never_overwritten(told: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, link = tmp_path / "precious", tmp_path / "dangling"
    file.write_text("precious")
    link.symlink_to(tmp_path / "nowhere")
    for name in (file, link):
        assert cli.main(["export", str(name), "--brand", "fjellro"]) == 2
        assert "exists already" in capsys.readouterr().err
    assert file.read_text() == "precious"
    assert sorted(entry.name for entry in tmp_path.iterdir() if "sqlite" not in entry.name) == ["dangling", "precious"]


def test_one_that_came_meanwhile_is_not_overwritten_either(
    told: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out.jsonl"
    whole = export.records

    def slow(brand: Brand, *, with_files: bool = True) -> Iterator[dict[str, object]]:
        yield from whole(brand, with_files=with_files)
        file.write_text("precious")

    monkeypatch.setattr(export, "records", slow)
    assert cli.main(["export", str(file), "--brand", "fjellro"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert file.read_text() == "precious"


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz"])
@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_broken_off_export_leaves_no_file(
    told: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    trouble: BaseException,
) -> None:
    directory = tmp_path / "out"
    directory.mkdir()
    whole = export.records

    def broken(brand: Brand, *, with_files: bool = True) -> Iterator[dict[str, object]]:
        yield next(iter(whole(brand, with_files=with_files)))
        assert [entry.suffix for entry in directory.iterdir()] == [".part"]
        raise trouble

    monkeypatch.setattr(export, "records", broken)
    assert cli.main(["export", str(directory / name), "--brand", "fjellro"]) in (2, 130)
    assert list(directory.iterdir()) == []
    if isinstance(trouble, OSError):
        assert "cannot be written: No space left on device." in capsys.readouterr().err


def test_a_directory_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", str(tmp_path / "no" / "file"), "--brand", "fjellro"]) == 2
    assert f"There is no directory {tmp_path / 'no'}." in capsys.readouterr().err


def test_an_unknown_brand_lists_those_there_are(told: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", str(tmp_path / "x"), "--brand", "fjell"]) == 2
    assert "no brand “fjell”. Known: fjellro (Fjellro), havgap (Havgap)." in capsys.readouterr().err
    Brand.objects.create(slug="fjellro-2", name="FJELLRO")
    assert cli.main(["export", str(tmp_path / "x"), "--brand", "Fjellro"]) == 2
    assert "Several brands" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_line_too_long_for_an_import_is_said(
    told: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(export, "LONGEST", 300)
    assert cli.main(["export", str(tmp_path / "x"), "--brand", "fjellro"]) == 0
    assert "2 of its lines are longer than an import takes" in capsys.readouterr().err


def test_it_is_one_moment_whatever_is_written_meanwhile(told: Desk) -> None:
    brand = told.team.brand

    def meanwhile() -> None:
        try:
            brand.accounts.update(name="another")
        finally:
            connection.close()

    with export.one_moment():
        before = list(export.records(brand))
        writer = Thread(target=meanwhile)
        writer.start()
        writer.join()
        assert list(export.records(brand)) == before
    assert next(iter(export.records(brand)))["name"] == "another"


def test_nothing_can_be_written_in_it(told: Desk) -> None:
    with pytest.raises(InternalError, match="read-only"), export.one_moment():
        Brand.objects.create(slug="new", name="New")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_rate_and_time_left() -> None:
    progress = Progress(10_000, "messages", Terminal())
    assert progress.line(2_500, 5.0) == "2,500 of 10,000 messages (25 %), 500 a second, 15 s left"
    assert progress.line(100, 5.0).endswith("20 a second, 8 min 15 s left")
    assert progress.line(1, 5.0).endswith("13 h 53 min left")
    assert progress.line(10_001, 5.0) == "10,001 of 10,000 messages (100 %), 2,000 a second"
    assert Progress(0, "messages").line(0, 0.0) == "0 of 0 messages (100 %), 0 a second"


def test_progress_is_for_terminals_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    monkeypatch.setattr("answerable.app.progress.EVERY", timedelta(0))
    silent, shown = io.StringIO(), Terminal()
    for out in (silent, shown):
        progress = Progress(3, "messages", out)
        for done in range(3):
            progress.at(done)
        progress.end()
    assert silent.getvalue() == ""
    last = shown.getvalue().split("\r")
    assert last[-1] == ""
    assert last[-2].strip() == ""
    assert "2 of 3 messages" in last[-3]


def _command(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    """A process of its own, against this test's database."""
    words = [sys.executable, "-m", "answerable.app.cli", *arguments]
    return subprocess.run(words, stdout=stdout, stderr=subprocess.PIPE, check=False, timeout=120)
