"""How a line of an export is put: times as text, and nothing said that goes without saying."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypeVar

Record = dict[str, Any]  # one line; its fields stand in docs/guides/import.md
T = TypeVar("T")

PAGE = 200  # rows read at once


def moment(at: datetime) -> str:
    """ISO 8601 in UTC with Z; microseconds only when there are any."""
    return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def kept(fields: Record) -> Record:
    """The fields that say something: no None, False, empty text or list. Times become text. 0 is something."""
    return {
        name: moment(value) if isinstance(value, datetime) else value
        for name, value in fields.items()
        if value is not None and value is not False and value not in ("", [])
    }


def pages(rows: Iterable[T]) -> Iterator[list[T]]:
    """Lists of at most PAGE rows, never an empty one."""
    source = iter(rows)
    while page := list(islice(source, PAGE)):
        yield page
