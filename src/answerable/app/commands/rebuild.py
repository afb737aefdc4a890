"""``answerable rebuild``: everything after the raw events, derived once more."""

from __future__ import annotations

import argparse

from answerable.app.commands.refusal import Refusal

NAME = "rebuild"
HELP = "Read all stored raw events of a brand again, into the same rows, and print what became other."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which brand; all of them when none is named."""
    parser.add_argument("--brand", metavar="SLUG", help="only this brand")


def handle(args: argparse.Namespace) -> int:
    """Prints the difference; nothing people did is touched."""
    from answerable.app import boot

    with boot.desk():
        from answerable.people.models import Brand

        brands = Brand.objects.filter(slug=args.brand) if args.brand else Brand.objects.all()
        if args.brand and not brands:
            raise Refusal(f"There is no brand “{args.brand}”.")
        for brand in brands.order_by("slug"):
            _rebuild(brand.slug)
    return 0


def _rebuild(slug: str) -> None:
    from answerable.app import boot
    from answerable.cases.settle import settle_all
    from answerable.customers.verbs import ensure
    from answerable.inbox.models import Author
    from answerable.inbox.rebuild import rebuild
    from answerable.people.models import Brand

    brand, done = Brand.objects.get(slug=slug), 0

    def progress(read: int) -> None:
        nonlocal done
        done += read
        if done % 1000 < read:
            boot.say(f"  {done:,} raw events read")

    boot.say(f"{brand.name}: reading again …")
    difference = rebuild(brand, progress)
    ensure(list(Author.objects.filter(brand=brand, identity=None, ours=False).values_list("pk", flat=True)))
    waits = settle_all(brand.pk)
    for what, rows in sorted(difference.items()):
        boot.say(f"  {what}: {rows:,} rows changed")
    if waits:
        boot.say(f"  waits: {waits:,} rows changed")
    if not difference and not waits:
        boot.say(f"  nothing changed ({done:,} raw events)")
