"""``answerable export``: a brand's history in a file that ``answerable import`` reads."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from answerable.people.models import Brand

NAME = "export"
HELP = "Write a brand's messages, and what people did about them, to a file that `import` reads."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, the brand, and whether pictures go along."""
    parser.add_argument(
        "file", metavar="FILE", help="file to write (FILE.gz: packed); it must not exist yet; -: output"
    )
    parser.add_argument("--brand", metavar="NAME", required=True, help="its address (/b/NAME/) or its name")
    parser.add_argument("--without-files", action="store_true", help="leave the bytes of pictures and files out")


def handle(args: argparse.Namespace) -> int:
    """Refuses to overwrite. The desk goes on meanwhile; the file is one moment of it."""
    from answerable.app import boot, whole
    from answerable.app.commands import brands

    whole.check(args.file)
    with boot.desk(boot.aside):
        from answerable.history import export

        brand = brands.named(args.brand)
        with export.one_moment(), whole.writing(args.file) as target:
            counts = _write(target, brand, with_files=not args.without_files)
    where = "" if args.file == whole.STANDARD_OUTPUT else f" in {args.file}"
    boot.aside(
        f"Written: {counts['account']:,} accounts, {counts['message']:,} messages and {counts['act']:,} acts"
        f" of {brand.name}{where}."
    )
    if counts["long"]:
        boot.aside(f"{counts['long']:,} of its lines are longer than an import takes (16 MiB).")
    return 0


def _write(target: IO[bytes], brand: Brand, *, with_files: bool) -> Counter[str]:
    """Lines by type; "long": those that an import will refuse."""
    from answerable.app.progress import Progress
    from answerable.history import export

    counts: Counter[str] = Counter()
    progress = Progress(export.count(brand), "messages and acts")
    try:
        for record in export.records(brand, with_files=with_files):
            line = export.line(record)
            target.write(line)
            counts[record["type"]] += 1
            counts["long"] += len(line) > export.LONGEST
            progress.at(counts["message"] + counts["act"])
    finally:
        progress.end()
    return counts
