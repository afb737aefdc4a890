"""From what the SDK raises to what the desk decides by."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
from atproto_client.exceptions import (
    InvokeTimeoutError,
    LoginRequiredError,
    RateLimitExceededError,
    RequestErrorBase,
)
from atproto_client.models.common import XrpcError
from atproto_client.request import Response
from atproto_core.exceptions import AtProtocolError
from atproto_server.exceptions import TokenDecodeError

from answerable.channels.contract import ChannelError, Symbol
from answerable.core import clock
from answerable.core.http import AddressRefused

TOKEN_NAMES = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired"})
_CLOSED_NAMES = frozenset({"AccountTakedown", "AccountSuspended", "AccountDeactivated", "RepoDeactivated"})
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class ServiceError(ChannelError):
    """The service answered with an error. name: the protocol's word for it ("RecordNotFound"), "" if it gave none."""

    name = ""
    status = 0


def is_token_trouble(error: Exception) -> bool:
    """Whether the service did not accept our token (and so did nothing)."""
    if isinstance(error, LoginRequiredError | TokenDecodeError):  # the SDK itself could not read the token
        return True
    if not isinstance(error, RequestErrorBase) or error.response is None:
        return False
    return error.response.status_code in (400, 401) and _name(error) in TOKEN_NAMES


def translate(error: Exception, *, writing: bool) -> ChannelError | None:
    """What an error of the SDK means; None for an error that is no failure of the network but ours.

    writing: the call would have changed something, so that without an answer its effect is unknown.
    """
    if isinstance(error, AddressRefused):
        return ChannelError(Symbol.ADDRESS_REFUSED, str(error), permanent=True)
    if isinstance(error, RequestErrorBase) and error.response is not None:
        return _answered(error, error.response, writing)
    cause = error.__cause__ if isinstance(error, RequestErrorBase) else error
    if isinstance(cause, _NOT_SENT):
        return ChannelError(Symbol.UNREACHABLE, "The Bluesky service cannot be reached.")
    if isinstance(cause, httpx.TransportError) or isinstance(error, InvokeTimeoutError):
        return ChannelError(Symbol.TIMEOUT, "The Bluesky service did not answer.", effect_unknown=writing)
    if isinstance(error, AtProtocolError | ValueError):
        text = "The Bluesky service answered something that cannot be read."
        return ChannelError(Symbol.BAD_ANSWER, text, effect_unknown=writing)
    return None


def _name(error: RequestErrorBase) -> str:
    content = error.response.content if error.response else None
    return str(content.error or "") if isinstance(content, XrpcError) else ""


def _words(error: RequestErrorBase) -> str:
    content = error.response.content if error.response else None
    return str(content.message or content.error or "")[:300] if isinstance(content, XrpcError) else ""


def _answered(error: RequestErrorBase, response: Response, writing: bool) -> ServiceError:
    status, name, words = response.status_code, _name(error), _words(error)
    found = _judged(error, status, name, words, writing)
    found.name, found.status = name, status
    return found


def _judged(error: RequestErrorBase, status: int, name: str, words: str, writing: bool) -> ServiceError:
    if isinstance(error, RateLimitExceededError):
        text = "Bluesky asks us to slow down."
        return ServiceError(Symbol.RATE_LIMITED, text, retry_after=wait_asked(error))
    if status >= 500 and name != "MethodNotImplemented":
        text = f"The Bluesky service has a fault of its own ({status})."
        return ServiceError(Symbol.SERVER_ERROR, text, effect_unknown=writing)
    if name in TOKEN_NAMES:
        return ServiceError(Symbol.TOKEN_DEAD, "Bluesky no longer accepts our sign-in: connect again.", permanent=True)
    if name in _CLOSED_NAMES or status == 403:
        return ServiceError(Symbol.FORBIDDEN, f"Bluesky does not allow this: {words or name or status}", permanent=True)
    if status == 413:
        return ServiceError(Symbol.TOO_LONG, "Bluesky says that this is too large.", permanent=True)
    if status == 400:
        return ServiceError(Symbol.REFUSED, f"Bluesky refused this: {words or 'no reason given'}", permanent=True)
    if status in (408, 409, 425):
        return ServiceError(
            Symbol.TIMEOUT, f"The Bluesky service did not take this now ({status}).", effect_unknown=writing
        )
    text = f"This does not answer as a Bluesky (AT Protocol) service does ({status})."
    return ServiceError(Symbol.BAD_ANSWER, text, permanent=status in (404, 501))


def wait_asked(error: RateLimitExceededError) -> float | None:
    """Seconds until the service takes calls again. Its own Date is used as "now": our clock may differ from its."""
    if error.retry_after is not None:
        return float(error.retry_after)
    if error.reset_at is None or error.response is None:
        return None
    return max(float((error.reset_at - _date(str(error.response.headers.get("date", "")))).total_seconds()), 1.0)


def _date(header: str) -> datetime:
    try:
        found = parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return clock.now()
    return found if found.tzinfo else clock.now()
