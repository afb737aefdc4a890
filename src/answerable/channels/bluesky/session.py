"""A signed-in line to one account's data server, kept in this process and shared by its threads.

Signing in is rationed hard (30 in five minutes, 300 a day an account), so a session lives as long as the network lets
it: an access token is renewed with the refresh token, and only when that is dead do we sign in again.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock, RLock
from typing import Any
from urllib.parse import urlsplit

import httpx
from atproto_client import Client, Session, SessionEvent
from atproto_client.models.dot_dict import DotDict
from atproto_client.request import Request, Response

from answerable.channels.bluesky.errors import TOKEN_NAMES, ServiceError, is_token_trouble, translate
from answerable.channels.bluesky.manifest import SERVICE
from answerable.channels.contract import ChannelError, JsonObject, Link, Symbol
from answerable.core import clock
from answerable.core.http import AddressRefused, guarded_transport

TIMEOUT = httpx.Timeout(20.0, connect=6.0)
KEPT = 500  # sessions in one process; the one used longest ago is dropped first
PAUSE = timedelta(minutes=5)  # after a refused sign-in, before the next
_JSON = {"Content-Type": "application/json"}


class GuardedRequest(Request):  # type: ignore[misc]  # the SDK ships no types
    """The SDK's requests behind the address guard. Redirects are not followed: a password must not travel on."""

    def __init__(self, allow_hosts: tuple[str, ...]) -> None:
        self._allow_hosts = allow_hosts
        self._transport = guarded_transport(allow_hosts)
        super().__init__(transport=self._transport, trust_env=False, timeout=TIMEOUT)
        self._client.follow_redirects = False

    def _new_instance(self) -> GuardedRequest:
        return type(self)(self._allow_hosts)

    def _send_request(self, method: str, url: str, **kwargs: Any) -> httpx.Response:
        parts = urlsplit(url)
        # The data server's address comes from the network (the did document), so it is judged on every call.
        if parts.scheme != "https" and not self._transport.guard.inside(parts.hostname or "", parts.port or 80):
            raise AddressRefused(
                f"{parts.scheme}://{parts.netloc} is not encrypted (https), so no token is sent to it."
            )
        response: httpx.Response = super()._send_request(method, url, **kwargs)
        return response


