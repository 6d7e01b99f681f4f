"""What a user may give as a timeout."""

from __future__ import annotations

from time import monotonic_ns
from typing import Literal

# What one call on a connection takes.
Timeout = float | Literal["connection"] | None

# 146 years. Added to the clock it still fits C's integers.
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


def deadline_after(timeout: float | None) -> int:
    """Return when a timeout that begins now is over, in nanoseconds of the monotonic clock."""
    return monotonic_ns() + nanoseconds(timeout)
