"""The single-use way in. A GET only asks: previews of links in mails and chats must not use them up."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from answerable.people.signin import redeem


@never_cache
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A button; behind it the token is redeemed and the person signed in."""
    if request.method == "GET":
        return render(request, "signin/link.html")
    user = redeem(token)
    if user is None:
        return render(request, "signin/used.html", status=410)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("web:home")
