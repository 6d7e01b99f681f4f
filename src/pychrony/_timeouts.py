"""What a user may give as a timeout."""

from __future__ import annotations

from typing import Literal

# What a single call of a connection may be given.
Timeout = float | Literal["connection"] | None

# 146 years: never, and still within C's integers when added to the clock.
_FOR_EVER_NS = 2**62


def nanoseconds(timeout: float | None) -> int:
    """Check a timeout in seconds, and return it in nanoseconds.

    Raises:
        ValueError: It is neither a positive number nor None.

    """
    if timeout is None:
        return _FOR_EVER_NS
    number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if not number or not 0 < timeout < float("inf"):
        raise ValueError(f"timeout must be a positive number of seconds or None, not {timeout!r}")
    return int(min(timeout, _FOR_EVER_NS / 1e9) * 1e9)
