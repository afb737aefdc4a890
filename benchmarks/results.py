"""What a benchmark found: printed as a table, kept as JSON beside this file. Times are seconds unless a column says else."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "last"
ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Aim:
    """What was wanted (at most `limit`) and what came."""

    what: str
    limit: float
    got: float
    unit: str

    @property
    def is_met(self) -> bool:
        return self.got <= self.limit


@dataclass
class Result:
    """One table. rows: column → value; every row of one table has the same columns. notes: what belongs beside it."""

    name: str
    size: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    aims: list[Aim] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, **row: Any) -> None:
        """A row; also printed at once, since the next may take minutes."""
        self.rows.append(row)
        print(f"  {self.name}: " + ", ".join(f"{key} {shown(value)}" for key, value in row.items()), flush=True)

    def keep(self, folder: Path = FOLDER) -> None:
        """Prints the table and writes NAME-SIZE.json."""
        print("\n" + table(self.rows))
        for aim in self.aims:
            print(
                f"{'met   ' if aim.is_met else 'MISSED'} {aim.what}: {shown(aim.got)} of {shown(aim.limit)} {aim.unit}"
            )
        folder.mkdir(parents=True, exist_ok=True)
        told = asdict(self) | {"at": datetime.now(UTC).isoformat(timespec="minutes"), "machine": machine()}
        path = folder / f"{self.name}-{self.size}.json"
        path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown."""
    if not rows:
        return ""
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([shown(row[name]) for name in names] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def percentile(values: Sequence[float], percent: float) -> float:
    """By nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def spread(times: Sequence[float]) -> dict[str, float]:
    """p50 and p95 in milliseconds of times in seconds."""
    return {"p50 ms": percentile(times, 50) * 1000, "p95 ms": percentile(times, 95) * 1000}


def machine() -> dict[str, Any]:
    """What it ran on. busy: the load of the last minute; more than this run gives means that others worked too."""
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "busy": round(os.getloadavg()[0], 1),
        "version": _version(),
    }


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def _version() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"