class BlueskySession:
    """Calls in the name of one account (secret: identifier, password, access, refresh, pds)."""

    def __init__(self, service: str, secret: JsonObject, allow_hosts: tuple[str, ...]) -> None:
        self._service = service
        self._secret = dict(secret)
        self._offered = dict(secret)
        self._remember: Callable[[JsonObject], None] = lambda _: None
        self._renewing = RLock()
        self._barred: tuple[datetime, ChannelError] | None = None
        self._client = Client(base_url=service, request=GuardedRequest(allow_hosts))
        self._client.on_session_change(self._changed)
        if secret.get("access"):
            self._use(secret)

    @property
    def secret(self) -> JsonObject:
        return dict(self._secret)

    def attach(self, link: Link) -> None:
        """Takes note of what the database holds now, and where to keep what the network renews."""
        self._remember = link.remember
        self._offered = dict(link.secret)

    # ── calls ───────────────────────────────────────────────────────────────────────────────────────────────────

    def query(self, nsid: str, **params: Any) -> JsonObject:
        """A read. Lists become repeated parameters; None is left out."""
        given = DotDict({name: value for name, value in params.items() if value is not None})
        return self._signed(lambda: self._client.invoke_query(nsid, params=given), writing=False)

    def write(self, nsid: str, body: JsonObject) -> JsonObject:
        """A call that changes something: without an answer its effect is unknown."""
        data = json.dumps(body, ensure_ascii=False).encode()
        return self._signed(lambda: self._client.invoke_procedure(nsid, content=data, headers=_JSON), writing=True)

    def upload(self, data: bytes, content_type: str) -> JsonObject:
        """Stores a blob. Nobody sees it until a record names it, so an unanswered upload is simply made again."""
        headers = {"Content-Type": content_type}
        nsid = "com.atproto.repo.uploadBlob"
        return self._signed(lambda: self._client.invoke_procedure(nsid, content=data, headers=headers), writing=False)

    def _signed(self, call: Callable[[], Response], *, writing: bool) -> JsonObject:
        if not self._secret.get("access"):
            self._renew("")
        for _ in range(3):
            token = str(self._secret.get("access", ""))
            try:
                return _object(call(), writing)
            except ChannelError:
                raise
            except Exception as error:
                if not is_token_trouble(error):
                    raise _meant(error, writing) from error
            self._renew(token)
        raise ChannelError(Symbol.TOKEN_DEAD, "Bluesky does not accept our sign-in: connect again.", permanent=True)

    # ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────────

    def sign_in(self) -> JsonObject:
        """A new session with the app password; the whole answer of the service."""
        self._raise_if_barred()
        body = {"identifier": self._secret["identifier"], "password": self._secret["password"]}
        try:
            answer = self._unsigned("com.atproto.server.createSession", {}, body)
        except ChannelError as error:
            pause = PAUSE if error.permanent else timedelta(seconds=error.retry_after or 0)
            self._barred = (clock.now() + pause, error)
            raise
        self._barred = None
        self._keep(answer)
        return answer

    def _raise_if_barred(self) -> None:
        """A password that was refused a moment ago is refused again without asking: asking is rationed."""
        if self._barred and clock.now() < self._barred[0]:
            raise self._barred[1]

    def _renew(self, refused: str) -> None:
        """Gets another access token than the refused one: another process's, else by refreshing, else by signing in."""
        with self._renewing:
            if self._secret.get("access", "") != refused:
                return
            if self._offered.get("access") not in (None, "", refused):
                self._use(self._offered)
                return
            if not self._refresh():
                self._sign_in_again()

    def _refresh(self) -> bool:
        refresh = self._secret.get("refresh")
        if not refresh:
            return False
        try:
            answer = self._unsigned("com.atproto.server.refreshSession", {"Authorization": f"Bearer {refresh}"}, None)
        except ServiceError as error:
            if error.name in TOKEN_NAMES:
                return False
            raise
        self._keep(answer)
        return True

    def _sign_in_again(self) -> None:
        try:
            self.sign_in()
        except ServiceError as error:
            if error.name not in TOKEN_NAMES:
                raise
            text = "Bluesky no longer accepts the app password: make a new one there and connect again."
            raise ChannelError(Symbol.TOKEN_DEAD, text, permanent=True) from error

    def _unsigned(self, nsid: str, headers: dict[str, str], body: JsonObject | None) -> JsonObject:
        content = json.dumps(body).encode() if body is not None else None
        sent = {**headers, **(_JSON if body is not None else {})}
        try:
            answer = self._client.invoke_procedure(nsid, content=content, headers=sent, ignore_session_check=True)
        except Exception as error:
            raise _meant(error, writing=False) from error
        return _object(answer, writing=False)

    def _keep(self, answer: JsonObject) -> None:
        """Uses the tokens of an answer and has them stored."""
        try:
            tokens = {"access": answer["accessJwt"], "refresh": answer["refreshJwt"]}
            identifier = str(answer["did"])
        except KeyError as error:
            raise ChannelError(Symbol.BAD_ANSWER, f"The service's answer to our sign-in lacks {error}.") from error
        pds = _pds(answer) or self._service
        self._use({**self._secret, **tokens, "identifier": identifier, "pds": "" if pds == self._service else pds})
        self._remember(dict(self._secret))

    def _use(self, secret: JsonObject) -> None:
        self._secret = dict(secret)
        pds = str(secret.get("pds") or self._service)
        words = Session("", str(secret["identifier"]), str(secret["access"]), str(secret.get("refresh", "")), pds)
        try:
            self._client.login(session_string=words.encode(), fetch_bsky_profile=False)
        except Exception as error:
            raise _meant(error, writing=False) from error

    def _changed(self, event: SessionEvent, session: Session) -> None:
        """The SDK refreshed by itself, shortly before the token ran out."""
        if event is SessionEvent.REFRESH:
            self._secret = {**self._secret, "access": session.access_jwt, "refresh": session.refresh_jwt}
            self._remember(dict(self._secret))


def _meant(error: Exception, writing: bool) -> Exception:
    return translate(error, writing=writing) or error


def _object(response: Response, writing: bool) -> JsonObject:
    if not isinstance(response.content, dict):
        text = "The service's answer is not what an AT Protocol service says."
        raise ChannelError(Symbol.BAD_ANSWER, text, effect_unknown=writing)
    return response.content


def _pds(answer: JsonObject) -> str:
    """The account's data server by its did document: the service that signs in may only be a front for many."""
    document = answer.get("didDoc")
    services = document.get("service") if isinstance(document, dict) else None
    for service in services if isinstance(services, list) else []:
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            return str(service.get("serviceEndpoint") or "")
    return ""


_sessions: OrderedDict[str, BlueskySession] = OrderedDict()
_sessions_lock = Lock()


def _key(link: Link) -> str:
    parts = [link.external_id, service_of(link.settings), *link.allow_hosts, str(link.secret.get("password", ""))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def service_of(settings: JsonObject) -> str:
    return str(settings.get("service") or SERVICE)


def session_for(link: Link) -> BlueskySession:
    """This process's session for an account; a new one when the address or the password is another."""
    if not link.secret.get("password"):
        raise ChannelError(Symbol.TOKEN_DEAD, "This account is not signed in: connect it again.", permanent=True)
    key = _key(link)
    with _sessions_lock:
        session = _sessions.pop(key, None) or BlueskySession(service_of(link.settings), link.secret, link.allow_hosts)
        _sessions[key] = session
        while len(_sessions) > KEPT:
            _sessions.popitem(last=False)
    session.attach(link)
    return session


def forget(link: Link) -> None:
    """Drops the session of an account, so that the next call begins with what is stored."""
    with _sessions_lock:
        _sessions.pop(_key(link), None)
