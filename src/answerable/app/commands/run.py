"""``answerable run``: everything on this machine, under one supervisor."""

from __future__ import annotations

import argparse

NAME = "run"
HELP = "Run the whole desk on this machine: database, web server and worker."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: what can be chosen is a setting."""


def handle(args: argparse.Namespace) -> int:
    """Returns when it is told to stop."""
    from answerable.app import supervisor

    return supervisor.run()
