"""A UDP server that answers each request with whatever datagrams a function makes of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType

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


def with_sequence_of(request: bytes, reply: bytes) -> bytes:
    """Return a recorded reply with the sequence number of a request just received."""
    return reply[:16] + request[8:12] + reply[20:]
