"""What the tests of faults have to tell besides "passed", such as the kills by place: at the end of the run.

A plugin of its own: the process that prints the end of a run on several processes collects no tests itself.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

TOLD = "told"
Tell = Callable[[str], None]


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Keeps a text for the end of the run, whatever becomes of the test."""

    def keep(text: str) -> None:
        request.node.user_properties.append((TOLD, text))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for found in terminalreporter.stats.values() for report in found]
    texts = [
        text
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, text in report.user_properties
        if name == TOLD
    ]
    if texts:
        terminalreporter.section("kills")
        for text in texts:
            terminalreporter.write_line(str(text))
