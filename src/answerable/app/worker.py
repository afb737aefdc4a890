"""The worker: one process, one event loop, a procrastinate worker for each kind of queue.

Sending has its own, so a long import in ``bulk`` never makes an answer wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import procrastinate
import psycopg
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import Error, close_old_connections
from procrastinate.exceptions import ConnectorException

from answerable.app import runner
from answerable.core import alive

logger = logging.getLogger("answerable.worker")

BEAT_SECONDS = 10
POLL_SECONDS = 1.0
"""Jobs are announced as they come; polling is for those whose announcement was lost."""
AGAIN_SECONDS = 2
"""Between two beginnings, when the database is away."""
GRACE_SECONDS = 10
"""How long jobs in work may take when the worker is told to stop; then they are aborted and run again later."""


def lanes() -> dict[str, tuple[list[str], int]]:
    """Name of each procrastinate worker → its queues and how many of their jobs it runs at once."""
    env = settings.ENV
    return {
        "send": (["send"], env.worker_send),
        "ingest": (["ingest", "default"], env.worker_ingest),
        "bulk": (["bulk"], env.worker_bulk),
    }


def _with_living_connection(call_next: Callable[[], Any], context: object, worker: object) -> Any:
    """Around each job: its thread keeps the connection for the next one, as a web thread does, but not a dead one.

    Without this a thread whose connection was cut once would fail every job that it ever gets again.
    """
    close_old_connections()
    try:
        return call_next()
    finally:
        close_old_connections()


def _beat(name: str) -> None:
    close_old_connections()
    alive.beat(name)


async def _keep_beating(name: str, stop: asyncio.Event) -> None:
    """Says every ten seconds that this worker lives. A beat that fails is not the end: the database may restart."""
    while not stop.is_set():
        try:
            await sync_to_async(_beat, thread_sensitive=False)(name)
        except Error:
            logger.warning("the heartbeat could not be written", exc_info=True)
        try:
            await asyncio.wait_for(stop.wait(), BEAT_SECONDS)
        except TimeoutError:
            continue


def _start_lanes(app: procrastinate.App) -> list[asyncio.Task[None]]:
    tasks = []
    for name, (queues, concurrency) in lanes().items():
        work: Coroutine[Any, Any, None] = app.run_worker_async(
            queues=queues,
            name=name,
            concurrency=concurrency,
            fetch_job_polling_interval=POLL_SECONDS,
            install_signal_handlers=False,
            shutdown_graceful_timeout=GRACE_SECONDS,
            task_middleware=[_with_living_connection],
        )
        tasks.append(asyncio.create_task(work, name=f"worker {name}"))
    return tasks


async def _work(stop: asyncio.Event) -> list[Exception]:
    """One life of the lanes, until we are told to stop or one of them ends by itself; what ended them."""
    stopping = asyncio.create_task(stop.wait())
    try:
        async with runner.make().open_async() as app:
            tasks = _start_lanes(app)
            await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
    except (psycopg.Error, ConnectorException) as error:
        return [error]
    finally:
        stopping.cancel()
    return [error for error in ended if isinstance(error, Exception)]


async def _serve() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    threads = sum(concurrency for _, concurrency in lanes().values()) + 2
    loop.set_default_executor(ThreadPoolExecutor(threads, thread_name_prefix="job"))
    beating = asyncio.create_task(_keep_beating(f"worker {socket.gethostname()} {os.getpid()}", stop))
    while not stop.is_set():
        for error in await _work(stop):
            logger.error("the worker's lanes ended by themselves", exc_info=error)
        if not stop.is_set():
            logger.warning("the worker begins anew, such as after the database went away")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AGAIN_SECONDS)
    await beating


def run() -> int:
    """Work until told to stop. When the database goes away, its return is waited for."""
    asyncio.run(_serve())
    return 0
