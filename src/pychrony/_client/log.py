"""Debug messages, for programs that want them from `logging.getLogger("pychrony")`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from typing import Any

# A message, and what goes into it.
Note = tuple[Any, ...]


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
