"""Embedded databases of their own, for tests that start and kill them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from answerable.config import processes

_PROGRAM = """
import sys
from pathlib import Path
from answerable.config.database import launcher
server = launcher.start(Path(sys.argv[1]), fsync=sys.argv[2] == "fsync", whose=sys.argv[3])
print(server.process.pid if server.process else 0, server.url, flush=True)
sys.stdin.read()
server.stop()
"""


@contextmanager
def directory() -> Iterator[Path]:
    """A data directory that the database's user can reach, with what a start may have put elsewhere removed."""
    path = Path(tempfile.mkdtemp(prefix="answerable-launcher-"))
    path.chmod(0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@dataclass
class Launcher:
    """A process that started a server and waits. ``postmaster`` is 0 when it found one running."""

    process: subprocess.Popen[str]
    postmaster: int
    url: str

    def end(self) -> None:
        """Let it stop its server and end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)

    def kill(self) -> None:
        """kill -9, without a chance to clean up."""
        self.process.kill()
        self.process.wait()


def begin(
    data: Path, whose: str = "any", *, fsync: bool = False, user: int | None = None, python: str | None = None
) -> subprocess.Popen[str]:
    """Start a launcher in a process of its own, as another user if asked."""
    switch = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    started: subprocess.Popen[str] = subprocess.Popen(
        [python or sys.executable, "-c", _PROGRAM, str(data), "fsync" if fsync else "-", whose],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in sys.path if path)},
        cwd=data,
        **switch,  # type: ignore[call-overload]  # the keywords of Popen
    )
    return started


def ready(process: subprocess.Popen[str]) -> Launcher:
    """Wait until its server accepts connections."""
    assert process.stdout is not None
    line = process.stdout.readline().split()
    assert line, "the launcher ended without a server"
    return Launcher(process, int(line[0]), line[1])


def gone(pid: int, tries: int = 200) -> bool:
    """Whether the process ends within ten seconds."""
    for _ in range(tries):
        if not processes.is_running(pid):
            return True
        processes.pause(0.05)
    return False
