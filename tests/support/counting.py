"""How often a chronyd is asked. A request that is sent again is the same one.

On a busy computer an answer may be late, and then its request is sent again after 50 ms.
"""

from __future__ import annotations

from collections import Counter

from pychrony.testing import SimulatedChronyd
from pychrony.testing._wire import Request
from tests.support.many_sources import command_of


class CountedRequests:
    """Counts the requests of each command; a filter of a Relay, which passes all."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self._seen: set[tuple[int, bytes]] = set()

    def __call__(self, request: bytes) -> bool:
        command, sequence = command_of(request), request[8:12]
        if (command, sequence) not in self._seen:
            self._seen.add((command, sequence))
            self.counts[command] += 1
        return True


class CountingChronyd(SimulatedChronyd):
    """A simulated chronyd that counts what it was asked."""

    asked = 0
    """Requests so far that it answered. May be set back to 0."""
    _last: tuple[tuple[int, int], ...] = ()

    def __enter__(self) -> CountingChronyd:
        self.start()
        return self

    def _answer(self, request: Request, *, over_udp: bool) -> bytes:
        key = request.command, request.sequence
        if key not in self._last:
            self._last = (*self._last, key)[-1000:]
            self.asked += 1
        return super()._answer(request, over_udp=over_udp)
