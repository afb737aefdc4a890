"""Children that never outlive their parent."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARENT = "ANSWERABLE_SUPERVISOR_PID"
"""Set for children of ``answerable run``: the process they must not outlive."""
GATE = "ANSWERABLE_GATE"
"""Set for children of ``answerable run``: the file that is locked as long as they must not begin."""
_PR_SET_PDEATHSIG = 1
_waiter = threading.Event()


def die_with_parent(signal_number: int = signal.SIGKILL, parent: int | None = None) -> None:
    """Ask the kernel to send ``signal_number`` to this process when its parent dies, by kill -9 too. Linux only.

    The kernel ties this to the *thread* that started the child, so children are started from main threads.
    ``parent`` is the expected parent: when it died before the request was made, this process ends at once.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


@contextmanager
def gate(file: Path) -> Iterator[None]:
    """Children started inside load the program and wait (:func:`pass_gate`) until the end. A killed holder opens it."""
    with file.open("a", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        os.environ[GATE] = str(file)
        yield


def pass_gate() -> None:
    """Wait until the one who started us is ready; at once when nobody did."""
    if GATE in os.environ:
        with open(os.environ[GATE], "a", encoding="ascii") as held:
            fcntl.flock(held, fcntl.LOCK_SH)


def pause(seconds: float) -> None:
    """Wait without work. This room is below core.clock, so it brings its own."""
    _waiter.wait(seconds)


def is_zombie(pid: int) -> bool:
    """Whether ``pid`` has ended and only waits to be collected by its parent."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            # the name may hold spaces and brackets; the state follows the last bracket
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def is_running(pid: int) -> bool:
    """Whether ``pid`` is a live process (a zombie is not)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return not is_zombie(pid)
