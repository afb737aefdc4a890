"""``answerable migrate``: brings the tables to what this version expects."""

from __future__ import annotations

import argparse

NAME = "migrate"
HELP = "Bring the database to this version. `run` does it by itself."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def handle(args: argparse.Namespace) -> int:
    """Returns 0 when the tables are up to date."""
    from answerable.app import boot

    with boot.desk(tables=False):
        from answerable.app import migrations

        applied = migrations.apply()
        boot.say(f"{applied} migrations applied." if applied else "The database is up to date.")
    return 0
