"""``answerable restore``: a backup into an empty database."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "restore"
HELP = "Read a backup into an empty database. Stop the desk first."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and whether what is there may go."""
    parser.add_argument("file", metavar="FILE", type=Path, help="file written by `answerable backup`")
    parser.add_argument("--replace", action="store_true", help="delete everything in the database first")


def handle(args: argparse.Namespace) -> int:
    """Refuses a database that is not empty, unless told to replace it."""
    from answerable.app import boot
    from answerable.config import env
    from answerable.config.database import backup

    database = boot.open_database()
    try:
        backup.read(database.url, args.file, replace=args.replace)
    finally:
        database.stop()
    boot.say(f"Restored from {args.file}.")
    keys = env.load().keys_path
    if not keys.exists():
        boot.say(
            f"There is no {keys}. Put the keys of this backup there before the start: "
            "without them every account must be connected again."
        )
    boot.say("Start the desk; then `answerable doctor` checks it.")
    return 0
