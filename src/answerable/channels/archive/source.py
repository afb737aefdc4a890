"""A file → clean lines: gzip, encoding, length. What cannot be a line of text is set aside with its reason."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

CHUNK = 4 * 1024 * 1024  # bytes read at a time
LONGEST = 16 * 1024 * 1024  # bytes of one row
SHOWN = 2000  # characters of a refused row that are kept to find it by
GZIP = b"\x1f\x8b"
BLANK = b"~"  # stands for a line that says nothing; no JSON begins like this

TOO_LONG = f"it is longer than {LONGEST // 1024 // 1024} MiB"
NOT_UTF8 = "it is not UTF-8"

Progress = Callable[[int], None]  # bytes of the file, as it lies on the disk, read so far


class UnreadableFile(Exception):
    """The file cannot be read at all; the message says why and what to do. Nothing has changed."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is left out. line: 1-based. row: its beginning, to find it by."""

    line: int
    reason: str
    row: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line. number: 1-based. trouble: why it is none that can be read; text is then what can be shown of it."""

    number: int
    text: str
    trouble: str = ""


def is_gzip(path: Path) -> bool:
    """By its first bytes, not by its name."""
    with opened(path) as file:
        return file.read(2) == GZIP


def opened(path: Path) -> IO[bytes]:
    """The file on the disk; UnreadableFile with a sentence when it cannot be opened."""
    try:
        return path.open("rb")
    except IsADirectoryError:
        raise UnreadableFile(f"{path} is a folder; name a file") from None
    except FileNotFoundError:
        raise UnreadableFile(f"there is no file {path}") from None
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened: {error.strerror}") from error


def lines(path: Path, progress: Progress) -> Iterator[list[Line]]:
    """Pages of lines, in order. Memory: one page and the longest line that is allowed.

    UnreadableFile for a gzip that is truncated or damaged.
    """
    number, rest, skipping = 0, b"", False
    for chunk in _chunks(path, progress):
        pieces = (rest + chunk).split(b"\n")
        rest = pieces.pop()
        page = []
        for piece in pieces:
            number += 1
            if not skipping:  # else it is the end of a line that was given up
                page.append(_line(number, piece))
            skipping = False
        if len(rest) > LONGEST:
            if not skipping:
                page.append(_line(number + 1, rest))
            rest, skipping = b"", True
        yield page
    if rest and not skipping:
        yield [_line(number + 1, rest)]


def copy_clean(path: Path, into: Path, progress: Progress, refuse: Callable[[RefusedRow], None]) -> None:
    """Copies a file of lines so that line n of the copy is line n of the file: UTF-8, ``\\n`` at each end, BLANK where
    a line is blank or refused. Whole blocks are copied as they are where nothing is to be mended."""
    number, rest = 0, b""
    with into.open("wb") as copy:
        skipping = False
        for chunk in _chunks(path, progress):
            block = rest + chunk
            end = block.rfind(b"\n") + 1
            whole, rest = block[:end], block[end:]
            if skipping and whole:  # the end of a line that was given up
                whole, skipping = whole[whole.index(b"\n") + 1 :], False
            if whole:
                number += _copy_block(copy, number, whole, refuse)
            if len(rest) > LONGEST:
                if not skipping:
                    number += _copy_block(copy, number, rest[: LONGEST + 1] + b"\n", refuse)
                rest, skipping = b"", True
        if rest and not skipping:
            _copy_block(copy, number, rest + b"\n", refuse)


def _copy_block(copy: IO[bytes], before: int, block: bytes, refuse: Callable[[RefusedRow], None]) -> int:
    """Writes the lines of a block; returns how many there were. before: lines before it."""
    mended = before == 0 or b"\r" in block or b"\n\n" in block or block.startswith(b"\n") or len(block) > LONGEST
    if not mended:
        try:
            block.decode("utf-8")
            copy.write(block)
            return block.count(b"\n")
        except UnicodeDecodeError:
            pass
    pieces = block.split(b"\n")[:-1]
    for number, piece in enumerate(pieces, before + 1):
        line = _line(number, piece)
        if line.trouble:
            refuse(RefusedRow(number, line.trouble, line.text))
        text = line.text.strip()
        copy.write((BLANK if line.trouble or not text else text.replace("\r", " ").encode()) + b"\n")
    return len(pieces)


def _line(number: int, piece: bytes) -> Line:
    if number == 1:
        piece = piece.removeprefix(b"\xef\xbb\xbf")
    if len(piece) > LONGEST:
        return Line(number, piece[:SHOWN].decode("utf-8", "replace"), TOO_LONG)
    try:
        return Line(number, piece.decode("utf-8").rstrip("\r"))
    except UnicodeDecodeError:
        return Line(number, piece[:SHOWN].decode("utf-8", "replace"), NOT_UTF8)


def _chunks(path: Path, progress: Progress) -> Iterator[bytes]:
    with opened(path) as file:
        zipped = file.read(2) == GZIP
        file.seek(0)
        source = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if zipped else file
        try:
            while chunk := source.read(CHUNK):
                progress(file.tell())
                yield chunk
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableFile(
                f"{path.name} is a gzip file that ends early or is damaged ({error}); copy it again"
            ) from error
