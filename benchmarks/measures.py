"""The measures of one history on both engines: straight from its file (DuckDB), and of the desk's rows (PostgreSQL).

Run by `imports.py`, where the history stands in both. The two must agree to the last digit.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

from benchmarks import history
from benchmarks.house import House, answerable
from benchmarks.results import Aim, Result, percentile

TIMES = 5


def measure(here: House, path: Path, messages: int, found: Result) -> None:
    """Adds this history's row; the aims are for three million messages."""
    from_file = answerable("measures", "--file", str(path), "--account", history.HANDLE, "--json")
    by_day = answerable("measures", "--file", str(path), "--account", history.HANDLE, "--by", "day", "--json")
    command = answerable("measures", "--brand", here.brand.name, "--json")
    told, stored = _json(from_file.output), _json(command.output)
    assert told == stored, f"the engines disagree:\n{told}\n{stored}"
    found.add(
        **{
            "messages": messages, "file s": from_file.seconds, "file messages/s": messages / from_file.seconds,
            "file peak MB": from_file.peak_mb, "file by day s": by_day.seconds, "desk s": _desk(here, None),
            "desk by day s": _desk(here, "day"), "desk command s": command.seconds, "needed answer": told["needed_answer"],
            "answered": told["answered"],
        }
    )  # fmt: skip
    if messages == 3_000_000:
        found.aims.append(Aim("3 million messages measured from a file", 60, from_file.seconds, "s"))
        found.aims.append(Aim("memory for that", 2000, from_file.peak_mb, "MB"))


def _json(output: str) -> dict[str, object]:
    """What was printed, without the line that counts bytes."""
    found: dict[str, object] = json.loads(re.search(r"^\{.*^\}", output, re.MULTILINE | re.DOTALL)[0])  # type: ignore[index]
    return found


def _desk(here: House, by: str | None) -> float:
    """The middle one of a few runs of what the page asks for."""
    from answerable.insights import desk
    from answerable.insights.figures import Scope

    times = []
    for _ in range(TIMES):
        began = time.perf_counter()
        desk.report(here.brand, Scope(), by)
        times.append(time.perf_counter() - began)
    return percentile(times, 50)
