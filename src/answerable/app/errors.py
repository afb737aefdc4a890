"""The pages for what goes wrong: a reference for the user, the stack trace for the operator's log."""

from __future__ import annotations

import logging

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist, loader

from answerable.app import bodies

logger = logging.getLogger("answerable.app")

_PLAIN = "Something went wrong. Reference: {reference}"


def server_error(request: HttpRequest) -> HttpResponse:
    """``500.html`` with ``reference``. Django has logged the stack trace already, under the same reference."""
    return _page(request, 500)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400, or 413 for a body that is too large. A network at the webhook edge gets a sentence, no page."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    if request.path.startswith(bodies.HOOKS):
        text = bodies.too_large(request.path) if status == 413 else "the request cannot be read"
        return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
    return _page(request, status)


def nothing_here(request: HttpRequest, **parts: str) -> HttpResponse:
    """For addresses that a package brings along and this desk does not have."""
    raise Http404


def _page(request: HttpRequest, status: int) -> HttpResponse:
    """``<status>.html``; a plain sentence when that page itself fails."""
    reference = str(request.META.get("ANSWERABLE_REQUEST_ID", "-"))
    try:
        return HttpResponse(loader.get_template(f"{status}.html").render({"reference": reference}), status=status)
    except TemplateDoesNotExist:
        logger.info("there is no %s.html", status)
    except Exception:  # whatever broke the page must not hide the reference
        logger.exception("the error page itself failed")
    return HttpResponse(_PLAIN.format(reference=reference), status=status, content_type="text/plain; charset=utf-8")
