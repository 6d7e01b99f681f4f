"""The function for a single reading."""

from __future__ import annotations

from .._client.addresses import Address
from ..models import ClockInterval
from .clock import BoundedClock


def bounded_now(
    address: Address = None,
    *,
    extra_error: float = 0.0,
    timeout: float = 3.0,
) -> ClockInterval:
    """Ask chronyd once, and return two times that the true time lies between.

    Args:
        address: The chronyd of this computer, as `get_tracking` takes it.
        extra_error: What is added to the bound, in seconds.
        timeout: How long chronyd may take to answer, in seconds.

    Returns:
        An interval that the true time lies in, at a moment of this call.

    Raises:
        ClockUnknownError: The time is not known. The message says why.
        ValueError: An argument is malformed, or the address is of another computer.

    Example:
        >>> interval = bounded_now()
        >>> print(interval.error_ns < 5_000_000)
        True

    """
    return BoundedClock(address, extra_error=extra_error, timeout=timeout).now()
