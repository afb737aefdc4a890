"""``answerable console``: what people type, and what they are told when it cannot be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable.app import cli
from answerable.app.commands import console as command
from answerable.channels.console.server import ConsoleServer


@pytest.fixture
def file(server: ConsoleServer) -> Path:
    command._leave_address(server.store.path, server)
    return server.store.path


def run(*arguments: object) -> int:
    return cli.main(["console", *map(str, arguments)])


def test_people_write_edit_and_delete(file: Path, server: ConsoleServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("say", "chirp", "@kari", "Hello there", "--file", file) == 0
    ident = capsys.readouterr().out.strip()
    assert run("edit", "chirp", ident, "Hello again", "--file", file) == 0
    assert run("list", "--file", file) == 0
    assert capsys.readouterr().out == f"{ident}  @kari: Hello again\n"
    assert run("delete", "chirp", ident, "--file", file) == 0
    assert server.world.standing() == []


def test_faults_are_armed_and_cleared(file: Path, server: ConsoleServer) -> None:
    assert run("fault", "chirp", "reply", "rate_limited", "--retry-after", 7, "--times", 0, "--file", file) == 0
    (fault,) = server.world.state()["faults"]
    assert (fault["kind"], fault["remaining"], fault["options"]) == ("rate_limited", None, {"retry_after": 7.0})
    assert run("fault", "*", "*", "clear", "--file", file) == 0
    assert server.world.state()["faults"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("delete", "chirp", "chirp-99"), "no message"),
        (("say", "chirp", "kari", ""), "text"),
        (("fault", "chirp", "reply", "explode"), "known"),
        (("serve", "--port", "0"), "another console server"),
    ],
)
def test_what_cannot_be_done_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    assert run(*arguments, "--file", file) == 2
    assert said in capsys.readouterr().err


def test_a_network_that_does_not_run_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--file", tmp_path / "none") == 2
    assert "console serve" in capsys.readouterr().err
