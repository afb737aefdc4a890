"""The adapter's HTTP to a console server, and what every way of failing means to the desk."""

from __future__ import annotations

import atexit
import json
import os
from functools import lru_cache
from typing import Any

import httpx

from answerable.channels.contract import ChannelError, JsonObject, Link, Symbol
from answerable.core.addresses import AddressRefused
from answerable.core.http import guarded_client

TIMEOUT = 10.0

# What the service's own codes mean. All of them are a clear no: nothing happened.
CODES = {
    "bad_token": Symbol.TOKEN_DEAD,
    "token_expired": Symbol.TOKEN_DEAD,
    "bad_password": Symbol.BAD_CREDENTIALS,
    "no_account": Symbol.NOT_FOUND,
    "no_network": Symbol.NOT_FOUND,
    "no_post": Symbol.NOT_FOUND,
    "window_closed": Symbol.REFUSED,
    "target_gone": Symbol.TARGET_GONE,
    "too_long": Symbol.TOO_LONG,
    "forbidden": Symbol.FORBIDDEN,
    "rate_limited": Symbol.RATE_LIMITED,
}
STATUSES = {401: Symbol.TOKEN_DEAD, 403: Symbol.FORBIDDEN, 404: Symbol.NOT_FOUND, 429: Symbol.RATE_LIMITED}


@lru_cache(maxsize=8)
def _client(allow_hosts: tuple[str, ...], timeout: float, process: int) -> httpx.Client:
    """One pool for all calls: a client for each would read the certificates again each time. process: no pool
    survives a fork in both halves."""
    client = guarded_client(allow_hosts, timeout=timeout, headers={"Accept": "application/json"})
    atexit.register(client.close)
    return client


def ask(
    link: Link, method: str, name: str, *, effect: bool = False, headers: dict[str, str] | None = None, **more: Any
) -> JsonObject:
    """One signed-in call. effect: the call changes something there, so that no answer means "nobody knows"."""
    signed = {"Authorization": f"Bearer {link.secret.get('token', '')}"} | (headers or {})
    address = f"{link.settings.get('service', '')}/api/{link.network}/{name}"
    timeout = float(link.settings.get("timeout", TIMEOUT))
    return call(method, address, link.allow_hosts, timeout=timeout, effect=effect, headers=signed, **more)


def call(
    method: str, address: str, allow_hosts: tuple[str, ...], *, timeout: float = TIMEOUT, effect: bool, **more: Any
) -> JsonObject:
    """The JSON object that the service answered, else ChannelError."""
    if "json" in more:  # in ASCII: half a character is then the service's to refuse, and no crash of ours
        more |= {"content": json.dumps(more.pop("json"))}
    try:
        answer = _client(allow_hosts, timeout, os.getpid()).request(method, address, **more)
    except AddressRefused as error:
        raise ChannelError(Symbol.ADDRESS_REFUSED, str(error), permanent=True) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError, ValueError, IndexError) as error:
        raise ChannelError(Symbol.UNREACHABLE, f"“{address}” is no address of a service", permanent=True) from error
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise ChannelError(Symbol.UNREACHABLE, f"{address} cannot be reached: {error}") from error
    except httpx.HTTPError as error:  # sent, or partly: only the network knows what became of it
        said = f"{address} gave no answer: {str(error) or type(error).__name__}"
        raise ChannelError(Symbol.TIMEOUT, said, effect_unknown=effect) from error
    if answer.is_success:
        return _object(answer, effect)
    raise _refusal(answer, effect)


def _object(answer: httpx.Response, effect: bool) -> JsonObject:
    try:
        value = answer.json()
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise bad_answer("an answer that is no JSON object", effect=effect)
    return value


def bad_answer(what: str, *, effect: bool) -> ChannelError:
    return ChannelError(Symbol.BAD_ANSWER, f"the service gave {what}", effect_unknown=effect)


def _refusal(answer: httpx.Response, effect: bool) -> ChannelError:
    code, said = _said(answer)
    if answer.status_code >= 500:
        return ChannelError(Symbol.SERVER_ERROR, said, effect_unknown=effect, retry_after=_wait(answer))
    if answer.status_code < 400:
        return bad_answer(f"a redirect ({answer.status_code})", effect=effect)
    symbol = CODES.get(code) or STATUSES.get(answer.status_code, Symbol.REFUSED)
    if symbol is Symbol.RATE_LIMITED:
        return ChannelError(symbol, said, retry_after=_wait(answer))
    return ChannelError(symbol, said, permanent=True)


def _said(answer: httpx.Response) -> tuple[str, str]:
    """Code and sentence of an error, whatever its shape."""
    try:
        error = answer.json()["error"]
        return str(error["code"]), str(error["message"])[:500]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "", f"the service answered with status {answer.status_code}"


def _wait(answer: httpx.Response) -> float | None:
    try:
        wait = float(answer.headers.get("retry-after", ""))
    except ValueError:
        return None
    return wait if 0 <= wait < 1e7 else None  # also drops nan
