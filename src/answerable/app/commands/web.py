"""``answerable web``: the web server alone, for a machine of several."""

from __future__ import annotations

import argparse

NAME = "web"
HELP = "Run the web server alone. Several machines can, against one DATABASE_URL."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: address, port and processes are settings."""


def handle(args: argparse.Namespace) -> int:
    """Returns when it is told to stop."""
    from answerable.app import boot, server

    database = boot.open_database()
    try:
        return server.serve()
    finally:
        database.stop()
