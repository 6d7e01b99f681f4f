"""The two times of a record: where `ref_time` and `ref_time_ns` differ, the changed one counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

_MOST_SEEN = 64


def is_same_time(ns: int | None, seconds: float | None) -> bool:
    """Return whether both tell one time, as exactly as a float can. None is never, as 0 is."""
    return math.isclose(seconds or 0.0, (ns or 0) / 10**9, rel_tol=1e-14, abs_tol=1e-9)


def to_nanoseconds(seconds: float | None) -> int | None:
    """Return a time in nanoseconds.

    Raises:
        TypeError, ValueError: It is no number, or none that is finite.

    """
    if seconds is None:
        return None
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"ref_time must be a number of seconds or None, not {seconds!r}")
    if not math.isfinite(seconds):
        raise ValueError(f"ref_time must be a finite number of seconds, not {seconds!r}")
    # In two steps: a product of 1.8e18 in a float is a multiple of 256.
    whole, fraction = divmod(seconds, 1)
    return int(whole) * 10**9 + round(fraction * 10**9)


class Times:
    """Makes the two times of a record the same again, after one was changed.

    Such a record was made of another by `dataclasses.replace`. Of which one, tells a memory of the
    latest that were there; it ends with the one that `make` makes.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        # Replaced, never changed: for threads.
        self._seen: tuple[Any, ...] = ()  # the latest first
        self._settled: dict[tuple[Any, ...], dict[str, Any]] = {}  # the latest last

    def remember(self, *records: Any) -> None:
        """Keep records that somebody has seen."""
        if self._seen[: len(records)] != records:
            self._seen = (*records, *self._seen)[: max(_MOST_SEEN, len(records))]

    def settle(self, record: Any) -> Any:
        """Return a record whose times tell the same; as it is where the changed one is not known.

        The same change has the same outcome again, whatever else was seen in between.
        """
        ns, seconds = record.ref_time_ns, record.ref_time
        if not (isinstance(ns, int | None) and isinstance(seconds, int | float | None)):
            return record
        if is_same_time(ns, seconds):
            return record
        change = _address(record), ns, seconds
        other_time = self._settled.get(change) or self._other_time(record)
        latest = list(self._settled.items())[-_MOST_SEEN:]
        self._settled = {**dict(latest), change: other_time}
        return replace(record, **other_time)

    def _other_time(self, record: Any) -> dict[str, Any]:
        """Return what the time that was not changed has to become; nothing if that is not known."""
        ns, seconds = record.ref_time_ns, record.ref_time
        likely = sorted(self._seen, key=lambda other: _address(other) != _address(record))
        for other in (*likely, self._make()):
            if is_same_time(ns, other.ref_time):
                change = {"ref_time_ns": to_nanoseconds(seconds)}
            elif is_same_time(other.ref_time_ns, seconds):
                change = {"ref_time": None if ns is None else ns / 10**9}
            else:
                continue
            self.remember(other)  # it may be changed again, after many others
            return change
        return {}


def _address(record: Any) -> str | None:
    return getattr(record, "address", None)
