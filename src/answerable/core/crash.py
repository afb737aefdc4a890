"""Named points at which a test may kill this very process, as a power cut would. Silent unless told by environment.

ANSWERABLE_CRASH_AT: "name" or "name:nth", or "*:p" for any point with probability p (0–1).
ANSWERABLE_CRASH_LOG: a file to which every kill is appended first, so that a test can count the hits per point.
"""

from __future__ import annotations

import os
import random
import signal

_plan = os.environ.get("ANSWERABLE_CRASH_AT", "")
_log = os.environ.get("ANSWERABLE_CRASH_LOG", "")
_seen = 0


def point(name: str) -> None:
    """Dies here by SIGKILL if the plan says so."""
    if _plan and _due(name):
        if _log:
            with open(_log, "a", encoding="utf-8") as log:
                log.write(name + "\n")
                log.flush()
                os.fsync(log.fileno())
        os.kill(os.getpid(), signal.SIGKILL)


def _due(name: str) -> bool:
    global _seen  # noqa: PLW0603  counts the passes of this process
    wanted, _, how = _plan.partition(":")
    if wanted == "*":
        return random.random() < float(how or "0.01")  # noqa: S311  a dice, not a secret
    if wanted != name:
        return False
    _seen += 1
    return _seen == int(how or "1")
