"""Debug messages, for programs that want them from `logging.getLogger("pychrony")`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

# A message, and what goes into it.
Note = tuple[Any, ...]


def note_choice(address: str, passed_over: Sequence[Exception]) -> Note:
    """Return the message about the address that is used, and about those that failed before."""
    if not passed_over:
        return "%s: used", address
    return "%s: used; passed over: %s", address, "; ".join(map(str, passed_over))


def note_repairs(address: str, opened: int, lost: int) -> list[Note]:
    """Return the messages about what was repaired: so many times of each."""
    notes = (
        (lost, "%s: answers were lost or late; times asked again: %d"),
        (opened, "%s: times the socket was opened again: %d"),
    )
    return [(message, address, number) for number, message in notes if number > 0]


def log(notes: Iterable[Note]) -> None:
    """Log messages. Hold nothing meanwhile: a handler may raise, and the exception gets through."""
    # A program that has not imported `logging` has no handler. Nor has one whose other thread is
    # still importing it.
    get_logger = getattr(sys.modules.get("logging"), "getLogger", None)
    for message, *arguments in notes:  # take them in any case: an iterator removes them so
        if get_logger is not None:
            _logger(get_logger).debug(message, *arguments)


@cache
def _logger(get_logger: Any) -> Any:
    """Return the logger. To find it takes a lock, so it is found once."""
    return get_logger("pychrony")
