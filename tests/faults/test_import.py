"""An import that is killed in the middle, again and again, goes on where it was: in the end every row stands once."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.app import desks
from tests.faults.summary import Tell
from tests.history.files import write

pytestmark = pytest.mark.faults

POINTS = ("in an import batch", "after import batch")
MESSAGES = 600  # about thirty batches of the small command


def history() -> list[dict[str, Any]]:
    """Conversations of one to five messages, some closed by a person."""
    dice, at = random.Random(7), datetime(2026, 3, 1, tzinfo=UTC)  # noqa: S311  no secret is drawn
    records: list[dict[str, Any]] = []
    while len(records) < MESSAGES:
        root, customer = f"m{len(records)}", f"c{dice.randrange(60)}"
        parent = None
        for turn in range(dice.randint(1, 5)):
            at += timedelta(seconds=dice.randrange(1, 5000))
            author, text = ("fjellro", "Vi ser på det.") if turn % 2 else (customer, "@fjellro hvor er den?")
            record = {"id": f"m{len(records)}", "network": "x", "author": author, "text": text, "at": at.isoformat()}
            records.append(record | ({"parent": parent} if parent else {}))
            parent = record["id"]
        if dice.random() < 0.2:
            act = {"type": "act", "act": "close", "network": "x", "thread": root, "author": customer}
            records.append(act | {"at": (at + timedelta(days=1)).isoformat(), "reason": "gave_up"})
    return records


def run(data: Path, *arguments: str, plan: str = "", log: Path | None = None) -> subprocess.CompletedProcess[str]:
    """One command with small batches, told where to die."""
    told = {"ANSWERABLE_CRASH_AT": plan, "ANSWERABLE_CRASH_LOG": str(log)} if plan else {}
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.small_batches", *arguments],
        env=desks.environment(data, **told),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=Path(__file__).resolve().parents[2],
    )


def figures(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(data, "measures", "--brand", "fjellro", "--json").stdout)
    return found


def test_killed_in_the_middle_it_goes_on(tell: Tell) -> None:
    with desks.directory() as whole, desks.directory() as broken:
        file = write(broken / "history.jsonl", history())
        do = ("import", str(file), "--brand", "fjellro", "--account", "fjellro")
        for data in (whole, broken):
            assert run(data, "brand", "Fjellro", "--admin", "odd@fjellro.test").returncode == 0
        assert run(whole, *do).returncode == 0

        log = broken / "kills"
        plans = [f"{point}:{nth}" for point in POINTS for nth in (1, 2, 7)] + ["*:0.08"] * 6
        for plan in plans:
            done = run(broken, *do, plan=plan, log=log)
            assert done.returncode in {-signal.SIGKILL, 0}, done.stderr
        kills = Counter(log.read_text(encoding="utf-8").splitlines())
        tell("kills of an import: " + ", ".join(f"{name} {hits}" for name, hits in sorted(kills.items())))
        assert set(kills) >= set(POINTS)

        done = run(broken, *do)
        assert done.returncode == 0, done.stderr
        assert figures(broken) == figures(whole)
        assert figures(broken)["needed_answer"] > 100
        assert "nothing changed" in run(broken, "rebuild", "--brand", "fjellro").stdout
        assert "0 messages in 0 cases" in run(broken, *do).stdout
