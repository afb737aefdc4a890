"""Plots as numbers: where each bar, dot and label of a drawing stands. Pure; a template writes them as SVG.

Widths are shares of the room there is ("12.5%"), heights are pixels: a drawing fits any screen and its letters keep
their size. All are text, so that no language's decimal comma gets into a drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

Format = Callable[[float], str]  # how a number is written
MINUTE, HOUR, DAY = 60, 3600, 86_400
TALL, LOW = 168, 72  # pixels of a plot of bars, and of one of dots
TOP = 8  # pixels above the highest value
MOST_LABELS = 6  # below a plot, unless it says otherwise: what a phone has room for
FILLED = 0.72  # of the room of a bar that it takes
TIMES = (MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY)  # ticks of a scale of times


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar. kind: its class on the page. href: what it opens."""

    kind: str
    n: int
    href: str
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """What one place on the axis says. value, of a plot of dots: None leaves a gap. n: how many waits `href` opens."""

    label: str
    title: str
    href: str
    n: int
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Rect:
    """A drawn piece."""

    part: Part
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Strip:
    """The whole room above one place on the axis: easier to hit than a low bar."""

    bar: Bar
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A label and where it stands: y in pixels or x as a share."""

    label: str
    at: str


@dataclass(frozen=True, slots=True)
class Dot:
    bar: Bar
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Line:
    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Stacked:
    """Bars of parts upon each other, from zero."""

    height: int
    base: str
    rects: tuple[Rect, ...]
    strips: tuple[Strip, ...]
    rows: tuple[Tick, ...]
    labels: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Dotted:
    """Dots, joined where neighbours both have a value: a gap stays a gap."""

    height: int
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    rows: tuple[Tick, ...]


def stacked(bars: Sequence[Bar], number: Format, labels: int = MOST_LABELS) -> Stacked:
    """number: how a count is written. labels: at most so many stand below."""
    ticks = _round_ticks(max((sum(part.n for part in bar.parts) for bar in bars), default=0))
    top = ticks[-1]

    def y(n: float) -> float:
        return TOP + (TALL - TOP) * (1 - n / top)

    room = 100 / max(len(bars), 1)
    rects, strips = [], []
    for at, bar in enumerate(bars):
        below = 0
        for part in bar.parts:
            if part.n:
                high, low = y(below + part.n), y(below)
                x, width = room * (at + (1 - FILLED) / 2), room * FILLED
                rects.append(Rect(part, _share(x), _pixels(high), _share(width), _pixels(low - high)))
            below += part.n
        strips.append(Strip(bar, _share(room * at), _share(room)))
    rows = tuple(Tick(number(tick), _pixels(y(tick))) for tick in ticks)
    return Stacked(TALL, _pixels(TALL), tuple(rects), tuple(strips), rows, _labels(bars, labels))


def rates(bars: Sequence[Bar], values: Sequence[float | None], percent: Format) -> Dotted:
    """Shares from 0 to 1. percent: how a share is written."""
    return _dotted(bars, values, lambda value: value, [(percent(tick), tick) for tick in (0.0, 0.5, 1.0)])


def times(bars: Sequence[Bar], values: Sequence[float | None], span: Format) -> Dotted:
    """Seconds, on a scale on which each step is some times the one before. span: how a length of time is written."""
    known = [value for value in values if value is not None]
    low = max((tick for tick in TIMES[:-1] if tick <= min(known, default=MINUTE)), default=TIMES[0])
    high = min((tick for tick in TIMES if tick >= max(known, default=DAY) and tick > low), default=TIMES[-1])
    ticks = [tick for tick in TIMES if low <= tick <= high]
    if len(ticks) > 4:
        ticks = [ticks[0], ticks[len(ticks) // 2], ticks[-1]]

    def place(value: float) -> float:
        return log(min(max(value, low), high) / low) / log(high / low)

    return _dotted(bars, values, place, [(span(tick), tick) for tick in ticks])


def width(n: int, most: int) -> str:
    """A bar's share of the room, when `most` fills it."""
    return _share(100 * n / most if most else 0)


def _dotted(
    bars: Sequence[Bar],
    values: Sequence[float | None],
    place: Callable[[float], float],
    ticks: Sequence[tuple[str, float]],
) -> Dotted:
    """place: where a value stands between bottom (0) and top (1)."""
    room = 100 / max(len(bars), 1)

    def y(value: float) -> str:
        return _pixels(TOP + (LOW - 2 * TOP) * (1 - place(value)))

    def x(at: int) -> str:
        return _share(room * (at + 0.5))

    dots, lines = [], []
    for at, (bar, value) in enumerate(zip(bars, values, strict=True)):
        if value is None:
            continue
        dots.append(Dot(bar, x(at), y(value)))
        before = values[at - 1] if at else None
        if before is not None:
            lines.append(Line(x(at - 1), y(before), x(at), y(value)))
    rows = tuple(Tick(label, y(tick)) for label, tick in ticks)
    return Dotted(LOW, tuple(dots), tuple(lines), rows)


def _labels(bars: Sequence[Bar], most: int) -> tuple[Tick, ...]:
    """As many labels as fit, evenly: every first, second, third … bar."""
    step = -(-len(bars) // most)
    room = 100 / max(len(bars), 1)
    return tuple(Tick(bar.label, _share(room * (at + 0.5))) for at, bar in enumerate(bars) if step and at % step == 0)


def _round_ticks(most: int) -> list[int]:
    """Zero and a few round numbers, the last of which is not below `most`."""
    step, size = 1, 1
    while True:
        for factor in (1, 2, 5):
            step = factor * size
            if step * 4 >= most:
                return [step * at for at in range(max(-(-most // step), 1) + 1)]
        size *= 10


def _share(value: float) -> str:
    return f"{value:.3f}%"


def _pixels(value: float) -> str:
    return f"{value:.1f}"
