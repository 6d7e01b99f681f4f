"""Debug messages, for programs that want them from `logging.getLogger("pychrony")`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import cache
from typing import Any

# A message, and what goes into it.
Note = tuple[Any, ...]


def log(notes: Iterable[Note]) -> None:
    """Log messages. Whatever a handler raises gets through, so hold nothing meanwhile.

    They are taken also where nobody logs: what is left would be kept for ever.
    """
    logging = sys.modules.get("logging")  # a program that has not imported it has no handler
    imported = hasattr(logging, "getLogger")  # and not only begun to
    for message, *arguments in notes:
        if imported:
            _logger(logging).debug(message, *arguments)


@cache
def _logger(logging: Any) -> Any:
    """Return the logger, which takes a lock to find."""
    return logging.getLogger("pychrony")
