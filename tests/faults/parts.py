"""Processes of the desk as children of a test: started, killed, started again, never outliving the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from answerable.config.processes import PARENT

ROOT = Path(__file__).resolve().parents[2]
PLAIN, HURRIED = "answerable.app.cli", "tests.faults.hurried"


@dataclass(eq=False)
class Part:
    """One command, such as ``worker``.

    plan: where it shall kill itself (core.crash); once: the plan is for one kill; then: plans for the lives after that.
    """

    name: str
    environment: Mapping[str, str]
    folder: Path
    module: str = HURRIED
    plan: str = ""
    once: bool = True
    then: list[str] = field(default_factory=list)
    starts: int = 0
    process: subprocess.Popen[bytes] | None = None
    _hits_at_start: int = field(default=0)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def crashes(self) -> Path:
        return self.folder / f"{self.name}.crashes"

    def hits(self) -> Counter[str]:
        """Kills so far, by crash point."""
        return Counter(self.crashes.read_text().splitlines()) if self.crashes.exists() else Counter()

    def start(self) -> None:
        """From the main thread only: the kernel ties a child's end to the thread that started it."""
        self._hits_at_start = self.hits().total()
        plan = {"ANSWERABLE_CRASH_AT": self.plan, "ANSWERABLE_CRASH_LOG": str(self.crashes)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, self.name],
                env={**self.environment, **plan, PARENT: str(os.getpid())},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        self.starts += 1

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """Politely, and after ten seconds for good."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def again(self, plan: str = "", *then: str, once: bool = True) -> None:
        """Killed and started anew, with other plans."""
        self.kill()
        self.plan, self.once, self.then = plan, once, list(then)
        self.start()

    def tick(self) -> None:
        """What a supervisor does: a part that died is started again. A plan for one kill ends with that kill."""
        if self.once and self.plan and self.hits().total() > self._hits_at_start:
            self.again(*self.then)  # also where the web server itself only lost a process of its own
        elif self.process is None or self.process.poll() is not None:
            self.start()

    def family(self) -> list[int]:
        """Its process and the processes that this one started."""
        if self.process is None:
            return []
        pid = self.process.pid
        try:
            return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
        except OSError:
            return [pid]

    def strike(self, which: int) -> None:
        """kill -9 of one of its processes, from outside."""
        family = self.family()
        if family:
            try:
                os.kill(family[which % len(family)], signal.SIGKILL)
            except ProcessLookupError:
                return

    def said(self, most: int = 4000) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-most:] if self.log.exists() else ""
