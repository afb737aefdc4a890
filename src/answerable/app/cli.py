"""The command line: ``answerable COMMAND``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import answerable
from answerable.app.commands import COMMANDS, Refusal
from answerable.config import private, processes
from answerable.config.database import DatabaseError
from answerable.config.env import SettingsError
from answerable.config.keys import KeyFileError


def parser() -> argparse.ArgumentParser:
    """The arguments of every command."""
    main_parser = argparse.ArgumentParser(
        prog="answerable",
        description="The desk where a brand answers its customers.",
        epilog="Settings come from the environment; docs/guides/operator.md lists them.",
    )
    main_parser.add_argument("--version", action="version", version=f"answerable {answerable.__version__}")
    kinds = main_parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        one = kinds.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(one)
        one.set_defaults(handle=command.handle)
    return main_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. 0: done; 1: it found something wrong; 2: it could not be done, with the reason on stderr."""
    parent = os.environ.get(processes.PARENT)
    if parent:
        processes.die_with_parent(parent=int(parent))
        # our own children have us as their parent, not the supervisor
        del os.environ[processes.PARENT]
    chosen = parser().parse_args(arguments)
    try:
        with private.umask():
            code: int = chosen.handle(chosen)
    except (SettingsError, DatabaseError, KeyFileError, Refusal) as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
