"""A place in a list that is ordered by a time and an id: it does not move when rows come and go above it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

_PLACE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)Z~(\d{1,18})")


class Place(NamedTuple):
    """The row that was shown last."""

    at: datetime
    id: int


def write(place: Place) -> str:
    """As it stands in an address."""
    return f"{place.at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z~{place.id}"


def read(text: str) -> Place | None:
    """What `write` wrote; None for anything else."""
    found = _PLACE.fullmatch(text)
    if not found:
        return None
    try:
        return Place(datetime.fromisoformat(found[1]).replace(tzinfo=UTC), int(found[2]))
    except ValueError:
        return None
