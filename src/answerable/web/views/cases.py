"""What people do to a case: each address is one verb."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import push_url

from answerable.cases import queries, verbs
from answerable.cases.reasons import DONE
from answerable.people.rights import Right, Seat
from answerable.web.doors import Request, at_desk, typed, where
from answerable.web.shown import snoozes
from answerable.web.shown.words import when
from answerable.web.views.desk import basis, of_case


def back(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    """The case as it is now: its panes to a script, the page to everybody else."""
    if not request.htmx:
        return HttpResponseRedirect(reverse("web:case", args=[seat.brand.slug, case_id]))
    found = queries.case(seat, case_id)
    answer = render(request, "desk/_done.html", basis(seat) | of_case(request, seat, found))
    here = reverse("web:case", args=[seat.brand.slug, case_id])
    if not (where(request) or here).startswith(here):
        push_url(answer, here)  # an undo of a case that is no longer the one on the page
    return answer


def say(request: Request, text: str, undo: str = "") -> None:
    """Tells what was done, with the address that takes it back."""
    messages.success(request, text, extra_tags=undo)


@require_POST
@at_desk(Right.ANSWER)
def take(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    verbs.take(seat, case_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def drop(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    verbs.drop(seat, case_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def note(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    verbs.note(seat, case_id, typed(request, "text"))
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def snooze(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    until = snoozes.until(typed(request, "preset"), typed(request, "until"))
    verbs.snooze(seat, case_id, until)
    undo = reverse("web:wake", args=[seat.brand.slug, case_id])
    say(request, _("Snoozed until %(until)s.") % {"until": when(until)}, undo)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def wake(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    verbs.wake(seat, case_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def close(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    verbs.close(seat, case_id, typed(request, "reason") or DONE, typed(request, "link").strip())
    undo = reverse("web:undo_close", args=[seat.brand.slug, case_id])
    say(request, _("Case closed."), undo)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def reopen(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    verbs.reopen(seat, case_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def undo_close(request: Request, seat: Seat, case_id: int) -> HttpResponse:
    verbs.undo_close(seat, case_id)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def decide(request: Request, seat: Seat, case_id: int, wait_id: int) -> HttpResponse:
    decision = verbs.decide(seat, wait_id, typed(request, "reason"), typed(request, "link").strip())
    undo = reverse("web:undo_decision", args=[seat.brand.slug, case_id, decision.pk])
    say(request, _("The wait is ended."), undo)
    return back(request, seat, case_id)


@require_POST
@at_desk(Right.ANSWER)
def undo_decision(request: Request, seat: Seat, case_id: int, decision_id: int) -> HttpResponse:
    verbs.undo_decision(seat, decision_id)
    return back(request, seat, case_id)
