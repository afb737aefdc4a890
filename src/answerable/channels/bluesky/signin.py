"""Connecting an account: what a person typed becomes a session, or a sentence about what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from answerable.channels.bluesky.errors import ServiceError
from answerable.channels.bluesky.manifest import NETWORK, SERVICE, WEB
from answerable.channels.bluesky.session import BlueskySession
from answerable.channels.contract import ChannelError, Connected, Field, JsonObject, Profile, Symbol
from answerable.core.http import AddressRefused, guarded_client

FIELDS = (
    Field("handle", "Handle", "The whole handle, such as brand.bsky.social."),
    Field(
        "password",
        "App password",
        "Made in Bluesky under Settings, Privacy and security, App passwords. Not the account's own password.",
        secret=True,
    ),
    Field(
        "service",
        "Service address",
        "Leave it as it is unless the account lives on a server of its own.",
        default=SERVICE,
    ),
)

# Copying a handle from a profile page brings invisible direction marks with it.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def connect(values: Mapping[str, str], allow_hosts: tuple[str, ...]) -> Connected:
    """Signs in; ChannelError with a sentence a person understands if that cannot be done."""
    handle = _handle(values.get("handle", ""))
    password = values.get("password", "").strip()
    service = _service(values.get("service", "") or SERVICE)
    _is_service(service, allow_hosts)
    session = BlueskySession(service, {"identifier": handle, "password": password}, allow_hosts)
    try:
        answer = session.sign_in()
    except ServiceError as error:
        raise _refused(error, handle, service) from error
    settings: JsonObject = {"service": service, "web": WEB}
    return Connected(
        NETWORK, _profile(session, str(answer["did"]), str(answer.get("handle") or handle)), settings, session.secret
    )


def profile(session: BlueskySession, did: str) -> Profile:
    """Who an account is there, by the network's app view."""
    found = session.query("app.bsky.actor.getProfile", actor=did)
    followers = found.get("followersCount")
    handle = str(found.get("handle") or "")
    return Profile(
        external_id=did,
        handle=handle,
        name=str(found.get("displayName") or ""),
        avatar_url=str(found.get("avatar") or ""),
        followers=followers if isinstance(followers, int) else None,
        url=f"{WEB}/profile/{handle or did}",
    )


def _profile(session: BlueskySession, did: str, handle: str) -> Profile:
    """A new account signs in before the app view knows it; then its handle must do."""
    try:
        return profile(session, did)
    except ServiceError as error:
        if error.status != 400:
            raise
        return Profile(did, handle, url=f"{WEB}/profile/{handle}")


def _handle(typed: str) -> str:
    handle = _INVISIBLE.sub("", typed).strip().removeprefix("@").lower()
    if "." not in handle or " " in handle or "/" in handle:
        text = f"“{typed.strip()}” is not a whole handle: write it with its domain, such as brand.bsky.social."
        raise ChannelError(Symbol.NOT_FOUND, text, permanent=True)
    return handle


def _service(typed: str) -> str:
    typed = typed.strip()
    address = typed if "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        port = f":{parts.port}" if parts.port else ""
        httpx.URL(f"{parts.scheme}://{parts.hostname}").raw_host.decode("ascii")
    except (ValueError, IndexError, httpx.InvalidURL):
        good = False
    if not good:
        text = f"“{typed}” is not an address of a service: write it as {SERVICE}."
        raise ChannelError(Symbol.NOT_FOUND, text, permanent=True)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def _is_service(service: str, allow_hosts: tuple[str, ...]) -> None:
    """Asks the address to describe itself before any password is sent to it."""
    not_one = f"{service} is not a Bluesky (AT Protocol) service. Check the service address."
    try:
        with guarded_client(allow_hosts, timeout=10.0) as client:
            response = client.get(f"{service}/xrpc/com.atproto.server.describeServer")
    except AddressRefused as error:
        raise ChannelError(Symbol.ADDRESS_REFUSED, str(error), permanent=True) from error
    except httpx.TransportError as error:
        if isinstance(error, httpx.ProtocolError):
            raise ChannelError(Symbol.BAD_ANSWER, not_one, permanent=True) from error
        text = f"{service} cannot be reached. Check the service address, or try again later."
        raise ChannelError(Symbol.UNREACHABLE, text) from error
    if response.status_code == 429 or response.status_code >= 500:
        raise ChannelError(
            Symbol.SERVER_ERROR, f"{service} has trouble of its own ({response.status_code}). Try again later."
        )
    if not _described(response):
        raise ChannelError(Symbol.BAD_ANSWER, not_one, permanent=True)


def _described(response: httpx.Response) -> bool:
    try:
        found = response.json()
    except ValueError:
        return False
    return response.status_code == 200 and isinstance(found, dict) and "availableUserDomains" in found


def _refused(error: ServiceError, handle: str, service: str) -> ChannelError:
    if error.name == "AuthFactorTokenRequired":
        text = "This is the account's own password, which needs a second factor. Make an app password in Bluesky and use that."
        return ChannelError(Symbol.BAD_CREDENTIALS, text, permanent=True)
    if error.symbol in (Symbol.TOKEN_DEAD, Symbol.REFUSED):
        text = f"{service} does not know {handle} with this app password. Check both; nothing was stored."
        return ChannelError(Symbol.BAD_CREDENTIALS, text, permanent=True)
    return error
