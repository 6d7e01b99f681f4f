"""Serve an application over HTTP, by uvicorn, until a signal ends it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any

import uvicorn

from ._app import App
from ._listening import BACKLOG

_LAST_SCRAPES = 2  # seconds that those under way may still take at the end
_PATIENCE = 20.0  # seconds beyond a scrape's own that a client may take to ask and to read


def serve(
    app: App, sockets: list[socket.socket], timeout: float, started: Callable[[], None], **tls: Any
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, which then does what it did before.

    Args:
        app: What answers.
        sockets: What to listen on.
        timeout: How long an answer may take.
        started: Is called once.
        tls: uvicorn's settings that begin with `ssl_`.

    """
    patience = _Patience(timeout + _PATIENCE)
    config = uvicorn.Config(
        app,
        backlog=BACKLOG,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_LAST_SCRAPES,
        callback_notify=patience.look,
        timeout_notify=0,
        **tls,
    )
    patience.server = server = uvicorn.Server(config)
    with _ended_by_hangup(server):
        config.load()  # reads the certificates
        started()
        server.run(sockets)


class _Patience:
    """Closes connections whose clients are slow: for uvicorn they may take forever."""

    server: uvicorn.Server

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._seen: dict[Any, tuple[Any, float]] = {}

    async def look(self) -> None:
        """Note how far each connection is, and close those that are there for too long."""
        now = monotonic()
        seen = {}
        for connection in list(self.server.server_state.connections):
            request = getattr(connection, "cycle", None)
            before, since = self._seen.get(connection, (request, now))
            seen[connection] = (request, since if before is request else now)
            if now - seen[connection][1] > self._limit:
                connection.transport.abort()
        self._seen = seen


@contextmanager
def _ended_by_hangup(server: uvicorn.Server) -> Generator[None]:
    """Let SIGHUP end a server as SIGTERM does, unless it is ignored."""
    previous = signal.getsignal(signal.SIGHUP)
    received = []

    def end(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        server.should_exit = True

    if previous is signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGHUP, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, previous)
    if received:
        signal.raise_signal(signal.SIGHUP)
