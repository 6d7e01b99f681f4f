"""A simulated chronyd: real datagrams on a real socket, answered from records that you choose."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import os
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..models import TrackingStatus
from ._factories import make_tracking
from ._wire import VERSION, Request, Status, build_reply, encode_tracking, parse_request

_RECEIVE_BYTES = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What goes wrong between a request and its answer. Faults can be combined."""

    silent: bool = False
    """No request is answered."""
    drop_every: int = 0
    """Every n-th request, by `SimulatedChronyd.requests`, is not answered. 0: none is lost."""
    delay: float = 0.0
    """Seconds before a request is answered. The requests behind it wait their turn."""
    duplicate: bool = False
    """Each answer is sent twice."""
    stray: bool = False
    """Before the answer comes another, well formed, with a sequence number nobody asked for."""
    garbage: bool = False
    """Before the answer come 64 bytes of no meaning."""
    truncate: int | None = None
    """The answer is cut to so many bytes."""
    extra: int = 0
    """So many zero bytes are appended to the answer."""
    status: int | None = None
    """Every request is answered with this status and no payload."""


class SimulatedChronyd:
    """A chronyd 4.8 in a thread, for tests of code that asks one.

    Use it as a context manager, or call `start` and `stop`. A request it cannot make sense of, or
    must not answer, meets the silence or the status that chronyd 4.8 has for it. A record that has
    no place on the wire, such as a stratum of 70000, ends the thread with the encoder's error.

    Args:
        tracking: The tracking report to give; `make_tracking()` where there is none.
        address: An IP address, for UDP on a free port; `127.0.0.1:11323` or `[::1]:11323`, for UDP
            on that port; or the absolute path of a Unix socket to create.
        faults: What is to go wrong; nothing where there is none.

    """

    tracking: TrackingStatus
    """The tracking report. May be replaced at any time, as may all that follow."""
    sources: Sequence[object]
    """The sources. Only their number is reported."""
    faults: Faults
    """What goes wrong from the next request on."""
    requests: int
    """Datagrams received so far, answered or not. May be set back to 0."""

    def __init__(
        self,
        tracking: TrackingStatus | None = None,
        *,
        address: str | os.PathLike[str] = "127.0.0.1",
        faults: Faults | None = None,
    ) -> None:
        self.tracking = make_tracking() if tracking is None else tracking
        self.sources = ()
        self.faults = Faults() if faults is None else faults
        self.requests = 0
        self._family, self._endpoint = _parse_address(os.fspath(address))
        self._stopping = threading.Event()
        self._running: tuple[threading.Thread, socket.socket] | None = None

    @property
    def address(self) -> str:
        """Where clients find the server: a path, `127.0.0.1:PORT` or `[::1]:PORT`.

        It outlives `stop`. A free port is chosen by the first start, and 0 before it.
        """
        if isinstance(self._endpoint, str):
            return self._endpoint
        host, port = self._endpoint
        return f"[{host}]:{port}" if self._family == socket.AF_INET6 else f"{host}:{port}"

    def start(self) -> None:
        """Begin to answer; return once requests are received."""
        if self._running:
            raise RuntimeError(f"simulated chronyd already runs on {self.address}")
        sock = self._bind()
        woken, waker = socket.socketpair()
        self._stopping.clear()
        name = f"simulated chronyd on {self.address}"
        thread = threading.Thread(target=self._serve, args=(sock, woken), name=name, daemon=True)
        thread.start()
        self._running = thread, waker

    def stop(self) -> None:
        """Stop at once and free the address; do nothing if not running."""
        if not self._running:
            return
        thread, waker = self._running
        self._stopping.set()
        waker.close()
        thread.join()
        if isinstance(self._endpoint, str):
            Path(self._endpoint).unlink(missing_ok=True)
        self._running = None

    def restart(self) -> None:
        """Stop, and start again on the same address."""
        self.stop()
        self.start()

    def __enter__(self) -> SimulatedChronyd:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def _bind(self) -> socket.socket:
        sock = socket.socket(self._family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.bind(self._endpoint)
            if isinstance(self._endpoint, str):
                Path(self._endpoint).chmod(0o666)
            else:
                self._endpoint = sock.getsockname()[:2]
        except OSError:
            sock.close()
            raise
        return sock

    def _serve(self, sock: socket.socket, woken: socket.socket) -> None:
        with sock, woken, selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            ready: set[object] = set()
            while woken not in ready:
                ready = {key.fileobj for key, _ in selector.select()}
                if sock in ready:
                    self._exchange(sock)

    def _exchange(self, sock: socket.socket) -> None:
        # A client that is gone, or does not empty its socket, misses its answers as it would
        # with chronyd.
        with contextlib.suppress(OSError):
            datagram, client = sock.recvfrom(_RECEIVE_BYTES)
            self.requests += 1
            for answer in self._answers(datagram):
                # chronyd answers a Unix client only on a path: not without a name, and not on
                # an abstract one, which are None and bytes here.
                if isinstance(client, (str, tuple)):
                    sock.sendto(answer, client)

    def _answers(self, datagram: bytes) -> Iterator[bytes]:
        faults = self.faults
        request = parse_request(datagram)
        if request is None or _is_lost(faults, self.requests):
            return
        if faults.delay and self._stopping.wait(faults.delay):
            return
        if faults.stray:
            yield self._answer(request._replace(sequence=request.sequence ^ 0xFFFFFFFF))
        if faults.status is None:
            answer = self._answer(request)
        else:
            answer = build_reply(request, faults.status)
        yield from _spoil(faults, answer)

    def _answer(self, request: Request) -> bytes:
        report = _REPORTS.get(request.command)
        if request.version != VERSION:
            return build_reply(request, Status.BAD_VERSION)
        if report is None:
            return build_reply(request, Status.INVALID)
        if request.length < report.required_length:
            return build_reply(request, Status.BAD_LENGTH)
        if self._family != socket.AF_UNIX and not report.open_over_udp:
            return build_reply(request, Status.UNAUTHORIZED)
        try:
            payload = report.encode(self, request.payload)
        except LookupError:
            return build_reply(request, Status.NO_SUCH_SOURCE)
        return build_reply(request, Status.SUCCESS, report.reply_code, payload)


class _Report(NamedTuple):
    required_length: int
    """Bytes that a request has to have: no fewer than its answer will."""
    reply_code: int
    open_over_udp: bool
    encode: Callable[[SimulatedChronyd, bytes], bytes]
    """From the server and the request's payload, the answer's. A `LookupError`: no such source."""


_REPORTS = {
    14: _Report(32, 2, True, lambda server, _: struct.pack(">I", len(server.sources))),
    33: _Report(104, 5, True, lambda server, _: encode_tracking(server.tracking)),
}


def _is_lost(faults: Faults, number: int) -> bool:
    """Tell whether the request of this number, counted from 1, goes unanswered."""
    return faults.silent or (faults.drop_every > 0 and number % faults.drop_every == 0)


def _spoil(faults: Faults, answer: bytes) -> list[bytes]:
    """Return what is sent in place of the answer."""
    garbage = [hashlib.sha512(answer).digest()] if faults.garbage else []
    spoilt = answer[: faults.truncate] + bytes(faults.extra)
    return garbage + [spoilt] * (2 if faults.duplicate else 1)


def _parse_address(text: str) -> tuple[socket.AddressFamily, str | tuple[str, int]]:
    """Return the family and what to bind to; port 0 where the address names none."""
    if text.startswith("/"):
        return socket.AF_UNIX, text
    host, port = text, "0"
    if text.startswith("["):
        host, _, port = text[1:].partition("]:")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        version = ipaddress.ip_address(host).version
        return (socket.AF_INET if version == 4 else socket.AF_INET6), (host, int(port))
    except ValueError:
        wanted = "an IP address, with or without a port, or an absolute path"
        raise ValueError(f"address must be {wanted}, got {text!r}") from None
