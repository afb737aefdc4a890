"""The address guard, with a stranger: somebody whose addresses point at our inside."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import httpx
import pytest

from answerable.core import addresses, clock, http


class _Inside(BaseHTTPRequestHandler):
    """A server on loopback: what a stranger would like us to call."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        name, _, argument = self.path.partition("?")[0].strip("/").partition("/")
        if name == "to":
            self.send_response(302)
            self.send_header("Location", argument if "://" in argument else f"/{argument}")
            self.end_headers()
            return
        body = b"x" * int(argument or 5) if name != "missing" else b""
        self.send_response(404 if name == "missing" else 200)
        self.send_header("Content-Type", "Image/PNG; charset=x")
        if name != "unsized":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def _serving() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Inside)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def inside() -> Iterator[ThreadingHTTPServer]:
    with _serving() as server:
        yield server


def _port(server: ThreadingHTTPServer) -> int:
    return int(server.server_address[1])


def _asked(server: ThreadingHTTPServer) -> list[str]:
    return list(server.asked)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",  # noqa: S104 (asked for, not bound)
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_a_strangers_way_to_loopback_is_refused(inside: ThreadingHTTPServer, host: str) -> None:
    with pytest.raises(http.AddressRefused, match="ANSWERABLE_ALLOW_HOSTS"):
        http.fetch(f"http://{host}:{_port(inside)}/5", max_bytes=100)
    assert _asked(inside) == []


@pytest.mark.parametrize("host", ["0177.0.0.1", "127.1", "0x7f.1", "localhost.", "%6cocalhost"])
def test_an_odd_spelling_never_arrives(inside: ThreadingHTTPServer, host: str) -> None:
    with pytest.raises((http.AddressRefused, http.FetchFailed)):
        http.fetch(f"http://{host}:{_port(inside)}/5", max_bytes=100)
    assert _asked(inside) == []


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.88.99.1",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "fec0::1",
        "::",
        "64:ff9b:1::1",
        "64:ff9b::a00:1",
        "2001:0:7f00:1::",
        "2001:db8::1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
    ],
)
def test_no_inside_address_is_public(address: str) -> None:
    assert not addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_public_addresses_are_public(address: str) -> None:
    assert addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("allowed", "works"),
    [
        ("127.0.0.1", True),
        ("127.0.0.0/8", True),
        ("127.0.0.1:{port}", True),
        ("127.0.0.1:1", False),
        ("10.0.0.0/8", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_only_what_the_operator_allows_is_called(inside: ThreadingHTTPServer, allowed: str, works: bool) -> None:
    rule, url = allowed.format(port=_port(inside)), f"http://127.0.0.1:{_port(inside)}/5"
    if works:
        assert http.fetch(url, allow_hosts=(rule,), max_bytes=100).data == b"xxxxx"
        return
    with pytest.raises(http.AddressRefused):
        http.fetch(url, allow_hosts=(rule,), max_bytes=100)


@pytest.mark.parametrize("rule", ["localhost", "LOCALHOST:{port}", "127.0.0.1"])
def test_a_name_is_allowed_by_name_or_by_where_it_leads(inside: ThreadingHTTPServer, rule: str) -> None:
    found = http.fetch(
        f"http://localhost:{_port(inside)}/5", allow_hosts=(rule.format(port=_port(inside)),), max_bytes=100
    )
    assert (found.data, found.content_type) == (b"xxxxx", "image/png")


def test_a_name_that_leads_inside_is_refused(inside: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "resolve", lambda host, port: ["127.0.0.1"])
    with pytest.raises(http.AddressRefused, match=r"pictures\.example"):
        http.fetch(f"http://pictures.example:{_port(inside)}/5", max_bytes=100)
    assert _asked(inside) == []


def test_a_name_is_resolved_once_and_that_answer_is_dialled(
    inside: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = count()

    def rebinding(host: str, port: int) -> list[str]:
        return ["127.0.0.1"] if next(answers) == 0 else ["10.0.0.1"]

    monkeypatch.setattr(addresses, "resolve", rebinding)
    url = f"http://rebound.example:{_port(inside)}/5"
    assert http.fetch(url, allow_hosts=("127.0.0.1",), max_bytes=100).data == b"xxxxx"
    assert next(answers) == 1


def test_of_several_addresses_only_the_public_ones_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "resolve", lambda host, port: ["10.0.0.1", "1.1.1.1", "::1"])
    assert addresses.Guard().addresses("mixed.example", 443) == ["1.1.1.1"]


def test_a_redirect_to_the_inside_is_refused(inside: ThreadingHTTPServer) -> None:
    with _serving() as other:
        url = f"http://127.0.0.1:{_port(inside)}/to/http://127.0.0.1:{_port(other)}/5"
        with pytest.raises(http.AddressRefused):
            http.fetch(url, allow_hosts=(f"127.0.0.1:{_port(inside)}",), max_bytes=100)
        assert _asked(other) == []


def test_redirects_are_followed_three_times_and_no_more(inside: ThreadingHTTPServer) -> None:
    base = f"http://127.0.0.1:{_port(inside)}"
    assert http.fetch(f"{base}/to/to/to/x", allow_hosts=("127.0.0.1",), max_bytes=100).url == f"{base}/x"
    with pytest.raises(http.FetchFailed, match="redirects more than 3"):
        http.fetch(f"{base}/to/to/to/to/x", allow_hosts=("127.0.0.1",), max_bytes=100)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:70/", "/etc/passwd"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(http.AddressRefused, match="http and https"):
        http.fetch(url, allow_hosts=("127.0.0.1",), max_bytes=100)


@pytest.mark.parametrize("path", ["sized/101", "unsized/101", "sized/500000", "unsized/500000"])
def test_a_file_that_is_too_large_is_not_read_to_its_end(inside: ThreadingHTTPServer, path: str) -> None:
    with pytest.raises(http.TooLarge):
        http.fetch(f"http://127.0.0.1:{_port(inside)}/{path}", allow_hosts=("127.0.0.1",), max_bytes=100)


def test_a_missing_file_says_so_without_the_query(inside: ThreadingHTTPServer) -> None:
    with pytest.raises(http.FetchFailed, match="/missing answered 404") as caught:
        http.fetch(f"http://127.0.0.1:{_port(inside)}/missing?token=s3cret", allow_hosts=("127.0.0.1",), max_bytes=9)
    assert "s3cret" not in str(caught.value)


def test_the_whole_fetch_ends_by_its_deadline(inside: ThreadingHTTPServer) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    ticks = count()
    with clock.set_to(lambda: start + timedelta(seconds=next(ticks))), pytest.raises(http.FetchFailed, match="in time"):
        http.fetch(f"http://127.0.0.1:{_port(inside)}/5", allow_hosts=("127.0.0.1",), max_bytes=100, timeout=2)


def test_proxies_of_the_environment_are_ignored(inside: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with http.guarded_client(("127.0.0.1",)) as client:
        assert client.get(f"http://127.0.0.1:{_port(inside)}/5").text == "xxxxx"


def test_a_client_is_guarded_as_a_fetch_is(inside: ThreadingHTTPServer) -> None:
    with http.guarded_client() as client, pytest.raises(http.AddressRefused):
        client.get(f"http://127.0.0.1:{_port(inside)}/5")


def test_an_unknown_name_and_a_closed_port_are_plain_failures() -> None:
    with pytest.raises(http.FetchFailed):
        http.fetch("http://no-such-name.invalid/", max_bytes=9)
    with http.guarded_client(("127.0.0.1",)) as client, pytest.raises(httpx.ConnectError):
        client.get("http://127.0.0.1:9/")
