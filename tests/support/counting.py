"""How often a chronyd is asked.

On a busy computer an answer may be late. Then its request is sent again, and counts twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from pychrony.testing import SimulatedChronyd

ResultT = TypeVar("ResultT")

_TIMES = 200  # more than any computer is too busy


class _Losses(logging.Handler):
    """Notes whether pychrony logs that something was sent again."""

    found = False

    def emit(self, record: logging.LogRecord) -> None:
        self.found |= "lost or late" in record.msg


@contextmanager
def _losses() -> Generator[_Losses]:
    logger, handler = logging.getLogger("pychrony"), _Losses()
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def undisturbed(measure: Callable[[], ResultT]) -> ResultT:
    """Return what was measured of questions in this process, all of whose answers came soon.

    It is measured again where one was late. What was sent again then may arrive amid the next
    measurement, so that this one does not count either. Fleets do not tell what was late, and
    measure once.
    """
    are_left = False  # requests of the measurement before
    for _ in range(_TIMES):
        with _losses() as losses:
            result = measure()
        if not losses.found and not are_left:
            return result
        are_left = losses.found
    raise TimeoutError("an answer was late each time")


def count_requests(server: SimulatedChronyd, ask: Callable[[], object]) -> int:
    """Return how many requests it takes to ask."""

    def count() -> int:
        server.requests = 0
        ask()
        return server.requests

    return undisturbed(count)
