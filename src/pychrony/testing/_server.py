"""A simulated chronyd: real datagrams on a real socket, answered from records that you choose."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import selectors
import socket
import threading
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from ..models import (
    Activity,
    AuthData,
    Client,
    NTPData,
    RTCData,
    SelectData,
    ServerStats,
    Smoothing,
    Source,
    SourceStats,
    TrackingStatus,
)
from ._daemon import Daemon, Reported
from ._faults import Faults
from ._wire import parse_request

_RECEIVE_BYTES = 2048


class SimulatedChronyd(Daemon):
    """A chronyd in a thread, for tests of code that asks one.

    Use it as a context manager, or call `start` and `stop`. A request it cannot make sense of, or
    must not answer, meets the silence or the status that chronyd has for it. A record with a value
    that has no place on the wire, such as a stratum of 70000, is refused with a `TypeError` or a
    `ValueError` when it is given or assigned.

    Records are given as the attributes of the same names, and lists as lists, of which tuples are
    kept. What is not given is made to go with the sources; where these are not given, the first
    other list that is tells their addresses and names. As made by default, the clock is good enough
    for `check`.

    In a record that was made by `dataclasses.replace` of one that is here, or of `make_tracking()`
    and the like, `ref_time` or `ref_time_ns` may be changed alone: the other follows.

    Assigning an attribute that is none of these is an `AttributeError`. A subclass gives a value in
    its class to those of its own.

    Args:
        tracking: The tracking report to give; where there is none, the selected source is followed,
            and the clock is not synchronized where none is selected.
        sources: The sources; where no list is given, three NTP sources.
        source_stats: The sources' statistics.
        select_data: The verdicts on the sources.
        activity: How many NTP sources are in which state.
        auth_data: The authentication of the NTP sources.
        ntp_data: The last responses of the NTP sources.
        server_stats: What was served; `make_server_stats()` where there is none.
        clients: The clients of the server; one where there is no list. chronyd's table is imitated:
            it has as many indexes as the smallest power of two from 16 on that holds them.
        rtc_data: The estimate of the real-time clock; without one there is no driver for it.
        smoothing: How the served time is smoothed; without one it is not.
        version: The chronyd to behave like, from "2.4" to "4.8": how it lays out its answers, which
            reports it knows, and the length of requests that it wants.
        address: An IP address, for UDP on a free port; `127.0.0.1:11323` or `[::1]:11323`, for UDP
            on that port; or the absolute path of a Unix socket to create. Some reports are refused
            over UDP, as by chronyd.
        faults: What is to go wrong; nothing where there is none.
        open_commands: The reports allowed over UDP in place of the usual ones, by chronyc's names:
            chronyd's directive `opencommands`, from 4.7 on.

    Raises:
        TypeError: An argument is of a wrong type, or a record has a value that is.
        ValueError: An argument is malformed, or a record has a value that has no place on the wire.

    """

    requests: int = 0
    """Datagrams received so far, answered or not. May be set back to 0."""

    def __init__(
        self,
        tracking: TrackingStatus | None = None,
        *,
        sources: Sequence[Source] | None = None,
        source_stats: Sequence[SourceStats] | None = None,
        select_data: Sequence[SelectData] | None = None,
        activity: Activity | None = None,
        auth_data: Sequence[AuthData] | None = None,
        ntp_data: Sequence[NTPData] | None = None,
        server_stats: ServerStats | None = None,
        clients: Sequence[Client] | None = None,
        rtc_data: RTCData | None = None,
        smoothing: Smoothing | None = None,
        version: str = "4.8",
        address: str | os.PathLike[str] = "127.0.0.1",
        faults: Faults | None = None,
        open_commands: Collection[str] | None = None,
    ) -> None:
        super().__init__(version, open_commands)
        self.tracking = tracking
        self.sources = sources
        self.source_stats = source_stats
        self.select_data = select_data
        self.activity = activity
        self.auth_data = auth_data
        self.ntp_data = ntp_data
        self.server_stats = server_stats
        self.clients = clients
        self.rtc_data = rtc_data
        self.smoothing = smoothing
        self._stopping = False
        self._changed = threading.Event()  # ends the wait of a delayed answer
        self.faults = faults
        self._family, self._endpoint = _parse_address(os.fspath(address))
        self._running: tuple[threading.Thread, socket.socket] | None = None
        self._failure: Exception | None = None

    if not TYPE_CHECKING:  # where type checkers see it they take any name

        def __setattr__(self, name: str, value: object) -> None:
            if not (name.startswith("_") or hasattr(type(self), name)):
                # Sphinx 8.1, the last for Python 3.10, reads inherited annotations by what this
                # module imports: Reported must be there.
                reports = [key for key, at in vars(Daemon).items() if isinstance(at, Reported)]
                [nearest] = get_close_matches(name, [*reports, "faults", "requests"], n=1, cutoff=0)
                raise AttributeError(
                    f"SimulatedChronyd has no {name!r}; the nearest is {nearest!r}"
                )
            super().__setattr__(name, value)

    @property
    def faults(self) -> Faults:
        """What goes wrong from now on, also with an answer that is being delayed."""
        return self._faults

    @faults.setter
    def faults(self, faults: Faults | None) -> None:
        if not isinstance(faults, (Faults, type(None))):
            raise TypeError(f"faults must be Faults or None, not {faults!r}")
        self._faults = faults or Faults()
        self._changed.set()

    @property
    def address(self) -> str:
        """Where clients find the server.

        It is a path, `127.0.0.1:PORT` or `[::1]:PORT`. It stays the same after `stop`. A free port
        is chosen by the first start; before that it is 0.
        """
        if isinstance(self._endpoint, str):
            return self._endpoint
        host, port = self._endpoint
        return f"[{host}]:{port}" if self._family == socket.AF_INET6 else f"{host}:{port}"

    def start(self) -> None:
        """Begin to answer; return once requests are received.

        Raises:
            RuntimeError: It runs already.
            OSError: Its socket cannot be made at the address.

        """
        if self._running:
            raise RuntimeError(f"simulated chronyd already runs on {self.address}")
        sock = self._bind()
        woken, waker = socket.socketpair()
        selector = selectors.DefaultSelector()
        self._stopping = False
        name = f"simulated chronyd on {self.address}"
        sockets = sock, woken, selector
        thread = threading.Thread(target=self._run, args=sockets, name=name, daemon=True)
        thread.start()
        self._running = thread, waker

    def stop(self) -> None:
        """Stop at once and free the address; do nothing if not running.

        Raises:
            RuntimeError: The thread had ended with an error before.

        """
        if not self._running:
            return
        thread, waker = self._running
        self._stopping = True
        self._changed.set()
        waker.shutdown(socket.SHUT_RDWR)  # closing is not enough while a forked process has it too
        waker.close()
        thread.join()
        if isinstance(self._endpoint, str):
            Path(self._endpoint).unlink(missing_ok=True)
        self._running = None
        failure, self._failure = self._failure, None
        if failure:
            raise RuntimeError(f"the simulated chronyd failed: {failure}") from failure

    def restart(self) -> None:
        """Stop, and start again on the same address.

        Raises:
            RuntimeError: The thread had ended with an error before.
            OSError: The socket cannot be made there again.

        """
        self.stop()
        self.start()

    def __enter__(self) -> SimulatedChronyd:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def _bind(self) -> socket.socket:
        with contextlib.ExitStack() as stack:
            sock = stack.enter_context(socket.socket(self._family, socket.SOCK_DGRAM))
            sock.setblocking(False)
            try:
                self._bind_to_endpoint(sock)
            except OSError as error:
                number, reason = error.errno or errno.EINVAL, error.strerror or str(error)
                raise OSError(number, reason, self.address) from None
            stack.pop_all()
        return sock

    def _bind_to_endpoint(self, sock: socket.socket) -> None:
        if isinstance(self._endpoint, str):
            _remove_stale(Path(self._endpoint))
            sock.bind(self._endpoint)
            Path(self._endpoint).chmod(0o666)
        else:
            sock.bind(self._endpoint)
            self._endpoint = sock.getsockname()[:2]

    def _run(
        self, sock: socket.socket, woken: socket.socket, selector: selectors.BaseSelector
    ) -> None:
        with sock, woken, selector:
            try:
                self._serve(sock, woken, selector)
            except Exception as error:  # for the thread that stops this one
                self._failure = error

    def _serve(
        self, sock: socket.socket, woken: socket.socket, selector: selectors.BaseSelector
    ) -> None:
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
        request = parse_request(datagram)
        if request is None or self._is_dropped(request):
            return
        number, waits = self.requests, True
        while waits:
            self._changed.clear()
            faults = self.faults
            if faults._is_lost(number) or (faults.delay and self._stopping):
                return
            waits = faults.delay > 0 and self._changed.wait(faults.delay)
        answer = self._answer(request, over_udp=self._family != socket.AF_UNIX)
        yield from faults._spoil(request, answer)


def _remove_stale(path: Path) -> None:
    """Remove the socket of a process that is gone, as chronyd does; leave all else alone."""
    if path.is_socket():
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)


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
        number = int(port)
    except ValueError:
        wanted = "an IP address, with or without a port, or an absolute path"
        raise ValueError(f"address must be {wanted}, got {text!r}") from None
    if not 0 <= number <= 0xFFFF:
        raise ValueError(f"the port in address must be from 0 to 65535, got {text!r}")
    return (socket.AF_INET if version == 4 else socket.AF_INET6), (host, number)
