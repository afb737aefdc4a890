"""Outgoing HTTP behind an address guard: whatever a stranger's post or a typed service address points at, we dial
only public addresses, unless the operator allows the host.

The guard sits where the socket is opened: a name is resolved once, the answer is judged, and exactly the judged
address is dialled. So a redirect, an odd spelling of 127.0.0.1 or a name that changes its mind gains nothing.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpcore
import httpx

from answerable.core import clock
from answerable.core.addresses import AddressRefused, Guard

__all__ = [
    "AddressRefused",
    "FetchFailed",
    "Fetched",
    "GuardedTransport",
    "TooLarge",
    "fetch",
    "guarded_client",
    "guarded_transport",
]

SocketOptions = Iterable[Any]

MAX_REDIRECTS = 3


class FetchFailed(Exception):
    """A file could not be fetched; the text says why."""


class TooLarge(FetchFailed):
    """The file is larger than allowed."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A fetched file. content_type is the server's claim, without parameters; url is where it was found at last."""

    data: bytes
    content_type: str
    url: str


class _Deadline:
    """How long is left of the whole exchange, so that a server that drips bytes cannot hold us."""

    def __init__(self, until: datetime | None) -> None:
        self._until = until

    def cap(self, timeout: float | None, error: Callable[[str], Exception]) -> float | None:
        if self._until is None:
            return timeout
        left = (self._until - clock.now()).total_seconds()
        if left <= 0:
            raise error("the total time is used up")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A stream whose every step ends by the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.cap(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.cap(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._deadline.cap(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _GuardedBackend(httpcore.NetworkBackend):
    """Opens sockets to judged addresses only. The certificate is still checked against the name: httpcore does that."""

    def __init__(self, guard: Guard, deadline: _Deadline) -> None:
        self._guard = guard
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception | None = None
        for address in self._guard.addresses(host, port):
            left = self._deadline.cap(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._inner.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _Stream(stream, self._deadline)
        assert failure is not None
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: SocketOptions | None = None
    ) -> httpcore.NetworkStream:
        raise AddressRefused(f"{path} is a socket of this machine")


class GuardedTransport(httpx.HTTPTransport):
    """httpx's own transport over a guarded pool: no proxy, no unix socket, http and https only."""

    def __init__(self, allow_hosts: Sequence[str] = (), *, until: datetime | None = None) -> None:
        super().__init__(trust_env=False)
        self.guard = Guard(allow_hosts)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=20,
            max_keepalive_connections=5,
            keepalive_expiry=5.0,
            network_backend=_GuardedBackend(self.guard, _Deadline(until)),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.scheme not in ("http", "https"):
            raise AddressRefused(f"Only http and https addresses are called, not {request.url.scheme}.")
        return super().handle_request(request)


def guarded_transport(allow_hosts: Sequence[str] = ()) -> GuardedTransport:
    """A transport for httpx, or for an SDK that takes one."""
    return GuardedTransport(allow_hosts)


def guarded_client(allow_hosts: Sequence[str] = (), *, timeout: float = 20.0, **kwargs: Any) -> httpx.Client:
    """A client behind the guard; it ignores proxies and certificates named in the environment."""
    return httpx.Client(transport=guarded_transport(allow_hosts), trust_env=False, timeout=timeout, **kwargs)


def fetch(url: str, *, allow_hosts: Sequence[str] = (), max_bytes: int, timeout: float = 20.0) -> Fetched:
    """Fetches one file, stopping at max_bytes and after `timeout` seconds in all, over at most three redirects.

    Raises AddressRefused, TooLarge, or FetchFailed.
    """
    with (
        _failures(url),
        _fetching_client(allow_hosts, timeout) as client,
        client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response,
    ):
        if not response.is_success:
            raise FetchFailed(f"{_shown(url)} answered {response.status_code}")
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Fetched(_read(response, max_bytes), kind, str(response.url))


def _fetching_client(allow_hosts: Sequence[str], timeout: float) -> httpx.Client:
    transport = GuardedTransport(allow_hosts, until=clock.now() + timedelta(seconds=timeout))
    return httpx.Client(
        transport=transport, trust_env=False, timeout=timeout, follow_redirects=True, max_redirects=MAX_REDIRECTS
    )


def _read(response: httpx.Response, max_bytes: int) -> bytes:
    claimed = response.headers.get("content-length", "")
    if claimed.isdigit() and int(claimed) > max_bytes:
        raise TooLarge(f"{_shown(str(response.url))} is larger than {max_bytes} bytes")
    data = bytearray()
    for chunk in response.iter_bytes(64 * 1024):
        data += chunk
        if len(data) > max_bytes:
            raise TooLarge(f"{_shown(str(response.url))} is larger than {max_bytes} bytes")
    return bytes(data)


def _shown(url: str) -> str:
    """An address as it may stand in a message: without what may be a token in its query."""
    return url.partition("?")[0][:200]


@contextmanager
def _failures(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.TooManyRedirects:
        raise FetchFailed(f"{_shown(url)} redirects more than {MAX_REDIRECTS} times") from None
    except httpx.TimeoutException:
        raise FetchFailed(f"{_shown(url)} did not answer in time") from None
    except httpx.UnsupportedProtocol:
        raise AddressRefused(f"Only http and https addresses are called, not {_shown(url)}") from None
    # Odd international names break the name coder in several ways of its own.
    except (httpx.HTTPError, httpx.InvalidURL, httpcore.ProtocolError, UnicodeError, ValueError, IndexError) as error:
        raise FetchFailed(f"{_shown(url)} cannot be fetched: {error}") from error
