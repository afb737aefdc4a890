"""Writing a file that is there only when it is whole."""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from answerable.app.commands.refusal import Refusal

STANDARD_OUTPUT = "-"


def check(name: str) -> None:
    """Refusal when a file of this name cannot be begun: it stands already, or its directory does not."""
    if name == STANDARD_OUTPUT:
        return
    file = Path(name)
    if os.path.lexists(file):
        raise Refusal(f"{file} exists already; name another file.")
    if not file.parent.is_dir():
        raise Refusal(f"There is no directory {file.parent}.")


@contextmanager
def writing(name: str) -> Iterator[IO[bytes]]:
    """What is written stands under name once the block has ended well; else nothing does. `-`: standard output.

    A name ending in .gz is packed, equal data into equal bytes. Mode 0600. Refusal with the reason when the disk says no.
    """
    check(name)
    try:
        with _standard_output() if name == STANDARD_OUTPUT else _aside(Path(name)) as target:
            yield target
    except BrokenPipeError:
        # Whatever is left in its buffer goes nowhere, without a word when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Refusal("Whoever read the output went away before its end.") from None
    except OSError as error:
        raise Refusal(f"{name} cannot be written: {error.strerror or error}.") from error


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    yield sys.stdout.buffer
    sys.stdout.buffer.flush()


@contextmanager
def _aside(file: Path) -> Iterator[IO[bytes]]:
    handle, name = tempfile.mkstemp(prefix=f".{file.name[:100]}.", suffix=".part", dir=file.parent)  # mode 0600
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw:
            if file.suffix == ".gz":
                # Neither time nor name in its head.
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as packed:
                    yield cast("IO[bytes]", packed)
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        check(str(file))  # somebody may have made it meanwhile
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
