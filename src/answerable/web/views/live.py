"""The event stream of a brand: what changed, as ids. Native async; one an open browser, for hours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import cast

from asgiref.sync import sync_to_async
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from answerable.core.live import hub
from answerable.people.models import User
from answerable.people.rights import Forbidden, NoSuchBrand, access

BEAT = 15.0  # seconds between signs of life, so that proxies and browsers notice a dead line
RECHECK = 60.0  # seconds between two looks at whether the person may still listen
RETRY = 2000  # milliseconds a browser waits before it connects again


@require_GET
async def stream(request: HttpRequest, brand: str) -> HttpResponseBase:
    """401 for nobody, 404 for strangers, else news until the session or the role ends."""
    found = await sync_to_async(_brand_id)(request, brand)
    # A stream lives for hours; the connection that checked the door must not.
    await sync_to_async(connections.close_all)()
    if found is None:
        return HttpResponse(status=401)
    if found == 0:
        return HttpResponse(status=404)
    answer = StreamingHttpResponse(_news(request, brand, found), content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


def _brand_id(request: HttpRequest, brand: str) -> int | None:
    """The brand's id; 0 when it is none of theirs, None for somebody who is not signed in."""
    if not request.user.is_authenticated:
        return None
    try:
        return access(request.user, brand).brand.pk
    except (NoSuchBrand, Forbidden):
        return 0


def _may_still(request: HttpRequest, brand: str) -> bool:
    """Reads session and role afresh. A database that is away proves nothing: keep listening."""
    try:
        if not request.session.exists(request.session.session_key or ""):
            return False
        access(cast("User", request.user), brand)
    except (NoSuchBrand, Forbidden):
        return False
    except DatabaseError:
        return True
    finally:
        connections.close_all()
    return True


async def _news(request: HttpRequest, brand: str, brand_id: int) -> AsyncIterator[str]:
    news = cast("AsyncGenerator[str, None]", hub.news(brand_id))
    coming = asyncio.ensure_future(anext(news))
    check = asyncio.ensure_future(asyncio.sleep(RECHECK))
    await asyncio.sleep(0)  # now the hub holds our queue: what the page fetches after "ready" misses nothing
    try:
        yield f"retry: {RETRY}\nevent: ready\ndata: 1\n\n"
        while True:
            done, _ = await asyncio.wait({coming, check}, timeout=BEAT, return_when=asyncio.FIRST_COMPLETED)
            if check in done:
                if not await sync_to_async(_may_still)(request, brand):
                    return  # the browser comes again, and is told at the door
                check = asyncio.ensure_future(asyncio.sleep(RECHECK))
            if coming in done:
                yield f"data: {coming.result()}\n\n"
                coming = asyncio.ensure_future(anext(news))
            if not done:
                yield ": beat\n\n"
    finally:
        for task in (coming, check):
            task.cancel()
        await asyncio.gather(coming, check, return_exceptions=True)
        await news.aclose()
