"""`answerable import` and `measures` as an operator meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from answerable.app import cli
from tests.applicable import only_if
from tests.history.files import EXAMPLE

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def measures(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert cli.main(["measures", "--json", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert cli.main(list(arguments)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err


def test_a_file_is_measured_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    found = measures(capsys, "--file", str(EXAMPLE), "--account", "@Fjellro")
    assert (found["answered"], found["needed_answer"]) == (11, 15)


def test_a_day_and_a_zone(capsys: pytest.CaptureFixture[str]) -> None:
    day = ("--from", "2026-03-02", "--to", "2026-03-02", "--zone", "Europe/Oslo")
    found = measures(capsys, "--file", str(EXAMPLE), "--account", "fjellro", *day, "--by", "day")
    assert [row["day"] for row in found["rows"]] == ["2026-03-02"]


def test_words_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["measures", "--file", str(EXAMPLE), "--account", "fjellro", "--by", "channel"]) == 0
    said = capsys.readouterr().out
    assert "Answered 11 of 15 who needed an answer: 73.3%" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["measures"], "Say of what"),
        (["measures", "--file", "nowhere.jsonl", "--account", "a"], "there is no file nowhere.jsonl"),
        (["measures", "--file", "/tmp", "--account", "a"], "is a folder"),
        (["measures", "--file", str(EXAMPLE)], "Which account is the brand?"),
        (["measures", "--file", str(EXAMPLE), "--account", "havgap"], "is called havgap"),
        (["measures", "--file", str(EXAMPLE), "--account", "fjellro", "--zone", "Fjell"], "no time zone"),
        (["measures", "--file", str(EXAMPLE), "--account", "fjellro", "--from", "soon"], "is no date"),
        (["measures", "--file", str(EXAMPLE), "--account", "fjellro", "--map", "text"], "COLUMN=FIELD"),
        (["measures", "--file", __file__, "--account", "fjellro"], "cannot be told from its name"),
    ],
)
def test_what_is_wrong_is_said(capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    assert sentence in refused(capsys, *arguments)


def test_the_accounts_of_a_file_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "measures", "--file", str(EXAMPLE))
    assert "fjellro" in said.splitlines()[2]
    assert "wrote" in said


@only_if((SHARED / "nc_replay_twcs5000").exists())
def test_published_conversations_twcs(capsys: pytest.CaptureFixture[str]) -> None:
    file = SHARED / "nc_replay_twcs5000" / "conversations.csv.gz"
    said = refused(capsys, "measures", "--file", str(file))
    assert "sprintcare" in said.lower() or "wrote" in said
    found = measures(capsys, "--file", str(file), "--account", "sprintcare")
    assert found["needed_answer"] == found["answered"] + found["waiting"]
    assert (found["inbound"], found["outbound"]) == (37, 29)


@only_if((SHARED / "replay_ibm_support").exists())
def test_published_conversations_ibm(capsys: pytest.CaptureFixture[str]) -> None:
    """Every conversation of that file was chosen because it was answered."""
    file = SHARED / "replay_ibm_support" / "conversations.csv.gz"
    found = measures(capsys, "--file", str(file), "--account", "TeamYouTube")
    assert found["response_rate"] == 1.0
