"""What a bounded clock may be made of."""

from __future__ import annotations

from math import ceil

from .._client.addresses import Address, is_host_name, is_local, parse
from .._client.timeouts import is_positive
from .estimate import Rules

LONGEST = 1e6  # seconds: what is longer, counts as this


def check_address(address: Address) -> None:
    """Raise a ValueError where an address is of another computer, or malformed."""
    target = parse(address)
    places = target if isinstance(target, list) else [] if target is None else [target]
    for place in places:
        if isinstance(place, tuple) and not _is_here(place):
            raise ValueError(
                f"{place[0]} is another computer, or may be one, whose clock tells nothing of this "
                "one's: name the chronyd of this computer by its socket's path or 127.0.0.1"
            )


def _is_here(place: tuple[str, int]) -> bool:
    host = place[0]
    if is_host_name(place):
        return host.lower() == "localhost"
    return is_local(f"[{host}]" if ":" in host else host)


def check_times(**times: float) -> None:
    """Raise a ValueError where one is no positive number of seconds."""
    for name, value in times.items():
        if not is_positive(value):
            raise ValueError(f"{name} must be a positive number of seconds, not {value!r}")


def make_rules(max_drift: float, extra_error: float, max_age: float) -> Rules:
    """Return the rules in nanoseconds, or raise a ValueError."""
    if not _is_up_to(max_drift, 1e5):
        raise ValueError(f"max_drift must be a rate in ppm from 0 to 100000, not {max_drift!r}")
    if not _is_up_to(extra_error, LONGEST):
        raise ValueError(
            f"extra_error must be a number of seconds from 0 to 1000000, not {extra_error!r}"
        )
    return Rules(max_drift / 1e6, ceil(extra_error * 1e9), int(min(max_age, LONGEST) * 1e9))


def _is_up_to(value: object, most: float) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 <= value <= most
