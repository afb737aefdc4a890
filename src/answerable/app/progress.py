"""How far a long command is: one line that is written over, for a person at a terminal and for nobody else."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TextIO

from answerable.core import clock

EVERY = timedelta(milliseconds=200)
WIDTH = 20  # characters of the bar


class Progress:
    """total: how many there will be, about. what: in the plural. Silent when out is no terminal."""

    def __init__(self, total: int, what: str, out: TextIO | None = None) -> None:
        self.total, self.what = total, what
        self._out = out or sys.stderr
        self._shown = self._out.isatty()
        self._began = self._last = clock.now()
        self._width = 0

    def at(self, done: int) -> None:
        """So many are done."""
        if not self._shown:
            return
        now = clock.now()
        if now - self._last >= EVERY:
            self._last = now
            self._write(f"{self.bar(done)} {self.line(done, (now - self._began).total_seconds())}")

    def bar(self, done: int) -> str:
        """How much of it, to look at."""
        filled = min(WIDTH, WIDTH * done // self.total) if self.total else WIDTH
        return "█" * filled + "·" * (WIDTH - filled)

    def line(self, done: int, seconds: float) -> str:
        """What is shown after so many in so many seconds."""
        rate = done / seconds if seconds > 0 else 0.0
        share = min(100, 100 * done // self.total) if self.total else 100
        shown = f"{done:,} of {self.total:,} {self.what} ({share} %), {rate:,.0f} a second"
        left = max(0, self.total - done)
        return f"{shown}, {_span(left / rate)} left" if rate and left else shown

    def end(self) -> None:
        """Takes the line away again."""
        if self._width:
            self._write("")
            self._out.write("\r")
            self._out.flush()

    def _write(self, line: str) -> None:
        self._out.write("\r" + line.ljust(self._width))
        self._out.flush()
        self._width = len(line)


class Phases:
    """Progress of one thing after another. Called with what is counted, how many are done, and of how many."""

    def __init__(self) -> None:
        self._now: Progress | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._now is None or self._now.what != what:
            self.end()
            self._now = Progress(total, what)
        self._now.at(done)

    def end(self) -> None:
        if self._now is not None:
            self._now.end()


def _span(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
