"""``answerable manage``: Django's own commands, with the database open."""

from __future__ import annotations

import argparse

NAME = "manage"
HELP = "Run a command of Django, such as makemigrations. For developers."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything after the name goes to Django as it is."""
    parser.add_argument("rest", metavar="ARGUMENT", nargs=argparse.REMAINDER, help="the command and its arguments")


def handle(args: argparse.Namespace) -> int:
    """Returns 0, or ends with the status of Django's command."""
    import sys

    from answerable.app import boot

    # some settings and commands look at how the process was called
    sys.argv = ["answerable manage", *args.rest]
    with boot.desk(tables=False):
        from django.core.management import ManagementUtility

        ManagementUtility(sys.argv).execute()
    return 0
