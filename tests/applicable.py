"""Tests that only some machines can run. They are left out elsewhere, not skipped: a skip means something is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Test = TypeVar("Test", bound=Callable[..., object])


def only_if(condition: bool) -> Callable[[Test], Test]:
    """Collect the test only where ``condition`` holds."""

    def decorate(test: Test) -> Test:
        if not condition:
            test.__test__ = False  # type: ignore[attr-defined]  # how pytest is told
        return test

    return decorate
