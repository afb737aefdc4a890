"""What somebody typed into the search field, taken apart. Pure: no database."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from answerable.inbox.text import clean

LONGEST = 200  # characters that are looked for; more is no search
_QUOTED = re.compile(r'"([^"]+)"')
_ENDS = re.compile(r"^[\W_]+|[\W_]+$")
_IN_A_ROW = re.compile(r"[^\W_]{3}")


@dataclass(frozen=True, slots=True)
class Asked:
    """words: whole ones. phrases: stood in quotes. start: the last word, which may not be finished yet.
    terms: every word, without what stands around it (the @ of a handle): a name must hold all of them."""

    words: str
    phrases: tuple[str, ...]
    start: str
    terms: tuple[str, ...]


def read(text: str) -> Asked:
    """Takes anything; what holds no word comes out empty."""
    text = unicodedata.normalize("NFC", clean(text, LONGEST))
    loose = _QUOTED.sub(" ", text).replace('"', " ").split()
    start = loose.pop() if loose and not text.rstrip().endswith('"') else ""
    terms = [_ENDS.sub("", term) for term in text.replace('"', " ").split()]
    return Asked(" ".join(loose), tuple(_QUOTED.findall(text)), start, tuple(term for term in terms if term))


def prefix(start: str) -> str:
    """In the syntax of to_tsquery: whatever begins so. Nothing in it can end the quotes."""
    quoted = start.replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*" if start else ""


def pattern(term: str) -> str:
    """For LIKE: anywhere in a name. The index knows three letters in a row; a shorter term must begin a word."""
    escaped = re.sub(r"([\\%_])", r"\\\1", term)
    return f"%{escaped}%" if _IN_A_ROW.search(term) else f"% {escaped}%"
