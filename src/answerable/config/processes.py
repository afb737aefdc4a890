"""Children that never outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

PARENT = "ANSWERABLE_SUPERVISOR_PID"
"""Set for children of ``answerable run``: the process they must not outlive."""
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
