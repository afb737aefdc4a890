"""The commands, in the order in which ``answerable --help`` lists them. One module a command.

A module imports Django only inside ``handle``: settings and database are not there before.
"""

from __future__ import annotations

import argparse
from typing import Protocol

from answerable.app.commands import (
    backup,
    brand,
    console,
    doctor,
    export,
    import_file,
    manage,
    measures,
    member,
    migrate,
    rebuild,
    restore,
    rotate_keys,
    run,
    sign_in_link,
    web,
    worker,
)
from answerable.app.commands.refusal import Refusal

__all__ = ["COMMANDS", "Command", "Refusal"]


class Command(Protocol):
    """What a module in this package offers."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def handle(self, args: argparse.Namespace) -> int:
        """Do the work; returns the exit status."""


COMMANDS: tuple[Command, ...] = (
    run,
    web,
    worker,
    migrate,
    brand,
    member,
    sign_in_link,
    doctor,
    backup,
    restore,
    export,
    rebuild,
    import_file,
    measures,
    rotate_keys,
    console,
    manage,
)
