"""What the desk needs: time to its first and second start, memory at rest and under load, with and without the demo.

Start: from the command to /readyz saying that pages, tables and worker are there, in a fresh data directory and then in
that same one. Memory: PSS, which counts what processes share once, over all processes of `answerable run`, the
embedded PostgreSQL too.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

from benchmarks.house import NAME, answerable, arguments, folder
from benchmarks.results import Aim, Result, percentile

REST = {"tiny": 1, "quick": 30, "full": 60}  # seconds until a desk counts as being at rest
LOAD = {"tiny": 2, "quick": 20, "full": 60}  # seconds of load
STARTS = {"tiny": 1, "quick": 3, "full": 5}  # second starts
BROWSERS = 8
STREAMS = 50


@dataclass
class Running:
    """A desk at work."""

    process: subprocess.Popen[str]
    address: str
    link: str
    seconds: float  # to readiness


def main() -> None:
    args = arguments(__doc__ or "")
    starts, memory = Result("start", args.size), Result("memory", args.size)
    for demo in (False, True):
        with folder():
            _measure(demo, args.size, starts, memory)
    for row in starts.rows:
        starts.aims.append(Aim(f"second start, {row['desk']}", 3, row["second s"], "s"))
    for row in memory.rows:
        if row["when"] == "at rest":
            memory.aims.append(Aim(f"memory at rest, {row['desk']}", 400, row["all MB"], "MB"))
    starts.keep(args.out)
    memory.keep(args.out)


def _measure(demo: bool, size: str, starts: Result, memory: Result) -> None:
    name = "with demo" if demo else "plain"
    with running(demo) as desk:
        first = desk.seconds
        if not demo:
            answerable("brand", NAME, "--admin", "admin@localhost")  # a list to fetch; the demo brings its own
    again = []
    for turn in range(STARTS[size]):
        with running(demo) as desk:
            again.append(desk.seconds)
            if turn + 1 < STARTS[size]:
                continue
            time.sleep(REST[size])
            memory.add(desk=name, when="at rest", **parts(desk.process.pid))
            with load(desk):
                time.sleep(LOAD[size])
                memory.add(desk=name, when="under load", **parts(desk.process.pid))
    starts.add(desk=name, **{"first s": first, "second s": percentile(again, 50), "slowest second s": max(again)})


@contextmanager
def running(demo: bool) -> Iterator[Running]:
    """`answerable run` until it is ready, and stopped afterwards."""
    from answerable.app.server import free_port

    port = free_port("127.0.0.1")
    environment = os.environ | {"ANSWERABLE_PORT": str(port), "ANSWERABLE_PUBLIC_URL": f"http://localhost:{port}"}
    environment |= {"ANSWERABLE_DEMO": "1" if demo else "0", "ANSWERABLE_CONSOLE_PORT": str(free_port("127.0.0.1"))}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "answerable.app.cli", "run"], env=environment, stdout=subprocess.PIPE, text=True
    )
    said: list[str] = []
    assert process.stdout is not None
    threading.Thread(target=said.extend, args=(process.stdout,), daemon=True).start()
    try:
        address = f"http://localhost:{port}"
        _wait(f"{address}/readyz", process)
        seconds = time.perf_counter() - began
        while not (link := re.search(r"Sign in once:\s+(\S+)", "".join(said))):
            time.sleep(0.05)
        yield Running(process, address, link[1], seconds)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _wait(address: str, process: subprocess.Popen[str]) -> None:
    for _ in range(6000):
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(address, timeout=5).close()
            return
        assert process.poll() is None, "the desk did not start"
        time.sleep(0.02)
    raise AssertionError("the desk was not ready in two minutes")


def parts(root: int) -> dict[str, float]:
    """PSS in MB of each part of a desk, by what its processes were started as."""
    found = {"all MB": 0.0, "run MB": 0.0, "web MB": 0.0, "worker MB": 0.0, "console MB": 0.0, "postgres MB": 0.0}
    for pid in _family(root):
        with contextlib.suppress(OSError):
            pss = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            megabytes = int(pss[1]) * 1024 / 1e6 if pss else 0.0
            found[f"{_part(words)} MB"] += megabytes
            found["all MB"] += megabytes
    return found | {"processes": len(_family(root))}


def _part(words: Sequence[str]) -> str:
    if "answerable.app.cli" in words:
        return words[words.index("answerable.app.cli") + 1]
    # what a web server forks or spawns belongs to it; PostgreSQL's processes bear its name
    return "postgres" if "postgres" in words[0] else "web"


def _family(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents.setdefault(int(path.read_text().rpartition(")")[2].split()[1]), []).append(int(path.parent.name))
    found, left = [], [root]
    while left:
        found.append(left.pop())
        left += parents.get(found[-1], [])
    return found


@contextmanager
def load(desk: Running) -> Iterator[None]:
    """Browsers that fetch the list without a pause, and streams that stay open."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar := CookieJar()))
    page = opener.open(desk.link).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token, "the page of the link has no form"
    with opener.open(desk.link, data=f"csrfmiddlewaretoken={token[1]}".encode()) as answer:
        home = answer.url
    cookie = "; ".join(f"{one.name}={one.value}" for one in jar)
    stop = threading.Event()
    streams = [_open(f"{home}live", cookie) for _ in range(STREAMS)] if "/b/" in home else []
    threads = [threading.Thread(target=_browse, args=(home, cookie, stop)) for _ in range(BROWSERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for stream in streams:
            stream.close()


def _open(address: str, cookie: str) -> object:
    request = urllib.request.Request(address, headers={"Cookie": cookie, "HX-Request": "true"})
    return urllib.request.urlopen(request, timeout=60)


def _browse(address: str, cookie: str, stop: threading.Event) -> None:
    while not stop.is_set():
        with contextlib.suppress(OSError):
            _open(address, cookie).read()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
