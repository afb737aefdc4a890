"""Days and hours of a time zone, in whole microseconds: the same calendar, Python's own, for every engine."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from answerable.core.frames import moment

SECOND = 1_000_000
HOUR, DAY = 3600 * SECOND, 86_400 * SECOND


def today(at: datetime, zone: ZoneInfo) -> date:
    """The day it is there."""
    return at.astimezone(zone).date()


def changes(zone: ZoneInfo, low: int, high: int) -> list[tuple[int, int]]:
    """(from when, offset) of a zone between two moments, in microseconds; found by halving each day that has one."""

    def offset(us: int) -> int:
        away = moment(us).astimezone(zone).utcoffset()
        assert away is not None
        return away // timedelta(microseconds=1)

    found = [(low, offset(low))]
    for day in range(low, high + DAY, DAY):
        end = min(day + DAY, high + DAY)
        if offset(end) != found[-1][1]:
            left, right = day, end
            while right - left > SECOND:
                middle = (left + right) // 2
                left, right = (left, middle) if offset(middle) != found[-1][1] else (middle, right)
            whole = right // SECOND * SECOND
            found.append((whole, offset(whole)))
    return found
