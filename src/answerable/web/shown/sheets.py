"""Measures for a spreadsheet: every field, and nothing that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from answerable.insights.figures import Report

BOM = "\ufeff"  # so that spreadsheets read the letters as UTF-8
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Echo:
    def write(self, text: str) -> str:
        return text


def lines(report: Report, first: str, last: str) -> Iterator[str]:
    """Line by line: one for each key, or the total. first, last: the days of the scope, empty when open."""
    writer = csv.writer(_Echo())
    scope = report.scope
    about = {
        "from": first,
        "to": last,
        "zone": scope.zone.key,
        "channel_only": scope.channel,
        "language_only": scope.language,
    }
    given = report.as_json()
    rows = given.pop("rows", None)
    if rows is None:
        rows = [given]
    about["as_of"] = given["as_of"]
    names: list[str] | None = None
    for row in rows:
        flat = _flat({name: value for name, value in row.items() if name not in {"as_of", "by"}} | about)
        if names is None:
            names = list(flat)
            yield BOM + str(writer.writerow(names))
        yield str(writer.writerow([_harmless(value) for value in flat.values()]))
    if names is None:
        yield BOM + str(writer.writerow([report.by or "", *_flat(report.total.as_json(report.as_of) | about)]))


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """{"first_answer_seconds": {"n": 1}} becomes {"first_answer_seconds_n": 1}."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= {f"{name}_{part}": one for part, one in value.items()}
        else:
            flat[name] = value
    return flat


def _harmless(value: Any) -> Any:
    """Text that would be a formula gets an apostrophe before it, which spreadsheets take for "this is text"."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
