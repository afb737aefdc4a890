"""The live hub: what changed, told to every open page. Ids only; a page fetches what it shows again.

One LISTEN connection a web process, one queue an open stream. A lost connection is healed and everybody told "reset",
so that a page never trusts a stream with a hole in it. Cost grows with open streams of the brand, not with all.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncIterator

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

CHANNEL = "answerable"
RESET = "reset"  # told after a reconnect: fetch everything you show
BACKLOG = 1000  # a stream this far behind is told to reset instead

logger = logging.getLogger(__name__)


def tell(brand_id: int, noun: str, subject_id: int) -> None:
    """Says at commit that `noun` (e.g. "case") with this id changed. Same news twice in a transaction is told once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{brand_id}:{noun}:{subject_id}"])


class Hub:
    """Fans the database's notifications out to the streams of one process."""

    def __init__(self) -> None:
        self._streams: defaultdict[int, set[asyncio.Queue[str]]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    async def news(self, brand_id: int) -> AsyncIterator[str]:
        """Yields "noun:id" or "reset", for ever."""
        queue: asyncio.Queue[str] = asyncio.Queue(maxsize=BACKLOG)
        self._streams[brand_id].add(queue)
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        try:
            while True:
                yield await queue.get()
        finally:
            self._streams[brand_id].discard(queue)

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as line:
                    await line.execute(f"LISTEN {CHANNEL}")
                    self._everybody(RESET)
                    async for note in line.notifies():
                        brand, _, what = note.payload.partition(":")
                        self._put(int(brand), what)
            except psycopg.Error as error:
                logger.warning("live hub lost the database (%s); trying again", type(error).__name__)
                await asyncio.sleep(1)

    def _everybody(self, what: str) -> None:
        for brand_id in list(self._streams):
            self._put(brand_id, what)

    def _put(self, brand_id: int, what: str) -> None:
        for queue in self._streams.get(brand_id, set()):
            if queue.full():
                with contextlib.suppress(asyncio.QueueEmpty):
                    while True:
                        queue.get_nowait()
                what = RESET
            queue.put_nowait(what)


def _address() -> str:
    given = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    return make_conninfo(**{name: given[name] for name in names if given.get(name)})


hub = Hub()
