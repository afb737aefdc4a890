"""What the address of a page of measures asks for, read with a sentence at each field that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from answerable.inbox.text import clean
from answerable.insights.behind import NUMBERS, Key, Took
from answerable.insights.figures import Scope
from answerable.web.doors import number
from answerable.web.shown.words import Text

DAYS = 28  # shown when the address names no time
EARLIEST, LATEST = date(1971, 1, 1), date(2199, 12, 31)
STEPS: dict[str, Text] = {
    "day": later("Days"),
    "week": later("Weeks"),
    "month": later("Months"),
    "year": later("Years"),
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LANGUAGE = re.compile(r"[a-z]{2,8}")


@dataclass(frozen=True, slots=True)
class Asked:
    """first, last: days of the reader's zone, inclusive; None: from the beginning, until now. by: a grouping, "" for
    none. errors: sentences by field; with one, scope is not what was asked for. typed: the fields as they came."""

    scope: Scope
    first: date | None
    last: date | None
    by: str
    typed: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    def query(self, **more: Any) -> str:
        """The same question as an address has it; `more` replaces or adds."""
        fields: dict[str, Any] = {
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
            "channel": self.scope.channel,
            "language": self.scope.language,
            "by": self.by,
        }
        given = {name: value for name, value in (fields | more).items() if value is not None}
        # Without either, an address means the usual days: both stand there, empty or not.
        return urlencode({name: value for name, value in given.items() if value != "" or name in {"from", "to", "key"}})


def read(given: QueryDict, networks: Collection[str], bys: Collection[str], zone: ZoneInfo, today: date) -> Asked:
    """networks: those of the brand's accounts. bys: what may be grouped by here. today: the day that counts as now."""
    typed = {name: clean(given.get(name, "")).strip() for name in ("from", "to", "channel", "language", "by")}
    errors: dict[str, str] = {}
    if "from" not in given and "to" not in given:
        typed |= {"from": (today - timedelta(days=DAYS - 1)).isoformat(), "to": today.isoformat()}
    first, last = (_day(typed, name, errors) for name in ("from", "to"))
    if first and last and last < first:
        errors["to"] = _("This is before the first day.")
    channel, language, by = typed["channel"] or None, typed["language"].lower() or None, typed["by"]
    if channel is not None and channel not in networks:
        errors["channel"] = _("The brand has no account on such a channel.")
    if language is not None and not _LANGUAGE.fullmatch(language):
        errors["language"] = _("Write the language as a short code, such as “en” or “nb”.")
    if by and by not in bys:
        errors["by"] = _("Choose one of these: %(those)s.") % {"those": ", ".join(bys)}
    if errors:
        return Asked(Scope(zone=zone), None, None, "", typed, errors)
    since = _midnight(first, zone) if first else None
    until = _midnight(last + timedelta(days=1), zone) if last else None
    return Asked(Scope(since, until, channel, language, zone), first, last, by, typed)


def _day(typed: dict[str, str], name: str, errors: dict[str, str]) -> date | None:
    text = typed[name]
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        errors[name] = _("This is no date. Write it as 2026-01-31.")
    elif not EARLIEST <= day <= LATEST:
        errors[name] = _("Choose a day between the years %(from)d and %(to)d.") % {
            "from": EARLIEST.year,
            "to": LATEST.year,
        }
        day = None
    return day


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


class NoSuch(Exception):
    """An address that asks for a number, bar or bin that does not exist; the text says which, fit for people."""


@dataclass(frozen=True, slots=True)
class Behind:
    """What a list shows the waits of: a number, of one bar (`key`) or one bin (`took`) if these are given."""

    which: str
    key: Key | None
    took: Took | None


def read_behind(given: QueryDict, by: str) -> Behind:
    """NoSuch for an address that no page of ours has made."""
    which = given.get("which", "needed_answer")
    if which not in NUMBERS:
        raise NoSuch(_("There is no such number."))
    key = Key(by, _key(by, clean(given.get("key", "")))) if by else None
    over, upto = (_seconds(given.get(name, "")) for name in ("over", "upto"))
    return Behind(which, key, Took(over, upto) if over is not None or upto is not None else None)


def _key(by: str, text: str) -> Any:
    if by in {"channel", "account"}:
        return text
    if by == "day":
        errors: dict[str, str] = {}
        day = _day({"key": text}, "key", errors)
        if day is None:
            raise NoSuch(errors.get("key") or _("The day is missing."))
        return day
    if by == "person" and not text:
        return None
    found = number(text)
    low, high = {"hour": (0, 23), "weekday": (1, 7), "person": (1, 2**31)}[by]
    if found is None or not low <= found <= high:
        raise NoSuch(_("There is no such hour, weekday or person."))
    return found


def _seconds(text: str) -> int | None:
    if not text:
        return None
    found = number(text)
    if found is None or found > 10**9:
        raise NoSuch(_("There is no such length of time."))
    return found
