"""``answerable import``: a history from a file into a brand's desk."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from answerable.app.commands import files
from answerable.app.commands.refusal import Refusal

if TYPE_CHECKING:
    from answerable.history.importing import Outcome

NAME = "import"
HELP = "Take in a history from a file; wakes nobody. docs/guides/import.md has the formats."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, whose it is, and how it is read."""
    parser.add_argument("file", metavar="FILE", type=Path, help="JSONL or CSV, gzipped or not")
    parser.add_argument("--brand", metavar="NAME", required=True, help="the brand's name or address")
    files.add_source(parser)
    parser.add_argument("--refused", metavar="FILE", type=Path, help="where refused rows go; else FILE.refused.jsonl")
    parser.add_argument("--live", action="store_true", help="treat it as news: into the queue")


def handle(args: argparse.Namespace) -> int:
    """Refuses what cannot be read before anything changes; 0 also when some rows were refused."""
    from answerable.app import boot

    with boot.desk():
        from answerable.app.commands.brands import named
        from answerable.app.progress import Phases
        from answerable.config import env
        from answerable.history import importing

        brand = named(args.brand)
        request = importing.Request(
            args.file, args.account, args.format, files.mapping(args.map), args.network, args.live, args.refused
        )
        bar = Phases()
        with (
            files.sentences(args.file),
            tempfile.TemporaryDirectory(prefix="import-", dir=env.load().data_path) as folder,
        ):
            try:
                outcome = importing.run(brand, request, Path(folder), bar)
            except importing.OtherBrands as error:
                raise Refusal(f"{error}.") from error
        bar.end()
        _tell(outcome, brand.name, args.live)
    return 0


def _tell(outcome: Outcome, brand: str, live: bool) -> None:
    from answerable.app.boot import say

    share, counts = outcome.share, outcome.counts
    for own in share.own:
        say(f"{own.handle} on {own.network}: {own.wrote:,} messages of its own")
    say(
        f"{counts['new']:,} messages in {counts['cases_case']:,} cases with {counts['cases_wait']:,} waits are new at {brand}."
    )
    if counts["merged"]:
        say(f"{counts['merged']:,} messages went into conversations that stood already.")
    if counts["known"]:
        say(f"{counts['known']:,} messages stood already.")
    if share.acts:
        say(f"{share.acts:,} acts of people.")
    if share.skipped_messages:
        say(
            f"{share.skipped_messages:,} messages in {share.skipped_conversations:,} conversations of others were skipped."
        )
    if share.twice:
        say(f"{share.twice:,} rows stand twice in the file.")
    if outcome.refused:
        say(f"{sum(outcome.refused.values()):,} rows were refused; they are in {outcome.refused_file}:")
        for reason, rows in list(outcome.refused.items())[:10]:
            say(f"  {rows:>9,}  {reason}")
    say("They are in the queue." if live else "Nobody was told; the cases are in the tab Imported.")
