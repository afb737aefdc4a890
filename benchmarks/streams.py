"""From a change to the screens: a real web server, 1, 50 and 200 open event streams, and changes told one after the other.

told: from the commit to the line arriving on each stream. seen: the same, and until one browser that asks at once has the
list again. all seen: until every page has its list again, when all ask at once as browsers do. That last one is many pages
drawn on this machine's cores, next to the benchmark itself; it grows with the pages that are open, by what a page costs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import fill
from benchmarks.house import House, arguments, house
from benchmarks.results import Aim, Result, percentile

STREAMS = {"tiny": [1, 3], "quick": [1, 50, 200], "full": [1, 50, 200]}
CASES = {"tiny": 30, "quick": 10_000, "full": 10_000}
EVENTS = {"tiny": 2, "quick": 50, "full": 100}
ALL = {"tiny": 1, "quick": 3, "full": 5}  # events after which all pages ask
APART = 0.5  # seconds between two events; a page asks again at most that often


class Site:
    """A web server of ours and a session there."""

    def __init__(self, port: int, cookie: str, slug: str) -> None:
        self.port, self.slug = port, slug
        self._head = f"Host: localhost:{port}\r\nCookie: {cookie}\r\nHX-Request: true\r\n"

    async def stream(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """An event stream that has said that it is ready."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET /b/{self.slug}/live HTTP/1.1\r\n{self._head}\r\n".encode())
        async with asyncio.timeout(60):
            await reader.readuntil(b"event: ready")
        return reader, writer

    async def fetch(self, address: str) -> None:
        """One page, to its last byte."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET /b/{self.slug}/{address} HTTP/1.1\r\n{self._head}Connection: close\r\n\r\n".encode())
        async with asyncio.timeout(120):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200"), answer[:200]
        writer.close()


def main() -> None:
    args = arguments(__doc__ or "")
    found = Result("screen", args.size)
    with house(args.database) as here:
        fill.grow(fill.begin(here), 1, CASES[args.size])
        with serving(here) as site:
            for streams in STREAMS[args.size]:
                asyncio.run(_measure(here, site, streams, args.size, found))
    most = found.rows[-1]
    found.aims = [
        Aim(f"change to {what}, p95 at {most['pages']} pages", 500, most[f"{what} p95 ms"], "ms")
        for what in ("told", "seen", "all seen")
    ]
    found.keep(args.out)


@contextmanager
def serving(here: House) -> Iterator[Site]:
    """`answerable web` as users have it: one process."""
    from answerable.app.server import free_port

    port = free_port("127.0.0.1")
    environment = os.environ | {"ANSWERABLE_PORT": str(port)}
    server = subprocess.Popen([sys.executable, "-m", "answerable.app.cli", "web"], env=environment)
    try:
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
                break
            time.sleep(0.1)
        yield Site(port, _session(here), here.brand.slug)
    finally:
        server.terminate()
        server.wait()


def _session(here: House) -> str:
    from django.test import Client

    client = Client(SERVER_NAME="localhost")
    client.force_login(here.user, backend="django.contrib.auth.backends.ModelBackend")
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


async def _measure(here: House, site: Site, streams: int, size: str, found: Result) -> None:
    lines = [await site.stream() for _ in range(streams)]
    await site.fetch("queue")
    told, seen, together = [], [], []
    for event in range(EVENTS[size] + ALL[size]):
        await asyncio.sleep(APART)
        everybody = event >= EVENTS[size]
        waits = [
            asyncio.create_task(_see(site, reader, f"data: case:{event + 1}\n".encode(), everybody or number == 0))
            for number, (reader, _) in enumerate(lines)
        ]
        began = await asyncio.to_thread(_tell, here.brand.pk, event + 1)
        times = await asyncio.gather(*waits)
        if everybody:
            together += [shown - began for _, shown in times]
        else:
            told += [heard - began for heard, _ in times]
            seen.append(times[0][1] - began)
    for _, writer in lines:
        writer.close()
    kinds = {"told": told, "seen": seen, "all seen": together}
    row = {
        f"{kind} p{percent} ms": percentile(times, percent) * 1000
        for kind, times in kinds.items()
        for percent in (50, 95)
    }
    found.add(pages=streams, events=EVENTS[size], **row)


async def _see(site: Site, reader: asyncio.StreamReader, line: bytes, fetch: bool) -> tuple[float, float]:
    """When the line came, and when the list stood there again."""
    async with asyncio.timeout(60):
        await reader.readuntil(line)
    heard = time.perf_counter()
    if fetch:
        await site.fetch("queue")
    return heard, time.perf_counter()


def _tell(brand: int, case: int) -> float:
    """A change as every verb tells it; the moment before it is committed."""
    from django.db import transaction

    from answerable.cases.models import Case
    from answerable.core import clock, live

    with transaction.atomic():
        Case.objects.filter(pk=case).update(last_at=clock.now())
        live.tell(brand, "case", case)
        return time.perf_counter()


if __name__ == "__main__":
    main()
