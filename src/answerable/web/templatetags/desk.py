"""How values are written on the desk's pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.contrib.messages import get_messages
from django.template.context import Context
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from answerable import __version__
from answerable.cases.queries import Why
from answerable.channels.contract import Symbol
from answerable.core import clock
from answerable.web.shown import text as texts
from answerable.web.shown import words

register = template.Library()
THEMES = ("light", "dark")
NEEDS_RECONNECT = (Symbol.TOKEN_DEAD, Symbol.BAD_CREDENTIALS, Symbol.FORBIDDEN)

register.filter("rich", texts.rich)
register.filter("shown", texts.shown)
register.filter("initials", texts.initials)
register.filter("safe_url", texts.safe_url)
register.filter("span", words.span)
register.filter("reason", words.reason)
register.filter("remedy", words.remedy)
register.filter("when", words.when)


@register.filter
def name(value: object) -> SafeString:
    """A name, or whatever calls itself something, safe on one line."""
    return texts.name(str(value))


@register.filter
def initials_of(value: object) -> str:
    """Two letters for a person or an author."""
    return texts.initials(str(value))


@register.filter
def why(found: Why) -> str:
    return words.why(found)


@register.filter
def folded(text: str) -> tuple[str, int]:
    return texts.fold(text)


@register.filter
def since(at: datetime) -> str:
    """How long ago."""
    return words.span((clock.now() - at).total_seconds())


@register.filter
def state(code: str) -> str:
    return str(words.STATES.get(code, code))


@register.filter
def reconnects(symbol: str) -> bool:
    """Whether connecting the account again is what helps."""
    return symbol in NEEDS_RECONNECT


@register.filter
def time(at: datetime) -> SafeString:
    """A <time>: short for the eye, whole on hover."""
    here, now = words.here(at), words.here(clock.now())
    if here.date() == now.date():
        short = date_format(here, "H:i")
    else:
        short = date_format(here, "j M H:i" if here.year == now.year else "j M Y")
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact(at), short)


@register.filter
def exact(at: datetime) -> str:
    """A time to the second, with its zone."""
    return date_format(words.here(at), "j F Y H:i:s T")


@register.filter
def left(at: datetime | None) -> int:
    """Milliseconds from now until then, never negative."""
    return 0 if at is None else max(0, int((at - clock.now()).total_seconds() * 1000))


@register.simple_tag
def asset(path: str) -> str:
    """The address of a file of ours; another one after an upgrade, so that no browser keeps the old."""
    return f"{static(path)}?v={__version__}"


@register.simple_tag(takes_context=True)
def theme(context: Context) -> str:
    """What the person chose, "" for automatic."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else ""


@register.simple_tag(takes_context=True)
def told(context: Context) -> list[dict[str, Any]]:
    """What was just done, each with the address that takes it back (kept in the message's tags)."""
    request = context.get("request")
    found = get_messages(request) if request else []
    return [
        {
            "text": str(item),
            "bad": item.level_tag == "error",
            "undo": item.extra_tags if str(item.extra_tags or "").startswith("/") else "",
        }
        for item in found
    ]
