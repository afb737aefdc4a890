"""The console network's server: one process, one file, any number of networks. For demo, development and tests."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from answerable.channels.console.handler import Handler
from answerable.channels.console.hooks import Deliverer
from answerable.channels.console.store import Store
from answerable.channels.console.world import ConsoleWorld


class _Listener(ThreadingHTTPServer):
    """Knows its open connections, so that going down cuts them instead of serving them on."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], console: ConsoleServer) -> None:
        self.console = console
        self._open: set[socket.socket] = set()
        super().__init__(address, Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Silent: clients that hang up in the middle are this server's daily bread."""

    def cut(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class ConsoleServer:
    """Start it, read `.url`, steer it with `.world`. Everything that happened is in the file and outlives it.

    port 0 takes a free one, and keeps it over stop() and start(). host: loopback unless told otherwise.
    hook_backoff: first and longest pause in seconds before an untaken webhook is tried again."""

    def __init__(
        self,
        path: Path | str,
        port: int = 0,
        host: str = "127.0.0.1",
        *,
        control_token: str = "",
        hook_backoff: tuple[float, float] = (0.25, 30.0),
    ) -> None:
        self._path, self._address, self._hook_backoff = Path(path), (host, port), hook_backoff
        self._wanted_token = control_token
        self._listener: _Listener | None = None
        self._deliverer: Deliverer | None = None
        self._player: tuple[threading.Thread, threading.Event] | None = None
        self._store: Store | None = None
        self._changing = threading.RLock()
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        host, port = self._address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def store(self) -> Store:
        if self._store is None:
            raise RuntimeError("the console server is not started")
        return self._store

    @property
    def control_token(self) -> str:
        return self.store.meta("control_token", secrets.token_urlsafe(24))

    @property
    def world(self) -> ConsoleWorld:
        """The people of this network, over HTTP as from anywhere else."""
        return ConsoleWorld(self.url, self.control_token)

    def start(self) -> ConsoleServer:
        with self._changing:
            self.stopping.clear()
            self._store = Store(self._path)
            if self._wanted_token:
                self._store.set_meta("control_token", self._wanted_token)
            try:
                self.up()
            except OSError:
                self._store.close()
                raise
            self._deliverer = Deliverer(self._store, self._hook_backoff)
            self._deliverer.start()
        return self

    def stop(self) -> None:
        with self._changing:
            self.stopping.set()
            if self._player is not None:
                self._player[1].set()
                self._player[0].join(timeout=10)
            self.down()
            if self._deliverer is not None:
                self._deliverer.stop()
            if self._store is not None:
                self._store.close()
            self._deliverer = self._store = self._player = None

    def up(self) -> None:
        """Listens (again), on the same port as before."""
        with self._changing:
            if self._listener is None and not self.stopping.is_set():
                self._listener = _Listener(self._address, self)
                self._address = (self._address[0], self._listener.server_address[1])
                # A short poll only shortens shutdown(); requests wake the listener themselves.
                serve = {"poll_interval": 0.05}
                threading.Thread(target=self._listener.serve_forever, kwargs=serve, daemon=True).start()

    def down(self) -> None:
        """Connections are refused and open ones cut, as when a network is away. The memory stays."""
        with self._changing:
            listener, self._listener = self._listener, None
            if listener is not None:
                listener.shutdown()
                listener.server_close()
                listener.cut()

    def down_for(self, seconds: float) -> None:
        """Away for a while, in the background: the request that asked for it is still answered."""
        timers = [threading.Timer(0.05, self.down), threading.Timer(0.05 + seconds, self.up)]
        for timer in timers:
            timer.daemon = True
            timer.start()

    def play(self, script: Callable[[ConsoleWorld, threading.Event], None]) -> None:
        """Runs a script of the demo beside the server, until stop()."""
        stop = threading.Event()
        thread = threading.Thread(target=script, args=(self.world, stop), name="console-demo", daemon=True)
        self._player = (thread, stop)
        thread.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
