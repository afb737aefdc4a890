"""What commands that read a history from a file have in common: their arguments, and what they say when it cannot be."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from answerable.app.commands.refusal import Refusal

if TYPE_CHECKING:
    from answerable.channels.archive.share import Found

FORMATS = ("jsonl", "csv", "twcs", "ibm")


def add_source(parser: argparse.ArgumentParser) -> None:
    """How the file is to be read."""
    parser.add_argument(
        "--account",
        metavar="HANDLE",
        action="append",
        default=[],
        help="the brand in the file; several times for sister accounts",
    )
    parser.add_argument("--format", choices=FORMATS, default="", help="else by the name of the file and its columns")
    parser.add_argument(
        "--map", metavar="COLUMN=FIELD", action="append", default=[], help="for CSV: which column is which field"
    )
    parser.add_argument("--network", metavar="NAME", default="", help="the network, where the file does not say")


def mapping(given: Sequence[str]) -> dict[str, str]:
    """COLUMN=FIELD …; Refusal for anything else."""
    pairs = [text.partition("=") for text in given]
    if wrong := [text for text, (_, sign, field) in zip(given, pairs, strict=True) if not sign or not field]:
        raise Refusal(f"--map {wrong[0]}: write COLUMN=FIELD, for example --map body=text")
    return {column: field for column, _, field in pairs}


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """What is wrong with the file, as a refusal."""
    import duckdb

    from answerable.channels.archive.share import NoSuchAccount
    from answerable.channels.archive.source import UnreadableFile

    try:
        yield
    except UnreadableFile as error:
        raise Refusal(f"{error}.") from error
    except NoSuchAccount as error:
        raise Refusal(_who(path, error.wanted, error.found)) from error
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        first = str(error).splitlines()[0]
        raise Refusal(
            f"There was no room to work on {path.name}: {first}. Free some disk space and run it again."
        ) from error


def _who(path: Path, wanted: Sequence[str], found: Sequence[Found]) -> str:
    begin = (
        f"Nobody in {path.name} is called {wanted[0]}."
        if wanted
        else "Which account is the brand? Say --account HANDLE."
    )
    if not found:
        return begin
    width = max(len(one.handle) for one in found)
    lines = [
        f"  {one.handle:<{width}}  {one.network:<10} wrote {one.wrote:>9,}, named {one.named:>9,}" for one in found
    ]
    return "\n".join([begin, f"Accounts in {path.name}, the likeliest first:", *lines])
