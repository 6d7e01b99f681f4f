"""Serve an application over HTTP, by uvicorn, until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic
from types import FrameType
from typing import Any, NamedTuple

import uvicorn

from ._app import App
from ._listening import BACKLOG

_LAST_SCRAPES = 2  # seconds that those under way may still take at the end
# Connections that asyncio accepts before it looks after others. Where descriptors run out, it goes
# on for all of these, and for each it logs that and tries again: with 128 it did nothing else.
_AT_ONCE = 1
_UNASKED = " "  # else OpenSSL asks at the terminal for the pass phrase of a key that has one
_ASKING = 10.0  # seconds that a client may take for its first request
_READING = 20.0  # seconds beyond a scrape's own that it may take to read, and for the next request


class Certificates(NamedTuple):
    """The files for TLS. Without a certificate there is none."""

    certificate: str | None = None
    key: str | None = None
    client_ca: str | None = None


def serve(
    app: App,
    sockets: list[socket.socket],
    timeout: float,
    started: Callable[[], None],
    files: Certificates,
) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, which then does what it did before.

    Args:
        app: What answers.
        sockets: What to listen on.
        timeout: How long an answer may take.
        started: Is called once.
        files: For TLS.

    Raises:
        OSError: A certificate cannot be read.

    """
    patience = _Patience(timeout + _READING, sockets.copy())
    config = uvicorn.Config(
        app,
        backlog=_AT_ONCE,
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
        ssl_certfile=files.certificate,
        ssl_keyfile=files.key,
        ssl_keyfile_password=_UNASKED,
        ssl_ca_certs=files.client_ca,
        ssl_cert_reqs=ssl.CERT_REQUIRED if files.client_ca else ssl.CERT_NONE,
    )
    patience.server = server = uvicorn.Server(config)
    logging.getLogger("uvicorn.error").addFilter(_is_worth_telling)
    with _ended_by_hangup(server):
        try:
            config.load()
        except OSError as error:
            reason = error.strerror or error
            names = [name for name in (files.certificate, files.key, files.client_ca) if name]
            text = f"the files for TLS cannot be used ({', '.join(names)}): {reason}"
            raise OSError(error.errno, text) from error
        started()
        server.run(sockets)


class _Patience:
    """Closes connections whose clients are slow: for uvicorn they may take forever."""

    server: uvicorn.Server

    def __init__(self, limit: float, sockets: list[socket.socket]) -> None:
        self._limit = limit
        self._new = sockets
        self._seen: dict[Any, tuple[Any, float]] = {}

    async def look(self) -> None:
        """Note how far each connection is, and close those that are there for too long."""
        while self._new:  # the server has set this to how many are accepted at once
            self._new.pop().listen(BACKLOG)
        now = monotonic()
        seen = {}
        for connection in list(self.server.server_state.connections):
            request = getattr(connection, "cycle", None)
            before, since = self._seen.get(connection, (request, now))
            seen[connection] = (request, since if before is request else now)
            if now - seen[connection][1] > (_ASKING if request is None else self._limit):
                connection.transport.abort()
        self._seen = seen


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Return whether it is not that a scrape was under way at the end."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


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
