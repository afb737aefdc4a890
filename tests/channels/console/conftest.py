"""A console server for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from answerable.channels.console.server import ConsoleServer
from answerable.channels.console.world import ConsoleWorld


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ConsoleServer]:
    with ConsoleServer(tmp_path / "console.sqlite3", hook_backoff=(0.05, 0.2)) as server:
        yield server


@pytest.fixture
def world(server: ConsoleServer) -> ConsoleWorld:
    return server.world
