"""The list and the search as a browser gets them, among more and more cases. p50 and p95 of at least a hundred requests.

Requests go through everything that the desk does with one, signed in, except the web server and the line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Any
from urllib.parse import quote

from benchmarks import fill, history
from benchmarks.house import House, arguments, house
from benchmarks.imports import settle
from benchmarks.results import Aim, Result, spread

CASES = {"tiny": [300], "quick": [10_000, 100_000], "full": [10_000, 100_000, 1_000_000]}
REQUESTS = {"tiny": 5, "quick": 120, "full": 200}
LISTS = ("first page", "page in the middle", "whole page", "own cases", "answered", "closed")
AGED = 1.3  # how much slower the list may be among a hundred times as many cases


def main() -> None:
    args = arguments(__doc__ or "")
    found = Result("inbox", args.size), Result("search", args.size)
    with house(args.database) as here:
        ids, stand = fill.begin(here), 0
        for cases in CASES[args.size]:
            fill.grow(ids, stand + 1, cases)
            stand = cases
            settle()
            _measure(here, cases, REQUESTS[args.size], *found)
    _aims(*found)
    for result in found:
        result.keep(args.out)


def _measure(here: House, cases: int, times: int, lists: Result, searches: Result) -> None:
    get = browser(here)
    for name, addresses in _lists(cases).items():
        lists.add(cases=cases, list=name, **_times(get, addresses, times))
    for name, words in _searches(cases).items():
        searches.add(cases=cases, **{"looked for": name}, **_times(get, (f"queue?q={quote(w)}" for w in words), times))


def browser(here: House) -> Callable[[str], Any]:
    """Gets a page of the brand, signed in."""
    from django.test import Client

    client = Client(SERVER_NAME="localhost", headers={"hx-request": "true"})
    client.force_login(here.user, backend="django.contrib.auth.backends.ModelBackend")

    def get(address: str) -> Any:
        answer = client.get(f"/b/{here.brand.slug}/{address}")
        assert answer.status_code == 200, (address, answer.status_code)
        return answer

    return get


def _times(get: Callable[[str], Any], addresses: Iterator[str], times: int) -> dict[str, float]:
    taken, worked = [], 0.0
    for turn, address in enumerate(islice(addresses, times + 5)):
        began, busy = time.perf_counter(), time.process_time()
        get(address)
        if turn >= 5:  # the first ones fill caches that a desk at work has full
            taken.append(time.perf_counter() - began)
            worked += time.process_time() - busy
    return spread(taken) | {"of it own CPU ms": worked / len(taken) * 1000}


def _lists(cases: int) -> dict[str, Iterator[str]]:
    from answerable.cases import places
    from answerable.cases.models import Case
    from answerable.cases.places import Place

    waiting = Case.objects.filter(waiting=1).order_by("pk")
    spots = [waiting.filter(pk__gte=cases * part // 10).first() for part in range(1, 9)]
    middle = [quote(places.write(Place(case.queue_key, case.pk))) for case in spots if case and case.queue_key]
    addresses = ["queue?tab=needs"], [f"queue?tab=needs&after={place}" for place in middle], ["?tab=needs"]
    others = [f"queue?tab={tab}" for tab in ("mine", "answered", "closed")]
    return {name: cycle(given) for name, given in zip(LISTS, (*addresses, *([o] for o in others)), strict=True)}


def _searches(cases: int) -> dict[str, Iterator[str]]:
    from itertools import count

    words = [language.split() for language in history.WORDS.values()]
    first, last = history.FIRST.split(), history.LAST.split()
    rare = _rare()
    return {
        "a number that one message has": (f"order{1 + turn * 7919 % cases}" for turn in count()),
        "a rare word": cycle(rare),
        "a common word": cycle([of[at] for at in (3, 5, 8) for of in words]),
        "two common words": cycle([f"{of[2]} {of[4]}" for of in words] + [f"{of[3]} {of[7]}" for of in words]),
        "a common and a rare word": (f"{words[turn % 5][3]} {rare[turn % len(rare)]}" for turn in count()),
        "the beginning of a word": cycle(["par", "deliv", "bestill", "дост", "comand", "objed", "num", "bil"]),
        "a name": (f"{first[turn % 20]} {last[turn % 18]}" for turn in count()),
        "a handle": (f"{first[turn % 20].lower()}{turn * 20 % cases + turn % 20}" for turn in count()),
        "nothing that anybody said": (f"zzq{turn}" for turn in count()),
    }


def _rare() -> list[str]:
    """Words of the long tail: each in a few messages of ten thousand."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM ts_stat('SELECT to_tsvector(''simple'', text) FROM benchmark_phrase')"
            " WHERE ndoc = 1 AND length(word) > 5 ORDER BY md5(word) LIMIT 40"
        )
        return [word for (word,) in cursor.fetchall()]


def _aims(lists: Result, searches: Result) -> None:
    """Judged among the most cases; the ratio between the most and the fewest, of the list that everybody has open."""
    most, fewest = lists.rows[-1]["cases"], lists.rows[0]["cases"]
    by = {(row["cases"], row["list"]): row for row in lists.rows}
    for name in LISTS[:3]:
        lists.aims.append(Aim(f"inbox, {name}, p95 at {most:,} cases", 50, by[most, name]["p95 ms"], "ms"))
    for key in ("p50 ms", "p95 ms"):
        ratio = by[most, LISTS[0]][key] / by[fewest, LISTS[0]][key]
        lists.aims.append(Aim(f"inbox, first page, {key[:3]} at {most:,} beside {fewest:,} cases", AGED, ratio, "×"))
    for row in searches.rows:
        if row["cases"] == most:
            searches.aims.append(Aim(f"search, {row['looked for']}, p95 at {most:,} cases", 100, row["p95 ms"], "ms"))


if __name__ == "__main__":
    main()
