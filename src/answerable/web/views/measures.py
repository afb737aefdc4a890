"""The measures: the page, the waits behind each number of it, and the same as a file for a spreadsheet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_GET

from answerable.channels.models import Account
from answerable.channels.queries import accounts
from answerable.inbox.models import Message
from answerable.insights import behind, desk
from answerable.insights.figures import BY
from answerable.insights.zones import today
from answerable.people.rights import Seat, seats
from answerable.web.doors import UNFIT, Request, at_desk, zone
from answerable.web.shown.asked import STEPS, Asked, NoSuch, read, read_behind
from answerable.web.shown.behind import listing
from answerable.web.shown.charts import Question
from answerable.web.shown.measures import as_of_in_words, labels, language_name, measured, scope_in_words
from answerable.web.shown.sheets import lines
from answerable.web.shown.words import Text
from answerable.web.views.desk import basis

SHEETS: dict[str, Text] = {
    "": later("In total"),
    "day": later("By day"),
    "weekday": later("By weekday"),
    "hour": later("By hour"),
    "channel": later("By channel"),
    "account": later("By account"),
}


@dataclass(frozen=True)
class _Given:
    """What each of the three pages begins with."""

    question: Question
    accounts: list[Account]

    @property
    def asked(self) -> Asked:
        return self.question.asked


@require_GET
@at_desk()
def page(request: Request, seat: Seat) -> HttpResponse:
    """The figures, the plots, and the form that narrows them."""
    given = _given(request, seat, STEPS)
    context = _page(seat, given)
    if given.asked.errors:
        return render(request, "measures/measures.html", context, status=UNFIT)
    shown = measured(given.question, accounts=len(given.accounts) > len(given.question.labels))
    more = {"shown": shown, "as_of": as_of_in_words(given.question), "nothing": not _anything(seat)}
    return render(request, "measures/measures.html", context | more | _choices(seat, given.asked))


@require_GET
@at_desk()
def waits(request: Request, seat: Seat) -> HttpResponse:
    """The waits behind a number or a bar."""
    given = _given(request, seat, behind.BY)
    context = _page(seat, given) | {"back": given.asked.query(by=None)}
    if given.asked.errors:
        return render(request, "measures/waits.html", context, status=UNFIT)
    try:
        wanted = read_behind(request.GET, given.asked.by)
    except NoSuch as error:
        return render(request, "measures/waits.html", context | {"trouble": str(error)}, status=UNFIT)
    found = listing(given.question, wanted, request.GET.get("after", ""))
    here = request.GET.copy()
    here.pop("after", None)
    return render(
        request,
        "measures/waits.html",
        context | {"list": found, "here": here.urlencode(), "after": "after" in request.GET},
    )


@require_GET
@at_desk()
def sheet(request: Request, seat: Seat) -> HttpResponseBase:
    """Every field as comma-separated text, by one key or in total."""
    given = _given(request, seat, BY)
    if given.asked.errors:
        return render(request, "measures/waits.html", _page(seat, given), status=UNFIT)
    asked = given.asked
    found = desk.report(seat.brand, asked.scope, asked.by or None)
    first, last = (day.isoformat() if day else "" for day in (asked.first, asked.last))
    answer = StreamingHttpResponse(lines(found, first, last), content_type="text/csv; charset=utf-8")
    name = "-".join(part for part in ("measures", seat.brand.slug, first, last, asked.by) if part)
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _given(request: Request, seat: Seat, bys: Collection[str]) -> _Given:
    reader = cast("ZoneInfo", zone(request))
    as_of, found = desk.as_of(seat.brand), list(accounts(seat.brand))
    names = labels(found)
    asked = read(request.GET, names, bys, reader, today(as_of, reader))
    return _Given(Question(seat, asked, as_of, names), found)


def _page(seat: Seat, given: _Given) -> dict[str, Any]:
    return basis(seat) | {
        "seats": seats(seat.user),
        "at_measures": True,
        "asked": given.asked,
        "scope": "" if given.asked.errors else scope_in_words(given.asked, given.question.labels),
        "labels": given.question.labels,
        "steps": STEPS,
        "no_account": not given.accounts,
    }


def _choices(seat: Seat, asked: Asked) -> dict[str, Any]:
    """The languages seen in this time, and the one chosen; the files for spreadsheets."""
    tags = behind.languages(seat, asked.scope)
    if asked.scope.language and asked.scope.language not in tags:
        tags.append(asked.scope.language)
    address = reverse("web:measures_csv", args=[seat.brand.slug])
    sheets = [{"name": name, "href": f"{address}?{asked.query(by=by)}"} for by, name in SHEETS.items()]
    return {"languages": [(tag, language_name(tag)) for tag in tags], "sheets": sheets}


def _anything(seat: Seat) -> bool:
    return Message.objects.filter(brand=seat.brand).exists()
