"""What a user may give as a timeout, or as another time in seconds."""

from __future__ import annotations

from time import monotonic_ns
from typing import Literal

# What one call on a connection takes.
Timeout = float | Literal["connection"] | None

# 146 years. Added to the clock it still fits C's integers.
_FOREVER_NS = 2**62


def nanoseconds(timeout: float | None) -> int:
    """Check a timeout in seconds, and return it in nanoseconds.

    Raises:
        ValueError: It is neither a positive number nor None.

    """
    if timeout is None:
        return _FOREVER_NS
    if not is_positive(timeout):
        raise ValueError(f"timeout must be a positive number of seconds or None, not {timeout!r}")
    return int(min(timeout, _FOREVER_NS / 1e9) * 1e9)


def deadline_after(timeout: float | None) -> int:
    """Return when a timeout that begins now is over, in nanoseconds of the monotonic clock."""
    return monotonic_ns() + nanoseconds(timeout)


def seconds_until(deadline: int) -> float:
    """Return how long it is until a deadline, as a timeout: more than nothing."""
    return max(deadline - monotonic_ns(), 1) / 1e9


def is_positive(seconds: object) -> bool:
    """Return whether this is a number of seconds, above zero and finite."""
    is_number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
    return is_number and 0 < seconds < float("inf")
