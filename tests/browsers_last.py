"""Tests that drive a browser run after all others.

While Playwright runs, Django takes its thread for an asynchronous one and refuses it the database; and Playwright, once
begun by its plugin, runs until the end. Tests that drive a browser leave the database to the desks they start.
``make test-real`` shares the files out in this order (``--no-loadscope-reorder``), so that no worker meets one early.
"""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the order otherwise."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
