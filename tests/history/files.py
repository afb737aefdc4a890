"""Histories in files, for tests: written, imported, measured."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from answerable.history import importing
from answerable.history.importing import Outcome, Request
from answerable.insights import files
from answerable.insights.figures import Report, Scope
from answerable.people.models import Brand

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "history.jsonl"


def write(path: Path, records: Iterable[dict[str, Any]]) -> Path:
    """One record a line."""
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def take_in(brand: Brand, path: Path, *accounts: str, **more: Any) -> Outcome:
    """Imports a file as the command does."""
    with tempfile.TemporaryDirectory() as folder:
        return importing.run(brand, Request(path, accounts, **more), Path(folder), lambda what, done, total: None)


def measured(
    path: Path, accounts: Sequence[str], scope: Scope | None = None, by: str | None = None, *, key: str = "jsonl"
) -> Report:
    """Measures straight from the file."""
    with files.staged(path, key, {}, "archive", lambda done: None) as stage:
        engine, _ = files.engine(stage, accounts)
        return files.report(stage, engine, scope or Scope(), by)
