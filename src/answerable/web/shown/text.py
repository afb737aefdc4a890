"""Text from strangers, made safe to look at: escaped, its hidden characters shown, its links followed with care."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

FOLD = 1_500  # characters of a message that stand on the page before "show all"
FOLD_LINES = 24
NAME = 120  # characters of a name
MARKS = 50  # marks for hidden characters in one text
_BIDI = "\u202a-\u202e\u2066-\u2069"  # embeddings, overrides and isolates: they turn the text around them
_ZERO = "\u200b\u2060-\u2065\u206a-\u206f\ufeff\u00ad\u115f\u1160\u3164\uffa0\u180e"
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f\ufff9-\ufffb"
_TAGS = "\U000e0000-\U000e007f"  # invisible letters; harmless only in flags, which _FLAG keeps
_FLAG = "\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
_HIDDEN = re.compile(f"({_FLAG})|([{_BIDI}]+)|([{_ZERO}{_TAGS}{_CONTROL}]+)")
_HARMLESS_IN_LINKS = re.compile(f"[{_BIDI}{_ZERO}{_TAGS}{_CONTROL}\u200c-\u200f\u061c]")
_LINK = re.compile(r"https?://[^\s<>\"'`]{2,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?…»”’*_~"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def rich(text: str) -> SafeString:
    """A message as HTML: escaped, links made, hidden characters marked. Line breaks are the style sheet's business."""
    marks, parts, at = _Marks(), [], 0
    for found in _LINK.finditer(text):
        link = _trim(found[0])
        address = safe_url(_HARMLESS_IN_LINKS.sub("", link))
        if not address:
            continue
        parts += [marks.shown(text[at : found.start()]), _anchor(address, marks.shown(link))]
        at = found.start() + len(link)
    parts += [marks.shown(text[at:]), marks.rest()]
    return mark_safe("".join(parts))  # noqa: S308  every part is escaped by what made it


def shown(text: str) -> SafeString:
    """Escaped, with characters that cannot be seen but change what is seen turned into a small mark."""
    marks = _Marks()
    return mark_safe(marks.shown(text) + marks.rest())  # noqa: S308  both are escaped by what made them


def name(text: str) -> SafeString:
    """A name or handle on one line, as long as a line."""
    line = " ".join(text[: 4 * NAME].split())
    return shown(line if len(line) <= NAME and len(text) <= 4 * NAME else f"{line[:NAME].rstrip()}…")


class _Marks:
    """The marks of one text. After the first MARKS the hidden characters are left out, and one mark counts them all:
    a page must not grow a hundredfold because somebody wrote a letter and a mark by turns."""

    def __init__(self) -> None:
        self.made = self.left_out = 0

    def shown(self, text: str) -> SafeString:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        parts, at = [], 0
        for found in _HIDDEN.finditer(text):
            if found[1]:
                continue
            parts.append(escape(text[at : found.start()]))
            at = found.end()
            if self.made < MARKS:
                parts.append(_mark(found[0][:5], len(found[0]), bool(found[2]), get_language()))
                self.made += 1
            else:
                self.left_out += len(found[0])
        parts.append(escape(text[at:]))
        return mark_safe("".join(parts))  # noqa: S308  every part is escaped by what made it

    def rest(self) -> SafeString:
        """The mark for all that were left out; empty when none was."""
        if not self.left_out:
            return SafeString("")
        label = ngettext("%d more hidden character", "%d more hidden characters", self.left_out) % self.left_out
        return format_html('<span class="hidden-char" title="{}">…</span>', label)


@lru_cache(maxsize=1024)
def _mark(run: str, length: int, turns: bool, language: str | None) -> SafeString:
    """run: the first characters of it. language: what the words are in; named so that each has its own mark."""
    codes = " ".join(f"U+{ord(character):04X}" for character in run[:4]) + (" …" if length > 4 else "")
    count = ngettext("%d hidden character", "%d hidden characters", length) % length
    label = _("turns the direction of writing") if turns else count
    return format_html('<span class="hidden-char" title="{} ({})">{}</span>', label, codes, "⇄" if turns else "·")


def _anchor(address: str, link: SafeString) -> SafeString:
    return format_html('<a href="{}" rel="nofollow noopener noreferrer ugc" target="_blank">{}</a>', address, link)


def _trim(link: str) -> str:
    """Without the punctuation of the sentence around it; a bracket stays when its partner is inside."""
    while link:
        last = link[-1]
        if last in _TRAILING or (last in _PAIRS and link.count(last) > link.count(_PAIRS[last])):
            link = link[:-1]
        else:
            break
    return link


def safe_url(address: str) -> str:
    """The address if it is http or https with a host and without a user part; else nothing."""
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return address if good else ""


def fold(text: str) -> tuple[str, int]:
    """(what is shown at first, how many characters are left out)."""
    cut = len(text)
    if len(text) > FOLD + FOLD // 2:
        space = max(text.rfind(" ", FOLD - 200, FOLD), text.rfind("\n", FOLD - 200, FOLD))
        cut = space if space > 0 else FOLD
    lines = text[:cut].split("\n")
    if len(lines) > FOLD_LINES + FOLD_LINES // 2:
        cut = len("\n".join(lines[:FOLD_LINES]))
    return text[:cut], len(text) - cut


def initials(text: str) -> str:
    """Two letters that stand for a picture."""
    words = [word for word in re.split(r"[\s._@-]+", text[:NAME]) if word and word[0].isalnum()]
    letters = words[0][:1] + (words[-1][:1] if len(words) > 1 else "") if words else "?"
    return letters.upper()
