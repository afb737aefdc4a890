"""The real network of a test run: one for a process, started when the first test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from testbed import bluesky_network as testbed


def need() -> None:
    """Skips where the network cannot run; with CI=true a missing network is a failure."""
    if why := testbed.missing():
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)


@contextmanager
def network(*, rate_limits: bool = False) -> Iterator[testbed.Network]:
    """A running network on the test run's own PostgreSQL."""
    need()
    with testbed.running(os.environ["ANSWERABLE_TEST_SERVER"], rate_limits=rate_limits) as running:
        yield running
