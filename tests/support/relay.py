"""A relay to a chronyd, which loses datagrams or acts when one comes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from select import select
from types import TracebackType

from tests.support.chronyd import Chronyd

Filter = Callable[[bytes], bool]  # whether a datagram is passed on


class Relay:
    """Passes datagrams between clients on UDP and a chronyd's Unix socket, from a thread.

    Over it all reports can be read. What a filter says False of is lost.
    """

    def __init__(self, daemon: Chronyd, requests: Filter = bool, replies: Filter = bool) -> None:
        self._daemon, self._requests, self._replies = daemon, requests, replies
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self._back = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._back.setblocking(False)
        self._back_path = Path(daemon.socket_path).with_name("relay.sock")
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    @property
    def address(self) -> str:
        host, port = self._front.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> Relay:
        self._back.bind(str(self._back_path))
        self._back_path.chmod(0o666)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._front.sendto(b"", self._front.getsockname())  # an empty datagram ends the thread
        self._thread.join()
        self._front.close()
        self._back.close()
        self._back_path.unlink()

    def _run(self) -> None:
        client = None
        while True:
            ready, _, _ = select([self._front, self._back], [], [])
            if self._back in ready:
                reply = self._back.recv(2048)
                if client is not None and self._replies(reply):
                    self._front.sendto(reply, client)
            if self._front in ready:
                request, client = self._front.recvfrom(2048)
                if not request:
                    return
                if self._requests(request):
                    self._pass_on(request)

    def _pass_on(self, request: bytes) -> None:
        with suppress(OSError):  # chronyd is not there, or its queue is full
            self._back.sendto(request, self._daemon.socket_path)


def drop_each_third() -> Filter:
    counter = iter(range(1, 10**9))
    return lambda _: next(counter) % 3 != 0


def at_request(number: int, act: Callable[[], None]) -> Filter:
    """Return what acts before a request is passed on, all of which are."""
    counter = iter(range(1, 10**9))

    def passes(_: bytes) -> bool:
        if next(counter) == number:
            act()
        return True

    return passes
