"""What every test has. Plugins are imported in this order; the database comes first, models can be imported after it."""

from __future__ import annotations

pytest_plugins = [
    "tests.database",
    "tests.no_skips",
    "tests.browsers_last",
    "tests.people",
    "tests.desk",
    "tests.reader",
    "tests.faults.summary",
]
