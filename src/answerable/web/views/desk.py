"""The desk: the list, a conversation, the customer; whole pages and the parts that live updates fetch again."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from answerable.cases import queries
from answerable.cases.models import Case
from answerable.channels.queries import accounts
from answerable.inbox.models import Message
from answerable.people.rights import Right, Seat, seats
from answerable.web.doors import Request, at_desk, where
from answerable.web.shown import snoozes
from answerable.web.shown.composer import Refusal
from answerable.web.shown.conversation import conversation
from answerable.web.shown.customer import customer
from answerable.web.shown.found import found, searched
from answerable.web.shown.queue import TABS, counts, listing, tabs
from answerable.web.shown.words import GROUPS


@require_GET
@at_desk()
def desk(request: Request, seat: Seat) -> HttpResponse:
    return render(request, "desk/desk.html", _page(request, seat))


@require_GET
@at_desk()
def case(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    """The desk with a case open."""
    found = queries.case(seat, case_id)
    return render(request, "desk/desk.html", _page(request, seat) | of_case(request, seat, found))


@require_GET
@at_desk()
def queue(request: Request, seat: Seat) -> HttpResponse:
    """The list alone, or what a search found."""
    shown = _list(request, seat)
    answer = render(request, "desk/_list.html", shown)
    if request.htmx.trigger == "search" and (page := urlsplit(where(request)).path):
        answer["HX-Replace-Url"] = f"{page}?{shown['kept']}"  # a page that is loaded again shows the same list
    return answer


@require_GET
@at_desk()
def panes(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    """Conversation and customer alone."""
    found = queries.case(seat, case_id)
    return render(request, "desk/_case.html", basis(seat) | of_case(request, seat, found))


@require_GET
@at_desk()
def message(request: Request, seat: Seat, case_id: int, message_id: int) -> HttpResponse:
    """One message at full length."""
    found = queries.case(seat, case_id)
    threads = queries.threads(found)
    shown = Message.objects.select_related("author").get(brand=seat.brand, thread__in=threads, pk=message_id)
    template = "desk/_text.html" if request.htmx else "desk/message.html"
    return render(request, template, basis(seat) | {"case": found, "message": shown, "whole": True})


def basis(seat: Seat) -> dict[str, Any]:
    """What every page of a brand needs."""
    return {
        "seat": seat,
        "brand": seat.brand,
        "may_answer": seat.may(Right.ANSWER),
        "may_lead": seat.may(Right.LEAD),
        "may_admin": seat.may(Right.ADMIN),
    }


def of_case(request: Request, seat: Seat, found: Case, refusal: Refusal | None = None) -> dict[str, Any]:
    """What the two panes of a case need."""
    everything = request.GET.get("all") == "1"
    talk = conversation(seat, found, everything=everything, refusal=refusal)
    return {
        "case": found,
        "talk": talk,
        "everything": everything,
        "shown": customer(seat, found, talk.waits),
        "reason_groups": GROUPS,
        "snoozes": snoozes.presets(),
    }


def whole(request: Request, seat: Seat, found: Case, refusal: Refusal) -> dict[str, Any]:
    """The whole page again, with a composer whose words were not taken."""
    return _page(request, seat) | of_case(request, seat, found, refusal)


def _page(request: Request, seat: Seat) -> dict[str, Any]:
    pane = request.GET.get("pane", "")
    return _list(request, seat) | {"seats": seats(seat.user), "pane": pane if pane in ("queue", "customer") else ""}


def _list(request: Request, seat: Seat) -> dict[str, Any]:
    tab, sought = request.GET.get("tab", "needs"), searched(request.GET.get("q", ""))
    tab = tab if tab in TABS else "needs"
    after = request.GET.get("after", "")
    return basis(seat) | {
        "tabs": tabs(seat),
        "tab": tab,
        "sought": sought,
        "kept": urlencode({"tab": tab} | ({"q": sought} if sought else {})),
        "list": found(seat, sought, after) if sought else listing(seat, tab, after),
        "counts": counts(seat),
        "no_account": not accounts(seat.brand).exclude(state="disconnected").exists(),
    }
