"""What a bounded clock may be made of."""

from __future__ import annotations

from math import ceil

from .._client.addresses import Address, is_local, parse
from .._client.timeouts import is_positive
from .estimate import Rules


def check_address(address: Address) -> None:
    """Raise a ValueError where an address is of another computer, or malformed."""
    target = parse(address)
    places = target if isinstance(target, list) else [] if target is None else [target]
    for place in places:
        if isinstance(place, tuple) and place[0] != "localhost":
            host = f"[{place[0]}]" if ":" in place[0] else place[0]
            if not is_local(host):
                raise ValueError(
                    f"{place[0]} is another computer, whose clock tells nothing of this one's: "
                    "name the chronyd of this computer by its socket's path or 127.0.0.1"
                )


def check_times(**times: float) -> None:
    """Raise a ValueError where one is no positive number of seconds."""
    for name, value in times.items():
        if not is_positive(value):
            raise ValueError(f"{name} must be a positive number of seconds, not {value!r}")


def make_rules(max_drift: float, extra_error: float, max_age: float) -> Rules:
    """Return the rules in nanoseconds, or raise a ValueError."""
    if not (isinstance(max_drift, (int, float)) and 0 <= max_drift <= 1e5):
        raise ValueError(f"max_drift must be a rate in ppm from 0 to 100000, not {max_drift!r}")
    if not (isinstance(extra_error, (int, float)) and 0 <= extra_error <= 1e6):
        raise ValueError(f"extra_error must be a number of seconds from 0, not {extra_error!r}")
    return Rules(max_drift / 1e6, ceil(extra_error * 1e9), int(min(max_age, 1e6) * 1e9))
