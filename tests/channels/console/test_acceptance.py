"""Every posed network passes what every channel must pass."""

from __future__ import annotations

import pytest

from answerable.channels.console.server import ConsoleServer
from tests.channels import acceptance
from tests.channels.console.harness import ConsoleHarness


class TestChirp(
    acceptance.Spine,
    acceptance.Threads,
    acceptance.Quotes,
    acceptance.Edits,
    acceptance.TakesDown,
    acceptance.Pictures,
    acceptance.Pushes,
):
    @pytest.fixture
    def harness(self, server: ConsoleServer) -> ConsoleHarness:
        return ConsoleHarness(server, "chirp")


class TestPlaza(
    acceptance.Spine,
    acceptance.Threads,
    acceptance.Edits,
    acceptance.KeyedRetry,
    acceptance.TakesDown,
    acceptance.Pictures,
    acceptance.Pushes,
):
    @pytest.fixture
    def harness(self, server: ConsoleServer) -> ConsoleHarness:
        return ConsoleHarness(server, "plaza")


class TestMeadow(
    acceptance.Spine,
    acceptance.Threads,
    acceptance.Quotes,
    acceptance.Edits,
    acceptance.KeyedRetry,
    acceptance.TakesDown,
    acceptance.Pictures,
):
    @pytest.fixture
    def harness(self, server: ConsoleServer) -> ConsoleHarness:
        return ConsoleHarness(server, "meadow")


class TestCourier(acceptance.Spine, acceptance.Edits, acceptance.Pictures, acceptance.Pushes):
    @pytest.fixture
    def harness(self, server: ConsoleServer) -> ConsoleHarness:
        return ConsoleHarness(server, "courier")


class TestStarboard(acceptance.Spine, acceptance.Edits, acceptance.KeyedRetry, acceptance.TakesDown):
    @pytest.fixture
    def harness(self, server: ConsoleServer) -> ConsoleHarness:
        return ConsoleHarness(server, "starboard")
