"""The webhook edge: verify the signature over the raw body, store, answer. Nothing is thought here.

webhook → store: two hops to a durable row.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from answerable.channels import health
from answerable.channels.contract import BadSignature, Unreadable
from answerable.channels.line import adapter, webhook
from answerable.channels.models import Account
from answerable.inbox.store import store, store_unreadable

logger = logging.getLogger(__name__)


# A network has no session, so no CSRF token: its signature is what is checked instead.
@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, hook_id: UUID) -> HttpResponse:
    """One webhook call: 200 when stored, 403 on a wrong signature, 404 for an address that is not (any more) in use."""
    account = Account.objects.filter(hook_id=hook_id).exclude(state="disconnected").first()
    if account is None:
        return _say(404, "no account listens at this address")
    if len(request.body) > settings.WEBHOOK_MAX_BYTES:
        return _say(413, f"at most {settings.WEBHOOK_MAX_BYTES:,} bytes are read (ANSWERABLE_WEBHOOK_MAX_BYTES)")
    hook = webhook(request.method or "", request.headers, request.GET.dict(), request.body)
    network = adapter(account)
    try:
        if (answer := network.handshake(hook, account.secret)) is not None:
            return HttpResponse(answer, content_type="text/plain")
        network.verify(hook, account.secret)
    except BadSignature as error:
        logger.warning("webhook of account %s refused: %s", account.pk, error)
        return _say(403, f"signature refused: {error}")
    try:
        store(account, network.split(hook.body), push=True)
    except Unreadable as error:
        store_unreadable(account, hook.body, str(error))
    health.worked(account)
    return _say(200, "stored")


def _say(status: int, text: str) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
