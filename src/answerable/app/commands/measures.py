"""``answerable measures``: how customers were treated, from the desk's rows or straight from a file."""

from __future__ import annotations

import argparse
import json
import zoneinfo
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from answerable.app.commands import files
from answerable.app.commands.refusal import Refusal

if TYPE_CHECKING:
    from answerable.insights.figures import Figures, Report, Scope, Spread

NAME = "measures"
HELP = "Print the measures of a brand, or of a file without any database. docs/rooms/insights.md defines them."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Of what, and which part of it."""
    parser.add_argument("--brand", metavar="NAME", help="the brand's name or address")
    parser.add_argument("--file", metavar="FILE", type=Path, help="measure this file instead; needs no database")
    files.add_source(parser)
    parser.add_argument(
        "--from", metavar="TIME", dest="since", help="only what began then or later: a date or ISO 8601"
    )
    parser.add_argument(
        "--to", metavar="TIME", dest="until", help="only what began before; a date: to the end of that day"
    )
    parser.add_argument("--channel", metavar="NETWORK", help="only this network")
    parser.add_argument(
        "--language", metavar="TAG", help="only this language, as the network said: nb, ru, ro, en, sk …"
    )
    parser.add_argument("--zone", metavar="ZONE", default="UTC", help="whose days and hours; default: %(default)s")
    from answerable.insights.figures import BY

    parser.add_argument("--by", choices=BY, help="also a row for each")
    parser.add_argument("--json", action="store_true", help="as JSON")


def handle(args: argparse.Namespace) -> int:
    """Needs one of --brand and --file."""
    if bool(args.brand) == bool(args.file):
        raise Refusal("Say of what: --brand NAME, or --file FILE with --account HANDLE.")
    report = _of_file(args) if args.file else _of_brand(args)
    if args.json:
        print(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        _tell(report)
    return 0


def _of_brand(args: argparse.Namespace) -> Report:
    from answerable.app import boot

    scope = _scope(args)
    with boot.desk(boot.aside):
        from answerable.app.commands.brands import named
        from answerable.insights import desk

        return desk.report(named(args.brand), scope, args.by)


def _of_file(args: argparse.Namespace) -> Report:
    from answerable.app.progress import Phases
    from answerable.channels.archive import tables
    from answerable.channels.archive.staging import size_of
    from answerable.insights import files as of_files

    scope = _scope(args)
    with files.sentences(args.file):
        size = size_of(args.file)
        key = args.format or tables.guess(args.file)
        network = args.network or tables.FORMATS[key].network
        bar = Phases()
        given = files.mapping(args.map)
        with of_files.staged(args.file, key, given, network, lambda done: bar("bytes read", done, size)) as stage:
            bar.end()
            engine, _ = of_files.engine(stage, args.account)
            return of_files.report(stage, engine, scope, args.by)


def _scope(args: argparse.Namespace) -> Scope:
    from answerable.insights.figures import Scope

    try:
        zone = zoneinfo.ZoneInfo(args.zone)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise Refusal(f"There is no time zone “{args.zone}”; write one like Europe/Oslo.") from None
    language = args.language.lower().partition("-")[0] if args.language else None
    return Scope(_time(args.since, zone, False), _time(args.until, zone, True), args.channel, language, zone)


def _time(text: str | None, zone: zoneinfo.ZoneInfo, end: bool) -> datetime | None:
    """A moment, or a whole day in the zone: its beginning, for `end` that of the next."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"“{text}” is no date or time; write 2026-03-01 or 2026-03-01T09:30.") from None
    if len(text) <= 10 and at.time() == time.min:
        from datetime import timedelta

        day = at.date() + timedelta(days=1) if end else at.date()
        return datetime.combine(day, time.min, zone).astimezone(UTC)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _tell(report: Report) -> None:
    print(f"As of {report.as_of:%Y-%m-%d %H:%M} UTC" if report.as_of else "Nothing happened yet.")
    _figures(report.total, report.as_of)
    for key, figures in report.rows.items():
        rate = "–" if figures.response_rate is None else f"{figures.response_rate:.1%}"
        half = _span(figures.first_answer.p50)
        print(f"{key!s:>12}  {figures.answered:>8,} of {figures.needed_answer:>8,}  {rate:>6}  half within {half}")


def _figures(total: Figures, as_of: datetime | None) -> None:
    rate = "nobody needed an answer" if total.response_rate is None else f"{total.response_rate:.1%}"
    print(f"Answered {total.answered:,} of {total.needed_answer:,} who needed an answer: {rate}")
    for name, spread in (("First answers", total.first_answer), ("Next answers", total.next_answer)):
        print(f"{name}: {_spread(spread)}")
    print(f"Waiting {total.waiting:,}, the longest for {_span(total.longest_open_seconds(as_of))}; closed without an answer "
          f"{total.closed_unanswered:,}")  # fmt: skip
    print(
        f"Beside: excused {total.excused:,}, withdrawn {total.withdrawn:,}, answered elsewhere {total.answered_elsewhere:,}"
    )
    print(f"Messages: {total.inbound:,} in, {total.outbound:,} out")


def _spread(spread: Spread) -> str:
    if not spread.n:
        return "none"
    return f"{spread.n:,}, half within {_span(spread.p50)}, nine of ten within {_span(spread.p90)}"


def _span(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} d"
