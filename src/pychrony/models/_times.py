"""A record's two times, `ref_time` and `ref_time_ns`: where one is given, the other follows."""

import math
import sys
from functools import wraps
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

_PRECISION = 2**-51  # a float's is 2**-53, and it may have been rounded twice
_HALF = 0.5e-9  # a nanosecond


def two_times(record_class: type[T]) -> type[T]:
    """Let the constructor of a record do with one of the two times. A class decorator.

    Both may be given if they tell the same. It leaves the class that decoding fills as it is.
    """
    made: Any = record_class
    fill = made.__init__
    place = made.__match_args__.index("ref_time")
    always = made.__dataclass_fields__["ref_time"].type is float  # and not float | None

    @wraps(fill)
    def construct(self: Any, *values: Any, **named: Any) -> None:
        if "ref_time_ns" in named and "ref_time" not in named and len(values) <= place:
            named["ref_time"] = _to_seconds(named["ref_time_ns"])
        fill(self, *values, **named)
        follow(self)

    def follow(self: Any) -> None:
        if not _is_same_time(self.ref_time_ns, self.ref_time):
            _settle(self, _replaced(self, sys._getframe(1)))
        if always and self.ref_time is None:
            raise TypeError(f"{made.__name__} needs ref_time or ref_time_ns, not None")

    made.__init__ = construct
    made.__post_init__ = follow  # for a user's own dataclass, which has another constructor
    return record_class


def _settle(record: Any, replaced: Any) -> None:
    """Let the time that was not given follow the other."""
    ns, seconds = record.ref_time_ns, record.ref_time
    if replaced is not None and seconds == replaced.ref_time:
        object.__setattr__(record, "ref_time", _to_seconds(ns))
    elif ns is None or (replaced is not None and ns == replaced.ref_time_ns):
        object.__setattr__(record, "ref_time_ns", _to_nanoseconds(seconds))
    else:
        raise ValueError(
            f"ref_time is {seconds!r} and ref_time_ns {ns!r}, which is another time: "
            "leave one of them out, and it follows the other"
        )


def _replaced(record: Any, caller: FrameType | None) -> Any:
    """Return the record that a new one is made from; None where it is made from nothing.

    `dataclasses.replace` and `copy.replace` give both times to the constructor, the changed one and
    the old one. Only their own record tells which is which.
    """
    while caller is not None and _first_argument(caller) is record:  # the constructors
        caller = caller.f_back
    if caller is None or caller.f_globals.get("__name__") != "dataclasses":
        return None
    return _first_argument(caller)


def _first_argument(frame: FrameType) -> Any:
    names = frame.f_code.co_varnames
    return frame.f_locals.get(names[0]) if names else None


def _is_same_time(ns: int | None, seconds: float | None) -> bool:
    if ns is None or seconds is None:
        return ns is seconds
    return math.isclose(seconds, ns / 10**9, rel_tol=_PRECISION, abs_tol=_HALF)


def _to_seconds(ns: int | None) -> float | None:
    if ns is None:
        return None
    if not isinstance(ns, int):
        raise TypeError(f"ref_time_ns must be an integer of nanoseconds or None, not {ns!r}")
    return ns / 10**9


def _to_nanoseconds(seconds: float | None) -> int | None:
    if seconds is None:
        return None
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"ref_time must be a number of seconds or None, not {seconds!r}")
    if not math.isfinite(seconds):
        raise ValueError(f"ref_time must be a finite number of seconds, not {seconds!r}")
    # In two steps: a product of 1.8e18 in a float is a multiple of 256.
    whole, fraction = divmod(seconds, 1)
    return int(whole) * 10**9 + round(fraction * 10**9)
