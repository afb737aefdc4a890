"""A desk to measure: a data directory and an embedded PostgreSQL of its own, as users have it, gone afterwards."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import results

if TYPE_CHECKING:
    from answerable.people.models import Brand, User

NAME = "Fjordline"
SIZES = ("tiny", "quick", "full")
LIMIT = 3 * 3600  # seconds that one command may take


@dataclass(frozen=True)
class House:
    """The desk's one brand, its admin, and a folder for files. Django is set up; children find the database too."""

    brand: Brand
    user: User
    folder: Path


@dataclass(frozen=True)
class Ran:
    """A command of ours that ended well. peak_mb: the most memory that its process held at once."""

    seconds: float
    peak_mb: float
    output: str


def arguments(about: str) -> argparse.Namespace:
    """What every benchmark takes."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--size", choices=SIZES, default="quick")
    parser.add_argument("--out", type=Path, default=results.FOLDER, help="folder for the JSON")
    parser.add_argument(
        "--database", metavar="URL", help="an empty database with its tables, instead of a fresh server"
    )
    return parser.parse_args()


@contextmanager
def folder() -> Iterator[Path]:
    """A data directory that nobody else uses. No setting of the shell's desk counts."""
    for name in [name for name in os.environ if name.startswith("ANSWERABLE_") or name == "DATABASE_URL"]:
        del os.environ[name]
    path = Path(tempfile.mkdtemp(prefix="answerable-bench-"))
    path.chmod(0o755)  # the database's own user must get in when this is run by root
    os.environ["ANSWERABLE_DATA_DIR"] = str(path / "data")
    os.environ["ANSWERABLE_LOG_LEVEL"] = "ERROR"
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def house(database: str | None = None) -> Iterator[House]:
    """A desk with one brand. Its server writes to the disk before it says so (fsync), as everywhere but in tests."""
    with folder() as path:
        (path / "data").mkdir(mode=0o755)
        if database:
            os.environ["DATABASE_URL"] = database
        from answerable.app import boot

        with boot.desk(lambda line: None):
            from answerable.app import first_start
            from answerable.people import founding
            from answerable.people.models import Brand

            if Brand.objects.exists():
                sys.exit("This database has a brand already; benchmarks run only in one of their own.")
            user = first_start.first_user()
            yield House(founding.found(user, NAME), user, path)


def answerable(*words: str) -> Ran:
    """Runs `answerable WORDS` and measures it; a command that fails ends the benchmark with what it said."""
    before = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "answerable.app.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - before
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"answerable {' '.join(words)} failed:\n{output[-4000:]}")
    return Ran(seconds, _megabytes(used), output)


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss * 1024 / 1e6
