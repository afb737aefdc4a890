"""The web server of one machine: granian, with processes that die with it."""

from __future__ import annotations

import os
import socket
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from answerable.app.commands.refusal import Refusal
from answerable.config import env, logs, processes


def _load(target: str, main_process: int) -> Any:
    """The application, loaded inside a web process."""
    processes.die_with_parent(parent=main_process)
    from answerable.app.asgi import application

    processes.pass_gate()
    return application


def port_is_free(host: str, port: int) -> bool:
    """Whether this address can be listened on now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(host: str) -> int:
    """A port that nobody listens on now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
    return port


def serve() -> int:
    """Serve until told to stop. Streams that stay open are cut after three seconds."""
    settings = env.load()
    port = settings.port or free_port(settings.bind_host)
    if not port_is_free(settings.bind_host, port):
        raise Refusal(
            f"Port {port} on {settings.bind_host} is taken. Stop what listens there, or set ANSWERABLE_PORT to another."
        )
    server = Server(
        "answerable.app.asgi:application",
        address=settings.bind_host,
        port=port,
        interface=Interfaces.ASGINL,
        workers=settings.web_workers,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        workers_kill_timeout=3,
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logs.configuration(settings.log_level),
    )
    main_process = os.getpid()
    server.serve(target_loader=lambda target: _load(target, main_process))
    return 0
