"""Serve an application over HTTP, by uvicorn, until a signal ends it."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
import socket
import ssl
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from time import monotonic
from types import FrameType
from typing import Any, NamedTuple

import uvicorn

from ._app import App
from ._listening import BACKLOG, Listener

_LAST_SCRAPES = 2  # seconds that those under way may still take at the end
# Connections that asyncio accepts before it looks after others. Where descriptors run out, it goes
# on for all of these, and for each it logs that and tries again: with 128 it did nothing else.
_AT_ONCE = 1
_UNASKED = " "  # else OpenSSL asks at the terminal for the pass phrase of a key that has one
_ASKING = 10.0  # seconds that a client may take for a handshake, and then for its first request
_READING = 20.0  # seconds beyond a scrape's own that it may take to read, and for the next request


class Certificates(NamedTuple):
    """The files for TLS. Without a certificate there is none."""

    certificate: str | None = None
    key: str | None = None
    client_ca: str | None = None


def serve(
    app: App,
    sockets: Sequence[Listener],
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
    patience = _Patience(timeout + _READING, sockets)
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
        server.run(list(sockets))


class _Client(NamedTuple):
    """A client, and when it has to go. Where there are too many, the least one goes first."""

    is_answered: bool  # it waits for us
    since: float
    patience: float  # seconds from then
    disconnect: Callable[[], None]


class _Patience:
    """Disconnects clients that are slow, or too many: for uvicorn they may take forever."""

    server: uvicorn.Server

    def __init__(self, limit: float, sockets: Sequence[Listener]) -> None:
        self._limit = limit
        self._sockets = sockets
        self._new = list(sockets)
        self._seen: dict[Any, tuple[Any, float]] = {}

    async def look(self) -> None:
        """Note how far each client is, and disconnect those that are there for too long.

        Clients may have half of the descriptors that there are. If they have more, those go first
        that are not being answered, the oldest of them first, so that a new one finds room.
        """
        while self._new:  # the server has set this to how many are accepted at once
            self._new.pop().listen(BACKLOG)
        now = monotonic()
        clients = sorted([*self._connections(now), *self._handshakes()], key=lambda each: each[:2])
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        excess = 0 if descriptors == resource.RLIM_INFINITY else len(clients) - descriptors // 2
        for place, client in enumerate(clients):
            if place < excess or now - client.since > client.patience:
                client.disconnect()

    def _connections(self, now: float) -> Iterator[_Client]:
        """Yield the clients that the server knows."""
        seen = {}
        connections: list[Any] = list(self.server.server_state.connections)  # of HTTP, all of them
        for connection in connections:
            request = connection.cycle
            before, since = self._seen.get(connection, (request, now))
            seen[connection] = (request, since if before is request else now)
            # An answer that is complete may not be sent yet.
            is_answered = request is not None and (
                not request.response_complete or _is_sending(connection.transport)
            )
            patience = _ASKING if request is None else self._limit
            yield _Client(is_answered, seen[connection][1], patience, connection.transport.abort)
        self._seen = seen

    def _handshakes(self) -> Iterator[_Client]:
        """Yield the clients that the server does not know yet."""
        connections = self.server.server_state.connections
        found = [each.transport.get_extra_info("socket") for each in connections]
        known = {-1, *(each.fileno() for each in found if each is not None)}  # it may be closed
        for each in self._sockets:
            for client, since in list(each.accepted.items()):
                if client.fileno() not in known:
                    yield _Client(False, since, _ASKING, partial(_shut_down, client))


def _is_sending(transport: Any) -> bool:
    """Return whether there is something that the client does not take yet.

    From Python 3.11 on TLS hands on all that it is given, and has nothing itself: what is below
    knows, which asyncio shows nobody.
    """
    tls = getattr(transport, "_ssl_protocol", None)
    below = transport if tls is None else getattr(tls, "_transport", None)
    return below is not None and below.get_write_buffer_size() > 0


def _shut_down(client: socket.socket) -> None:
    with suppress(OSError):  # it may have gone
        client.shutdown(socket.SHUT_RDWR)


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
