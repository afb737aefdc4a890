"""How long a text is, as a network counts it."""

from __future__ import annotations

import regex

from answerable.channels.contract import Unit

_CLUSTER = regex.compile(r"\X")


def size(text: str, unit: Unit) -> int:
    """Length of `text` in `unit`."""
    if unit is Unit.GRAPHEMES:
        return sum(1 for _ in _CLUSTER.finditer(text))
    if unit is Unit.BYTES:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text)
