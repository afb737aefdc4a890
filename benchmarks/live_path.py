"""The live path: an event of a network → stored, read, its case and wait settled. One event a page, and in pages of 200.

The three steps are what the edge and the worker's jobs do, run here one after the other; the queue of jobs between them is
written (it is part of the steps), its pick-up is not measured.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from benchmarks import history
from benchmarks.house import House, arguments, house
from benchmarks.results import Result, spread

MESSAGES = {"tiny": (10, 20), "quick": (1000, 10_000), "full": (2000, 40_000)}  # singly, in pages
PAGE = 200
STEPS = ("store", "read", "follow")


def main() -> None:
    args = arguments(__doc__ or "")
    found = Result("live", args.size)
    with house(args.database) as here:
        account = connect(here)
        singly, in_pages = MESSAGES[args.size]
        told = events(account, singly + in_pages)
        _run(account, told[:singly], 1, found)
        _run(account, told[singly:], PAGE, found)
    found.keep(args.out)


def connect(here: House) -> Any:
    """The brand's account on a posed network, as if it had been connected; nothing is asked of a network here."""
    from answerable.channels.models import Account

    handle = history.HANDLE
    return Account.objects.create(
        brand=here.brand, channel="console", network="meadow", external_id=f"{history.NETWORKS[0]}-brand", handle=handle
    )


def events(account: Any, count: int) -> list[Any]:
    """A history as the network would tell it, message by message."""
    from answerable.channels.console.parse import incoming

    told = []
    for record in history.Generator().records(count * 3):
        if record["type"] == "message" and record["network"] == history.NETWORKS[0] and len(told) < count:
            told.append(incoming(_event(record, account.external_id)))
    assert len(told) == count
    return told


def _event(record: dict[str, Any], brand: str) -> dict[str, Any]:
    ours, direct = record["author"]["id"] == brand, record.get("kind") == "direct"
    why = "own" if ours else "direct" if direct else "reply" if "parent" in record else "mention"
    post = {key: record[key] for key in ("id", "author", "text", "language", "parent") if key in record}
    post |= {"root": record.get("thread", record["id"]), "kind": "direct" if direct else "post", "public": not direct}
    post |= {"indexed_at": record["at"], "version": 1, "mentions": [brand] if why == "mention" else []}
    if direct:
        post["to"] = record["to"][0]
    return json.loads(json.dumps({"id": f"e{record['id']}", "type": "post", "why": why, "post": post}))


def _run(account: Any, told: Sequence[Any], size: int, found: Result) -> None:
    spent, pages = dict.fromkeys(STEPS, 0.0), []
    for page in (told[start : start + size] for start in range(0, len(told), size)):
        times = _page(account, page)
        pages.append(sum(times))
        for step, seconds in zip(STEPS, times, strict=True):
            spent[step] += seconds
    total = sum(spent.values())
    shares = {f"{step} %": 100 * seconds / total for step, seconds in spent.items()}
    found.add(**{"a page": size, "messages": len(told), "messages/s": len(told) / total}, **spread(pages), **shares)


def _page(account: Any, page: Sequence[Any]) -> tuple[float, float, float]:
    """Seconds of each step; what the second one hands on is read from its job."""
    from answerable.cases.tasks import follow
    from answerable.inbox.intake import read_page
    from answerable.inbox.store import store

    began = time.perf_counter()
    store(account, page, push=True)
    stored = time.perf_counter()
    assert read_page(account) == len(page)
    read = time.perf_counter()
    handed = _handed_on()
    again = time.perf_counter()
    for args in handed:
        follow(**args)
    return stored - began, read - stored, time.perf_counter() - again


def _handed_on() -> list[dict[str, Any]]:
    """Takes the jobs out of the queue."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs RETURNING task_name, args")
        rows = cursor.fetchall()
    return [json.loads(args) if isinstance(args, str) else args for name, args in rows if name == "cases.follow"]


if __name__ == "__main__":
    main()
