"""The brand's accounts: how they are, connecting and disconnecting."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from answerable.channels import queries, verbs
from answerable.channels.contract import Channel, ChannelError
from answerable.channels.models import Account
from answerable.channels.registry import CHANNELS, UnknownChannel, channel
from answerable.inbox.models import RawEvent
from answerable.inbox.text import clean
from answerable.people.rights import Right, Seat, seats
from answerable.web.doors import Request, at_desk, number
from answerable.web.shown.networks import Networks
from answerable.web.shown.words import ACCOUNT_STATES, remedy
from answerable.web.views.desk import basis

UNREADABLE = 50  # raw events in trouble that are listed


@require_GET
@at_desk()
def listing(request: Request, seat: Seat) -> HttpResponse:
    networks = Networks()
    stuck = dict(_stuck(seat).values_list("account_id").annotate(count=Count("pk")))
    rows = [_row(account, networks, stuck.get(account.pk, 0)) for account in queries.accounts(seat.brand)]
    template = "accounts/_list.html" if request.htmx else "accounts/listing.html"
    return render(request, template, _page(seat) | {"rows": rows, "channels": _channels()})


@require_GET
@at_desk()
def account(request: Request, seat: Seat, account_id: int) -> HttpResponse:
    """One account, with what could not be read from it (for admins: it holds customers' raw words)."""
    found = queries.accounts(seat.brand).get(pk=account_id)
    stuck = _stuck(seat).filter(account=found)
    row = _row(found, Networks(), stuck.count())
    raws = list(stuck.order_by("-id")[:UNREADABLE]) if seat.may(Right.ADMIN) else []
    template = "accounts/_account.html" if request.htmx else "accounts/account.html"
    return render(request, template, _page(seat) | {"row": row, "raws": raws})


@require_http_methods(["GET", "POST"])
@at_desk(Right.ADMIN)
def connect(request: Request, seat: Seat, channel_key: str) -> HttpResponse:
    """The form of one channel. A refusal keeps all that was typed, except secrets."""
    try:
        adapter = channel(channel_key)
    except (UnknownChannel, ImportError) as error:
        raise Http404 from error
    if not adapter.connect_fields():
        raise Http404
    typed = {name: clean(str(value)) for name, value in request.POST.items()}
    if request.method != "POST":
        return _form(request, seat, adapter, _known(seat, channel_key, request.GET.get("account", "")))
    try:
        made = verbs.connect(seat, channel_key, typed)
    except ChannelError as error:
        return _form(request, seat, adapter, typed, error)
    messages.success(request, _("%(handle)s is connected.") % {"handle": made.handle})
    return redirect("web:accounts", brand=seat.brand.slug)


@require_POST
@at_desk(Right.ADMIN)
def disconnect(request: Request, seat: Seat, account_id: int) -> HttpResponse:
    gone = verbs.disconnect(seat, account_id)
    messages.success(request, _("%(handle)s is disconnected. What was received stays.") % {"handle": gone.handle})
    return redirect("web:accounts", brand=seat.brand.slug)


def _known(seat: Seat, channel_key: str, account_id: str) -> dict[str, str]:
    """What the brand's own row says of an account to connect again. Never the query itself: a link could prefill the
    form with a service that waits for the password."""
    if not account_id:
        return {}
    found = queries.accounts(seat.brand).get(channel=channel_key, pk=number(account_id) or 0)
    return {
        "handle": found.handle,
        "network": found.network,
        "service": str(found.settings.get("service") or ""),
    }


def _form(
    request: Request, seat: Seat, adapter: Channel, typed: dict[str, str], error: ChannelError | None = None
) -> HttpResponse:
    fields = [
        {"field": field, "value": "" if field.secret else typed.get(field.name) or field.default}
        for field in adapter.connect_fields()
    ]
    context = {"channel": adapter, "fields": fields, "error": error}
    return render(request, "accounts/connect.html", _page(seat) | context, status=422 if error else 200)


def _page(seat: Seat) -> dict[str, Any]:
    return basis(seat) | {"seats": seats(seat.user), "at_accounts": True}


def _row(found: Account, networks: Networks, stuck: int) -> dict[str, Any]:
    plan = networks.plan(found)
    listens = plan is None or plan.poll or plan.push
    hook = settings.PUBLIC_URL.rstrip("/") + reverse("web:hook", args=[found.hook_id])
    return {
        "account": found,
        "network": networks.label(found),
        "state": ACCOUNT_STATES.get(found.state, found.state) if listens else _("From a file"),
        "listens": listens,
        "remedy": remedy(found.trouble),
        "stuck": stuck,
        "hook": hook if plan and plan.push and found.state != "disconnected" else "",
    }


def _stuck(seat: Seat) -> Any:
    return RawEvent.objects.filter(brand=seat.brand).exclude(trouble="")


def _channels() -> list[Channel]:
    """The channels that can be connected; one that cannot be loaded is left out."""
    found = []
    for key in CHANNELS:
        try:
            one = channel(key)
        except ImportError:
            continue
        if one.connect_fields():  # an archive has nothing to connect to
            found.append(one)
    return found
