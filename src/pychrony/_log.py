"""Debug messages, for programs that want them from `logging.getLogger("pychrony")`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from typing import Any

# A message, and what goes into it.
Note = tuple[Any, ...]


def log(notes: Iterable[Note]) -> None:
    """Log messages. Whatever a handler raises gets through, so hold nothing meanwhile."""
    logging = sys.modules.get("logging")  # a program that has not imported it has no handler
    if hasattr(logging, "getLogger"):  # nor has one that is importing it just now
        for message, *arguments in notes:
            _logger(logging).debug(message, *arguments)


@cache
def _logger(logging: Any) -> Any:
    """Return the logger, which takes a lock to find."""
    return logging.getLogger("pychrony")
