"""Every benchmark runs at a tiny size and says what it promises. No time is judged here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import history, readme
from benchmarks.results import Aim, Result, percentile, table
from tests import database

ROOT = Path(__file__).resolve().parents[2]


def run(name: str, out: Path, *words: str) -> str:
    """Runs a benchmark; what it wrote lies in `out`."""
    command = [sys.executable, "-m", f"benchmarks.{name}", "--size", "tiny", "--out", str(out), *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return ended.stdout


def told(out: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / f"{name}-tiny.json").read_text(encoding="utf-8"))
    assert found["rows"]
    assert found["machine"]["cores"] == os.cpu_count()
    return found


@pytest.fixture
def fresh() -> str:
    """A migrated database of the tests' server; what a benchmark of its own would take seconds to make."""
    return database.clone(f"bench_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


SLOW = pytest.mark.faults


@pytest.mark.parametrize(
    ("module", "tables"),
    [
        ("live_path", ["live"]),
        pytest.param("inbox", ["inbox", "search"], marks=SLOW),
        pytest.param("streams", ["screen"], marks=SLOW),
        pytest.param("imports", ["import", "measures"], marks=SLOW),
    ],
)
def test_a_benchmark_runs(module: str, tables: list[str], fresh: str, tmp_path: Path) -> None:
    said = run(module, tmp_path, "--database", fresh)
    for name in tables:
        rows = told(tmp_path, name)["rows"]
        assert table(rows) in said
        assert all(value > 0 for row in rows for value in row.values() if isinstance(value, float))


@pytest.mark.faults
def test_start_and_memory_are_measured(tmp_path: Path) -> None:
    run("footprint", tmp_path)
    assert {row["desk"] for row in told(tmp_path, "start")["rows"]} == {"plain", "with demo"}
    for row in told(tmp_path, "memory")["rows"]:
        parts = ("run MB", "web MB", "worker MB", "console MB", "postgres MB")
        assert row["all MB"] == pytest.approx(sum(row[part] for part in parts))
        assert (row["console MB"] > 0) == (row["desk"] == "with demo")


def test_a_database_that_is_used_is_left_alone(fresh: str, tmp_path: Path) -> None:
    run("live_path", tmp_path, "--database", fresh)
    with pytest.raises(AssertionError, match="has a brand already"):
        run("live_path", tmp_path, "--database", fresh)


def test_the_history_is_the_same_each_time_and_in_order() -> None:
    records = list(history.Generator().records(3000))
    assert records == list(history.Generator().records(3000))
    messages = [record for record in records if record["type"] == "message"]
    assert len(messages) == len({message["id"] for message in messages}) == 3000
    assert [message["at"] for message in messages] == sorted(message["at"] for message in messages)
    ids = {message["id"] for message in messages}
    assert all(message["parent"] in ids and message["thread"] in ids for message in messages if "parent" in message)
    ours = sum(message["author"]["handle"] == history.HANDLE for message in messages)
    assert 0.35 < ours / len(messages) < 0.6
    assert {message["network"] for message in messages} == set(history.NETWORKS)
    assert {message["language"] for message in messages} == set(history.LANGUAGES)


def test_percentiles_are_by_nearest_rank() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 50) == 2.0
    assert percentile([1.0], 95) == 1.0
    assert percentile([float(number) for number in range(1, 101)], 95) == 95.0


def test_results_come_into_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "README.md"
    page.write_text(
        "before\n<!-- live -->\nold\n<!-- end -->\nafter\n<!-- start -->\nkept\n<!-- end -->\n", encoding="utf-8"
    )
    monkeypatch.setattr(readme, "PAGE", page)
    Result("live", "quick", [{"a page": 1, "messages/s": 12.5}], [Aim("speed", 5, 6, "×")]).keep(tmp_path)
    readme.write(tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "| 1 | 12.5 |" in text
    assert "**missed**: speed: 6 of 5 ×" in text
    assert "old" not in text
    assert "kept" in text
