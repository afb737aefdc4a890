"""The only reader of time. Tests move it; the demo never does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The current time, zone-aware, in UTC."""
    return _source()


def pause(seconds: float) -> None:
    """Waits; only for loops that have nothing else to wake them."""
    time.sleep(seconds)


@contextmanager
def set_to(source: Callable[[], datetime]) -> Iterator[None]:
    """Reads the time from `source` instead, until the block ends. For tests."""
    global _source  # noqa: PLW0603  one clock for the process is the point
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
