"""A server that numbers its answers, and answers late: whose answer is it?"""

from __future__ import annotations

import struct

from pychrony import get_tracking
from tests.support.many_sources import TRACKING, ManySources, command_of, patched
from tests.support.reply_servers import DelayedServer

_STRATUM_AT = 52
N_SOURCES = 12


class NumberedServer(DelayedServer):
    """Each answer about tracking has the number of its request as its stratum.

    An answer comes so late that the next question is under way, if its own was given up.
    """

    def __init__(self, delay: float = 0.005) -> None:
        self.number = 0
        self.daemon = ManySources(N_SOURCES)
        super().__init__(self._number, delay)

    def _number(self, request: bytes) -> list[bytes]:
        [answer] = self.daemon(request)
        if command_of(request) == TRACKING:
            self.number += 1
            answer = patched(answer, _STRATUM_AT, struct.pack(">H", self.number))
        return [answer]

    def number_of_last(self) -> int:
        """Return the number of a request that comes after all that were sent before."""
        return get_tracking(self.address, timeout=20).stratum
