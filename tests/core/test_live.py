"""The hub: told at commit, once, to the streams of that brand; a hole in the stream is said."""

from __future__ import annotations

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction

from answerable.core.live import BACKLOG, RESET, Hub, tell

pytestmark = pytest.mark.django_db(transaction=True)


async def take(stream: asyncio.Queue[str], number: int) -> list[str]:
    return [await asyncio.wait_for(stream.get(), 20) for _ in range(number)]


async def listen(hub: Hub, brand_id: int) -> tuple[asyncio.Queue[str], asyncio.Task[None]]:
    got: asyncio.Queue[str] = asyncio.Queue()

    async def pump() -> None:
        async for news in hub.news(brand_id):
            got.put_nowait(news)

    pumping = asyncio.create_task(pump())
    assert await take(got, 1) == [RESET]
    return got, pumping


def twice_in_one_transaction() -> None:
    with transaction.atomic():
        tell(1, "case", 7)
        tell(1, "case", 7)
        tell(2, "case", 8)


def rolled_back() -> None:
    with transaction.atomic():
        tell(1, "case", 9)
        transaction.set_rollback(True)


def test_a_brand_hears_its_own_news_once_and_only_what_was_committed() -> None:
    async def story() -> None:
        hub = Hub()
        got, pumping = await listen(hub, 1)
        await sync_to_async(rolled_back)()
        await sync_to_async(twice_in_one_transaction)()
        await sync_to_async(tell)(1, "thread", 3)
        assert await take(got, 2) == ["case:7", "thread:3"]
        assert got.empty()
        pumping.cancel()

    asyncio.run(story())


def test_a_stream_that_falls_behind_is_told_to_start_over() -> None:
    hub = Hub()
    queue: asyncio.Queue[str] = asyncio.Queue(maxsize=BACKLOG)
    hub._streams[1].add(queue)
    for number in range(BACKLOG + 1):
        hub._put(1, f"case:{number}")
    assert [queue.get_nowait() for _ in range(queue.qsize())] == [RESET]
