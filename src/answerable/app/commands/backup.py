"""``answerable backup``: the whole database in one file."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "backup"
HELP = "Write the whole database to a file, while the desk runs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and whether the keys go along."""
    parser.add_argument("file", metavar="FILE", type=Path, help="file to write; it must not exist yet")
    parser.add_argument(
        "--with-keys",
        action="store_true",
        help="also write FILE.keys with the encryption keys; who has both files has the tokens of all accounts",
    )


def handle(args: argparse.Namespace) -> int:
    """Refuses to overwrite."""
    from answerable.app import boot
    from answerable.config import env
    from answerable.config.database import backup

    database = boot.open_database()
    try:
        backup.write(database.url, args.file)
    finally:
        database.stop()
    boot.say(f"Written: {args.file}")
    keys = env.load().keys_path
    if args.with_keys:
        copy = backup.copy_keys(keys, args.file)
        boot.say(f"Written: {copy}. Keep it apart from the backup: both together open the tokens of all accounts.")
    else:
        boot.say(f"Not in it: {keys}. Keep a copy of that file elsewhere; without it accounts must be connected anew.")
    return 0
