"""Codes of the rooms in people's words, and lengths of time."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from answerable.cases.queries import Why
from answerable.cases.reasons import ELSEWHERE, EXCUSED, UNANSWERED
from answerable.channels.contract import Symbol

Text = str | Promise

REASONS: dict[str, Text] = {
    "spam": later("Spam"),
    "duplicate": later("Duplicate"),
    "not_for_us": later("Not meant for us"),
    "abuse": later("Abuse"),
    "nothing_to_answer": later("Nothing to answer"),
    "too_late": later("Too late to answer"),
    "gave_up": later("Could not be reached"),
    "other": later("Another reason"),
    "answered_elsewhere": later("Answered elsewhere"),
    "done": later("Done"),
}
GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (later("No answer was owed"), EXCUSED),
    (later("An answer was owed, and is not given"), UNANSWERED),
    (later("It was answered, not here"), (ELSEWHERE,)),
)
STATES: dict[str, Text] = {"open": later("Open"), "snoozed": later("Snoozed"), "closed": later("Closed")}
ACCOUNT_STATES: dict[str, Text] = {
    "connected": later("Connected"),
    "ailing": later("In trouble"),
    "disconnected": later("Disconnected"),
}
EVIDENCE: dict[str, Text] = {"first message": later("their own first message")}
_RECONNECT = later("An admin must connect this account again. What customers write is kept meanwhile.")
REMEDIES: dict[str, Text] = {
    Symbol.UNREACHABLE: later("The desk keeps trying. Check the address and the network if it lasts."),
    Symbol.TIMEOUT: later("The desk keeps trying."),
    Symbol.RATE_LIMITED: later("The network asked us to wait; the desk goes on by itself."),
    Symbol.TOKEN_DEAD: _RECONNECT,
    Symbol.BAD_CREDENTIALS: _RECONNECT,
    Symbol.FORBIDDEN: later("Check what this account may do on the network, then connect it again."),
    Symbol.REFUSED: later("Change the words and send again."),
    Symbol.TARGET_GONE: later("What you answer no longer stands on the network."),
    Symbol.TOO_LONG: later("Shorten the words and send again."),
    Symbol.NOT_FOUND: later("Check the name; it does not exist on the network."),
    Symbol.BAD_ANSWER: later("The network said something we cannot read. Try again later."),
    Symbol.SERVER_ERROR: later("The network has trouble of its own; the desk keeps trying."),
    Symbol.ADDRESS_REFUSED: later("The operator must allow this address (ANSWERABLE_ALLOW_HOSTS)."),
}


def reason(code: str) -> str:
    """A reason in words; an unknown code as it is."""
    return str(REASONS.get(code, code))


def remedy(symbol: str) -> str:
    """What to do about a trouble; empty when nothing is known."""
    return str(REMEDIES.get(symbol, ""))


def span(seconds: float) -> str:
    """A length of time, as exact as a reader needs it: "42 min", "3 h 5 min", "2 d 4 h"."""
    minutes = int(max(seconds, 0) // 60)
    hours, days = minutes // 60, minutes // 1440
    if minutes < 1:
        return _("less than a minute")
    if hours < 1:
        return _("%(minutes)d min") % {"minutes": minutes}
    if days < 2:
        rest = minutes % 60
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest} if rest else _("%d h") % hours
    rest = hours % 24
    return _("%(days)d d %(hours)d h") % {"days": days, "hours": rest} if rest and days < 10 else _("%d d") % days


def here(at: datetime) -> datetime:
    """The time in the reader's zone; in UTC at the ends of the calendar, where a zone would lead out of it."""
    try:
        return localtime(at)
    except (OverflowError, ValueError):
        return at.astimezone(UTC)


def when(at: datetime) -> str:
    """A time of the reader's zone, short: "21 Nov 14:05"."""
    return date_format(here(at), "j M H:i")


def why(found: Why) -> str:
    """The sentence "why on top", from the parts of the stored key."""
    times = {"waited": span(found.waited), "expected": span(found.expected)}
    parts = [_("waiting %(waited)s of %(expected)s") % times]
    if found.asked > 1:
        parts.append(ngettext("asked %d time", "asked %d times", found.asked) % found.asked)
    if found.waiting > 1:
        parts.append(ngettext("%d wait open", "%d waits open", found.waiting) % found.waiting)
    return " · ".join(parts)
