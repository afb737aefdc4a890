"""One port for two kinds of answer: pages run on threads, the event stream runs natively async.

Django's own async handler costs a page about half as much again (thread hops), and persistent database connections
work only on threads that stay; a stream that would hold a thread for hours must not take one.
"""

from __future__ import annotations

import os
import re
from typing import Any

from a2wsgi import WSGIMiddleware
from django.core.asgi import get_asgi_application

from answerable.app import bodies
from answerable.app.bodies import Application, Message, Receive, Scope, Send

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "answerable.config.settings")

_STREAM = re.compile(r"/b/[^/]+/live")


def _compose() -> Application:
    streams: Any = get_asgi_application()  # sets Django up, so it comes first
    from django.conf import settings

    from answerable.app import wsgi

    on_threads: Any = wsgi.application
    threads = settings.ENV.web_threads
    on_port: Any = WSGIMiddleware(on_threads, workers=threads)
    pages = bodies.bounded(on_port, threads)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def body() -> Message:
            # granian's receive() gives a future; what runs pages on threads schedules only coroutines
            return await receive()

        if not _STREAM.fullmatch(scope["path"]):
            await pages(scope, body, send)
        elif scope["method"] != "GET":
            await bodies.say(scope, send, bodies.Refused(405, "a stream can only be read"), (b"allow", b"GET"))
        else:
            # its handler would put a body on the disk, however long, before it looks who sends it
            await streams(scope, bodies.unread(body), send)

    return application


application = _compose()
