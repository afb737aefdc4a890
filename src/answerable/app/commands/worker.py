"""``answerable worker``: the jobs alone, for a machine of several."""

from __future__ import annotations

import argparse

NAME = "worker"
HELP = "Run the worker alone: fetching, sending and everything else that waits in queues."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: how much is done at once is a setting."""


def handle(args: argparse.Namespace) -> int:
    """Returns when it is told to stop and the jobs in work have ended."""
    from answerable.app import boot

    with boot.desk():
        from answerable.app import worker

        return worker.run()
