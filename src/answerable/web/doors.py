"""The one door to a brand's pages: who are you, may you, and what you are told when something is refused."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable
from datetime import tzinfo
from functools import wraps
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django_htmx.middleware import HtmxDetails

from answerable.channels.contract import ChannelError
from answerable.core.transitions import Refused
from answerable.inbox.text import clean
from answerable.people.models import User
from answerable.people.rights import Forbidden, NoSuchBrand, Right, access
from answerable.replies.drafts import Overtaken
from answerable.web import ties

CONFLICT, UNFIT = 409, 422
TIME_ZONE_COOKIE = "tz"
FORM_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


class Request(HttpRequest):
    """A request as the middleware leaves it."""

    htmx: HtmxDetails


View = Callable[..., HttpResponseBase]


def at_desk(right: Right = Right.READ) -> Callable[[View], View]:
    """Gives the view a Seat in place of the brand's slug; whatever is refused becomes a page or a sentence.

    Times on the page and in its forms are those of the reader's time zone.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, brand: str, **ids: int | str) -> HttpResponseBase:
            asked = cast("Request", request)
            if not asked.user.is_authenticated:
                return _sign_in_first(asked)
            with timezone.override(zone(asked)):
                answer = _pass(view, asked, brand, right, ids)
            if not answer.has_header("Cache-Control"):
                patch_cache_control(answer, private=True, no_store=True)  # customers' words stay off the disk
            return answer

        return door

    return declare


def _pass(view: View, request: Request, brand: str, right: Right, ids: dict[str, int | str]) -> HttpResponseBase:
    try:
        seat = access(cast("User", request.user), brand, right)
        ties.check(seat, ids)
        return view(request, seat, **ids)
    except (NoSuchBrand, ObjectDoesNotExist) as error:
        raise Http404 from error
    except Forbidden as error:
        if request.htmx:
            return trouble(request, str(error), 403)
        raise PermissionDenied(str(error)) from error
    except (Refused, ChannelError) as error:
        return _refused(request, error, brand, ids)


def _refused(request: Request, error: Exception, brand: str, ids: dict[str, int | str]) -> HttpResponse:
    if request.htmx:
        return trouble(request, str(error), status_of(error))
    if "case_id" in ids:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("web:case", args=[brand, ids["case_id"]]))
    return render(request, "409.html", {"message": str(error)}, status=status_of(error))


def status_of(error: Exception) -> int:
    """409 when somebody was faster, 422 when what was asked does not fit."""
    return CONFLICT if isinstance(error, Overtaken) else UNFIT


def trouble(request: Request, text: str, status: int) -> HttpResponse:
    """A sentence at the form it concerns: the form's id names the place, else the corner of the page."""
    answer = render(request, "desk/_trouble.html", {"text": text}, status=status)
    form = request.htmx.trigger or ""
    answer["HX-Retarget"] = f"#{form}-trouble" if FORM_ID.fullmatch(form) else "#troubles"
    answer["HX-Reswap"] = "innerHTML"
    return answer


def _sign_in_first(request: Request) -> HttpResponse:
    if not request.htmx:
        return redirect_to_login(request.get_full_path())
    answer = HttpResponse(status=401)
    answer["HX-Redirect"] = redirect_to_login(where(request) or "/", resolve_url(settings.LOGIN_URL)).url
    return answer


def where(request: Request) -> str:
    """The path of the page that a script asks from; empty when it does not say, or says what is no address."""
    try:
        return request.htmx.current_url_abs_path or ""
    except ValueError:
        return ""


def zone(request: HttpRequest) -> tzinfo:
    """The reader's time zone, as the page's script said in a cookie; UTC until it has."""
    try:
        return zoneinfo.ZoneInfo(request.COOKIES.get(TIME_ZONE_COOKIE, "UTC"))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return zoneinfo.ZoneInfo("UTC")


def typed(request: HttpRequest, name: str) -> str:
    """What was typed into a field of a form, without what the database cannot hold."""
    return clean(request.POST.get(name, ""))


def number(text: str) -> int | None:
    """A whole number as a form sends it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
