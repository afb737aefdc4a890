"""CSV → records: which column is which field, for the formats we know and for any other by --map."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from answerable.channels.archive.source import LONGEST, SHOWN, Progress, RefusedRow, UnreadableFile, lines

JSONL = "jsonl"
MAPPABLE = (
    "id", "network", "author", "author.id", "author.handle", "author.name", "author.followers", "author.url",
    "text", "at", "claimed_at", "indexed_at", "received_at", "parent", "quotes", "thread", "kind", "public", "mentions",
    "to", "told", "context", "automatic", "language", "link", "edited_at", "gone_at", "sent_here_at",
)  # fmt: skip
LISTS = ("mentions", "to")  # several in one cell, apart by spaces, commas or semicolons
YES = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
TRUTHS = ("public", "told", "context", "automatic")


@dataclass(frozen=True, slots=True)
class Format:
    """columns: of the file → fields of a record. network: where the file does not say."""

    key: str
    network: str = "archive"
    columns: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()  # columns without which the file is refused
    inbound: str = ""  # a column that says which rows are customers'; only for listing accounts


FORMATS = {
    JSONL: Format(JSONL),
    "csv": Format("csv"),
    "twcs": Format(
        "twcs",
        "x",
        {
            "tweet_id": "id",
            "author_id": "author",
            "created_at": "at",
            "text": "text",
            "in_response_to_tweet_id": "parent",
        },
        ("tweet_id", "author_id", "created_at", "text", "in_response_to_tweet_id"),
        "inbound",
    ),
    "ibm": Format(
        "ibm",
        "x",
        {"message_id": "id", "author": "author", "created_at": "at", "text": "text", "in_reply_to": "parent"},
        ("message_id", "in_reply_to", "created_at", "author", "text"),
        "inbound",
    ),
}


def guess(path: Path) -> str:
    """The format of a file: by its name, and for CSV by its columns. UnreadableFile when it cannot be told."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".jsonl", ".ndjson", ".json")):
        return JSONL
    if not name.endswith((".csv", ".txt", ".tsv")):
        raise UnreadableFile(
            f"the format of {path.name} cannot be told from its name; say --format jsonl, csv, twcs or ibm"
        )
    header = set(_header(path))
    for key in ("twcs", "ibm"):
        if header.issuperset(FORMATS[key].needs):
            return key
    return "csv"


def columns(path: Path, chosen: Format, mapping: Mapping[str, str]) -> tuple[dict[int, str], list[str]]:
    """Position of a column → field, and the header. UnreadableFile naming the column that is missing, or the field nobody knows."""
    header = _header(path)
    if unknown := sorted(set(mapping.values()) - set(MAPPABLE)):
        raise UnreadableFile(f"there is no field {unknown[0]!r}; --map knows: {', '.join(MAPPABLE)}")
    wanted = {**chosen.columns, **mapping}
    if lost := [
        name for name in (*chosen.needs, *mapping) if name not in header and name not in _replaced(chosen, mapping)
    ]:
        raise UnreadableFile(f"{path.name} has no column {lost[0]!r}; it has: {', '.join(header)}")
    if not chosen.columns:
        wanted = {name: name for name in header if name in MAPPABLE} | wanted
    taken = {position: wanted[name] for position, name in enumerate(header) if name in wanted}
    have = set(taken.values()) | {name.partition(".")[0] for name in taken.values()}
    if missing := [name for name in ("id", "author", "at") if name not in have]:
        raise UnreadableFile(
            f"no column of {path.name} is the field {missing[0]!r}; say which: --map COLUMN={missing[0]}."
            f" It has: {', '.join(header)}"
        )
    return taken, header


def _replaced(chosen: Format, mapping: Mapping[str, str]) -> set[str]:
    """Columns of the format whose field another column was mapped to."""
    return {name for name, is_field in chosen.columns.items() if is_field in mapping.values()}


def _header(path: Path) -> list[str]:
    for page in lines(path, lambda done: None):
        for line in page:
            if line.trouble:
                raise UnreadableFile(f"line {line.number} of {path.name}: {line.trouble}; convert the file to UTF-8")
            if line.text.strip():
                return [name.strip() for name in next(csv.reader([line.text], delimiter=_delimiter(line.text)))]
    raise UnreadableFile(f"{path.name} is empty")


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def tabulated(
    path: Path, key: str, mapping: Mapping[str, str], progress: Progress, refuse: Callable[[RefusedRow], None]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, record) for each row of a table of this format; UnreadableFile as `columns` says."""
    chosen = FORMATS[key]
    taken, header = columns(path, chosen, mapping)
    inbound = header.index(chosen.inbound) if chosen.inbound in header else None
    for line, row in _rows(path, progress, refuse):
        yield line, _record(row, taken, inbound)


def _rows(path: Path, progress: Progress, refuse: Callable[[RefusedRow], None]) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) for each row. A cell may hold line breaks; line: where the row begins."""
    feed = _Feed(path, progress)
    csv.field_size_limit(LONGEST)
    header = feed.header()
    delimiter = _delimiter(header)
    width = len(next(csv.reader([header], delimiter=delimiter)))
    reader = csv.reader(feed, delimiter=delimiter)
    while True:
        feed.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refuse(RefusedRow(feed.first, f"it is no CSV: {error}", ""))
            continue
        if feed.trouble or len(row) not in {0, width}:
            reason = feed.trouble or f"it has {len(row)} columns, the header {width}"
            refuse(RefusedRow(feed.first, reason, delimiter.join(row)[:SHOWN]))
        elif row:
            yield feed.first, row


class _Feed:
    """Lines for csv.reader, which takes as many as a row needs; keeps where the row began and what is wrong in it."""

    def __init__(self, path: Path, progress: Progress) -> None:
        self._lines = (line for page in lines(path, progress) for line in page)
        self.begin()

    def begin(self) -> None:
        """The next line begins a row."""
        self.first, self.trouble = 0, ""

    def header(self) -> str:
        """The first line that is not blank."""
        return next((line.text for line in self._lines if line.text.strip()), "")

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.first = self.first or line.number
        self.trouble = self.trouble or line.trouble
        return line.text + "\n"


def _record(row: Sequence[str], taken: Mapping[int, str], inbound: int | None) -> dict[str, Any]:
    record: dict[str, Any] = {}
    author: dict[str, Any] = {}
    for position, name in taken.items():
        cell = row[position].strip() if name != "text" else row[position]
        if not cell:
            continue
        if name == "author":
            author = {"id": cell, "handle": cell} | author
        elif name.startswith("author."):
            author[name.removeprefix("author.")] = cell
        elif name in LISTS:
            record[name] = [part for part in re.split(r"[\s,;]+", cell) if part]
        else:
            record[name] = YES.get(cell.lower(), cell) if name in TRUTHS else cell
    if author:
        record["author"] = author
    if inbound is not None:
        record["_inbound"] = YES.get(row[inbound].strip().lower(), True)
    return record
