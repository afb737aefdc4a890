"""What lies in the data directory is for the desk's own user."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from answerable.config import private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_made_is_private_and_others_are_as_before(tmp_path: Path) -> None:
    with private.umask():
        (tmp_path / "mine").write_text("x")
    (tmp_path / "other").write_text("x")
    assert mode(tmp_path / "mine") == 0o600
    assert mode(tmp_path / "other") == 0o666 & ~_umask()


def _umask() -> int:
    found = os.umask(0)
    os.umask(found)
    return found


@pytest.mark.parametrize(("user", "wanted"), [(0, 0o711), (1000, 0o700)])
def test_a_new_directory_can_be_passed_by_the_databases_user_only_if_root_runs_the_desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int, wanted: int
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with private.umask():
        private.directory(tmp_path / "deep" / "data")
    assert mode(tmp_path / "deep" / "data") == mode(tmp_path / "deep") == wanted


def test_a_directory_that_is_there_stays_as_it_was_made(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    private.directory(tmp_path)
    assert mode(tmp_path) == 0o755


def test_what_an_earlier_version_left_open_is_found_and_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "mail").mkdir(mode=0o755)
    (tmp_path / "run.lock").touch(mode=0o644)
    (tmp_path / "not-ours").touch(mode=0o644)
    assert [path.name for path in private.open_to_others(tmp_path)] == ["mail", "run.lock"]
    private.close(tmp_path)
    assert private.open_to_others(tmp_path) == []
    assert (mode(tmp_path / "mail"), mode(tmp_path / "run.lock")) == (0o700, 0o600)
    assert mode(tmp_path / "not-ours") == 0o644


def test_nothing_is_open_in_a_directory_that_nobody_else_enters(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir(mode=0o755)
    tmp_path.chmod(0o700)
    assert private.open_to_others(tmp_path) == []
