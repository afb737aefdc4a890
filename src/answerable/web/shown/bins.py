"""The distribution of answer times: how many came within 5 minutes, within 15, …; first answers and next ones apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from answerable.insights.behind import Took
from answerable.insights.figures import Figures, Spread
from answerable.web.shown import plots
from answerable.web.shown.figures import Links, Number, Spot, count, percent, within
from answerable.web.shown.words import Text, span

MINUTE, HOUR, DAY = 60, 3600, 86_400
# Until how many seconds each bin goes, and what it is called; each is about twice as wide as the one before.
NAMES: dict[int | None, Text] = {
    5 * MINUTE: later("up to 5 min"),
    15 * MINUTE: later("5–15 min"),
    30 * MINUTE: later("15–30 min"),
    HOUR: later("30 min–1 h"),
    2 * HOUR: later("1–2 h"),
    4 * HOUR: later("2–4 h"),
    8 * HOUR: later("4–8 h"),
    DAY: later("8–24 h"),
    2 * DAY: later("1–2 d"),
    7 * DAY: later("2–7 d"),
    None: later("over 7 d"),
}
EDGES = tuple(edge for edge in NAMES if edge is not None)


@dataclass(frozen=True, slots=True)
class Piece:
    """The bar of one bin. title: also how many came until its end."""

    number: Number
    width: str
    title: str


@dataclass(frozen=True, slots=True)
class Bin:
    name: str
    first: Piece
    following: Piece


@dataclass(frozen=True, slots=True)
class Side:
    """Of first answers, or of next ones: how many, and within how long half and nine of ten of them came."""

    n: Number
    half: str
    most: str


@dataclass(frozen=True, slots=True)
class Bins:
    rows: list[Bin]
    first: Side
    following: Side


def bins(found: Mapping[bool, list[int]], total: Figures, links: Links) -> Bins:
    """found: as insights.measures.distribution gives it for EDGES."""
    most = max(*found[True], *found[False])
    rows = []
    for at, (over, upto) in enumerate(zip([None, *EDGES], [*EDGES, None], strict=True)):
        took = Took(over, upto)
        first = links.number(found[True][at], "first_answer", Spot(took=took))
        following = links.number(found[False][at], "next_answer", Spot(took=took))
        name = str(NAMES[upto])
        rows.append(
            Bin(
                name,
                Piece(first, plots.width(first.n, most), _title(name, found[True], at)),
                Piece(following, plots.width(following.n, most), _title(name, found[False], at)),
            )
        )
    return Bins(
        rows,
        _side(total.first_answer, links.number(total.first_answer.n, "first_answer")),
        _side(total.next_answer, links.number(total.next_answer.n, "next_answer")),
    )


def _title(name: str, counts: list[int], at: int) -> str:
    title, so_far = f"{name}: {count(counts[at])}", sum(counts[: at + 1])
    if at < len(EDGES) and so_far:
        given = {"share": percent(so_far, sum(counts)), "time": span(EDGES[at])}
        title += "\n" + _("%(share)s of them within %(time)s") % given
    return title


def _side(times: Spread, n: Number) -> Side:
    return Side(n, within(times.p50), within(times.p90))
