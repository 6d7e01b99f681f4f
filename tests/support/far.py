"""A server that is far away: each answer comes so long after its request, whatever else comes."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from tests.support.replies import Reply, ReplyServer


class FarServer(ReplyServer):
    """Answers as a ReplyServer does, `delay` seconds after each request."""

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
