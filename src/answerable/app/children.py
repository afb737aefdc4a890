"""A child process of the supervisor: started, watched, started again when it crashes, stopped in the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field

from answerable.config.processes import PARENT

TICK = 0.5
"""Seconds between two looks of the supervisor; waits below are counted in ticks."""
_LONGEST_WAIT = 60
_HEALTHY = 120
_GRACE_SECONDS = 20


@dataclass
class Child:
    """One command of ours, such as ``["web"]``, kept running."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    crashes: int = 0
    _wait: int = field(default=0)
    _lived: int = field(default=0)

    def start(self) -> None:
        """Start it. From the main thread only: the kernel ties the child's end to the thread that started it."""
        environment = os.environ | {PARENT: str(os.getpid())}
        # a group of its own: Ctrl-C reaches the supervisor only, which stops the children in order
        self.process = subprocess.Popen(
            [sys.executable, "-m", "answerable.app.cli", *self.arguments], env=environment, process_group=0
        )
        self._lived = 0

    def tick(self) -> str | None:
        """Look after it; returns a line for the operator when something happened."""
        if self.process is None:
            self._wait -= 1
            if self._wait <= 0:
                self.start()
            return None
        status = self.process.poll()
        if status is None:
            self._lived += 1
            if self._lived == _HEALTHY:
                self.crashes = 0
            return None
        self.process = None
        self.crashes += 1
        self._wait = min(2**self.crashes, _LONGEST_WAIT)
        return f"The {self.name} process ended ({_reason(status)}); starting it again in {self._wait * TICK:.0f} s."

    def ask_to_stop(self) -> None:
        """Let it end its work."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def make_stop(self) -> None:
        """Wait for its end; kill it when it takes too long."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def _reason(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
