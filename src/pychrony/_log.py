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
    # Who has not imported it has no handler. Nor has another thread that is importing it now.
    get_logger = getattr(sys.modules.get("logging"), "getLogger", None)
    for message, *arguments in notes:  # they are taken in any case, or they would be kept
        if get_logger is not None:
            _logger(get_logger).debug(message, *arguments)


@cache
def _logger(get_logger: Any) -> Any:
    """Return the logger, which takes a lock to find."""
    return get_logger("pychrony")
