"""Where somebody lands, and how their page looks."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from answerable.people.models import User
from answerable.people.rights import seats

THEMES = ("auto", "light", "dark")
YEAR = 365 * 24 * 3600


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """One brand: its desk. Several: a choice. None: what to do about it."""
    found = seats(cast("User", request.user))
    if len(found) == 1:
        return redirect("web:desk", brand=found[0].brand.slug)
    return render(request, "home.html", {"seats": found})


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keeps light, dark or automatic in a cookie."""
    chosen = request.POST.get("theme", "auto")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    answer = HttpResponseRedirect(back)
    kept = chosen if chosen in THEMES else "auto"
    answer.set_cookie("theme", kept, max_age=YEAR, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE))
    return answer
