"""Servers that answer each request with whatever datagrams a function makes of it."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

Reply = Callable[[bytes], Iterable[bytes]]


class ReplyServer:
    """Answers from a thread, on 127.0.0.1, until the `with` block ends.

    An answer without an end is cut off then: a test that fails amid it must not hang.
    """

    _ending = False

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, name="reply-server", daemon=True)

    @property
    def address(self) -> str:
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> ReplyServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ending = True
        self._socket.sendto(b"", self._socket.getsockname())  # wakes the thread
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while True:
            request, client = self._socket.recvfrom(2048)
            if self._ending:
                return
            for datagram in self.reply(request):
                if self._ending:
                    return
                self._socket.sendto(datagram, client)


class DelayedServer(ReplyServer):
    """As far away as `delay` says: each answer comes so long after its request."""

    def __init__(self, reply: Reply, delay: float) -> None:
        super().__init__(reply)
        self._delay = delay

    def _run(self) -> None:
        under_way: deque[tuple[float, bytes, Any]] = deque()
        while True:
            left = under_way[0][0] - time.monotonic() if under_way else None
            if left is not None and left <= 0:
                _, datagram, client = under_way.popleft()
                self._socket.sendto(datagram, client)
                continue
            self._socket.settimeout(left)
            try:
                request, client = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            if not request:
                return
            due = time.monotonic() + self._delay
            under_way += ((due, datagram, client) for datagram in self.reply(request))


class BatchServer(ReplyServer):
    """Waits until no more requests come for a moment, and answers them in another order."""

    _MOMENT = 0.02  # seconds, in which a client on a busy computer sends the next one

    def __init__(self, reply: Reply, reorder: Callable[[list[Any]], list[Any]]) -> None:
        super().__init__(reply)
        self._reorder = reorder

    def _run(self) -> None:
        batch: list[tuple[bytes, Any]] = []
        while True:
            self._socket.settimeout(self._MOMENT if batch else None)
            try:
                request, client = self._socket.recvfrom(2048)
            except TimeoutError:
                answers = [(a, c) for request, c in batch for a in self.reply(request)]
                for answer, client in self._reorder(answers):
                    self._socket.sendto(answer, client)
                batch = []
                continue
            if not request:
                return
            batch.append((request, client))


class UnixReplyServer(ReplyServer):
    """A ReplyServer on a Unix socket."""

    def __init__(self, reply: Reply, path: Path) -> None:
        self.reply = reply
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._thread = threading.Thread(target=self._run, name="unix-reply-server", daemon=True)

    @property
    def address(self) -> str:
        return str(self._path)


def with_sequence_of(request: bytes, reply: bytes) -> bytes:
    """Return a recorded reply with the sequence number of a request just received."""
    return reply[:16] + request[8:12] + reply[20:]
