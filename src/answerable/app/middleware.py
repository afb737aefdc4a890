"""What every answer of ours carries beyond Django's own headers, and what no request of a stranger gets past."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from answerable.app import errors
from answerable.config import logs

Respond = Callable[[HttpRequest], HttpResponseBase]


class RequestId:
    """Gives each request an id that is on its log lines, in the answer's header and on the error page.

    An id sent by the client is not taken over: it would let a stranger write into the log.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        reference = secrets.token_hex(6)
        request.META["ANSWERABLE_REQUEST_ID"] = reference
        token = logs.request_id.set(reference)
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-ID"] = reference
        return response


class ExtraHeaders:
    """Headers that Django has no setting for."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class HealthByAnyName:
    """A monitor asks by whatever address it has. These two answers hold no link, so no name can get into one."""

    PATHS = ("/healthz", "/readyz")

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in self.PATHS:
            request.META["HTTP_HOST"] = urlsplit(settings.PUBLIC_URL).netloc
        return self.get_response(request)


class SessionKeys:
    """Drops a session cookie that we never gave: the database would be asked for what it cannot hold."""

    FORM = re.compile(r"[a-z0-9]{32}")

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not self.FORM.fullmatch(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return self.get_response(request)


class UnreadableKeys:
    """JSON in the form of a security key, nested deeper or with longer numbers than Python reads, is a bad request.

    The package's form takes only broken JSON for that.
    """

    PREFIX = "/accounts/2fa/"

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if isinstance(exception, RecursionError | ValueError) and request.path.startswith(self.PREFIX):
            return errors.bad_request(request, exception)
        return None
