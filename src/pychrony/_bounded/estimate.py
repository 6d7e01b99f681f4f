"""What a tracking report says of the true time, and whether the next one agrees.

All times are in nanoseconds. `raw` is CLOCK_MONOTONIC_RAW, which nobody corrects: where the
system's clock moves beside it, by a step or a slew, the bound grows by as much.
"""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from ..models import ClockStatus, TrackingStatus

_NS = 1_000_000_000
_DAY = 86_400 * _NS
_NEVER = 2**63 - 1
_LONGEST = 10 * 365 * _DAY  # nothing is a bound that is longer
_ROUNDING = 2**-23  # chronyd sends 25 bits of a number, one of them its sign
_FASTEST = 0.1  # of one second; chronyd corrects a rate by no more

_WHY = "`pychrony explain` tells why"

# A clock that was updated so long ago has lost its sources.
_STALE = 600 * _NS
_STALE_INTERVALS = 8  # of the time between updates, as ClockBound has it


class Reading(NamedTuple):
    """A reading of the clocks. `raw` was read twice, `spread` apart, and `real` in between."""

    real: int
    raw: int
    spread: int


class Rules(NamedTuple):
    """How far chronyd is trusted.

    Attributes:
        drift: How wrong a clock's rate may be, of one second.
        extra: What is added to each bound.
        max_age: How long a report is of use.

    """

    drift: float
    extra: int
    max_age: int


class NotKnownError(Exception):
    """A report says nothing of the true time. The text says why."""


class Estimate(NamedTuple):
    """The true time at a reading, as chronyd had it."""

    reading: Reading
    bound: int
    """How far it may be from the reading's `real`."""
    correction: int
    """How far chronyd takes it to be from that."""
    margin: int
    """How wrong that may be."""
    frequency: float
    """How much faster than the true time `raw` runs, of one second."""
    drift: float
    """How wrong that may be."""
    updated: int
    """When chronyd measured it, in its own time."""
    until: int
    """From when on it is of no use: the last second before a leap second is due."""
    status: ClockStatus

    def moved(self, now: Reading) -> int:
        """Return how far the system's clock moved since, beside its rate."""
        return now.real - self.reading.real - self._passed(now)

    def grown(self, now: Reading) -> int:
        """Return the bound that holds at a later reading."""
        return self.bound + self._drifted(now) + abs(self.moved(now)) + now.spread

    def differs(self, later: Estimate) -> int:
        """Return how far a later estimate takes the true time to be from what this one says."""
        return abs(self.moved(later.reading) + later.correction - self.correction)

    def agrees(self, later: Estimate) -> bool:
        """Return whether a later estimate may be of the same true time as this one."""
        now = later.reading
        unsure = self.margin + later.margin + self._drifted(now) + now.spread
        return self.differs(later) <= unsure

    def _passed(self, now: Reading) -> int:
        """Return how much true time has passed since."""
        age = now.raw - self.reading.raw
        return age - int(age * self.frequency)

    def _drifted(self, now: Reading) -> int:
        return int((now.raw - self.reading.raw) * self.drift) + 1


def make_estimate(
    tracking: TrackingStatus, before: Reading, after: Reading, rules: Rules
) -> Estimate:
    """Return what a report says of the true time.

    Args:
        tracking: The report.
        before: The reading before it was asked for. The bound is of that one.
        after: The reading after it came.
        rules: How far it is trusted.

    Raises:
        NotKnownError: Nothing.

    """
    if tracking.is_local_reference():
        raise NotKnownError(f"the clock follows only itself (local): {_WHY}")
    if not tracking.is_synchronized():
        raise NotKnownError(f"the clock is not synchronized: {_WHY}")
    if not tracking.leap_status.is_known():
        raise NotKnownError("chronyd gives a leap status that nobody knows")
    frequency, skew = tracking.frequency / 1e6, tracking.skew / 1e6
    seconds = tracking.error_bound
    if not (isfinite(seconds) and seconds < _LONGEST / _NS):
        raise NotKnownError("chronyd gives a bound that makes no sense")
    if not (abs(frequency) <= _FASTEST and abs(skew) <= _FASTEST):
        raise NotKnownError("chronyd does not know the clock's rate yet")
    drift = max(rules.drift, abs(skew))
    # What the clock moved while chronyd was asked may be in the report, or may not be. Part of it
    # may not be seen: where the clock was set, and its rate took some of that back.
    passed = after.raw - before.raw
    moved = abs(after.real - before.real - passed + int(passed * frequency))
    unsure = moved + before.spread + after.spread + 2 * int(passed * drift)
    correction = round(tracking.offset * _NS)
    bound = _round_up(seconds) + rules.extra + unsure
    if bound > _LONGEST:
        raise NotKnownError("the clock was set while chronyd was asked")
    return Estimate(
        before,
        bound,
        correction,
        bound - abs(correction),
        frequency,
        drift,
        tracking.ref_time_ns,
        _last_second(tracking.ref_time_ns, before) if tracking.is_leap_pending() else _NEVER,
        ClockStatus.FREE_RUNNING if _is_stale(tracking, before) else ClockStatus.SYNCHRONIZED,
    )


def _is_stale(tracking: TrackingStatus, now: Reading) -> bool:
    interval = tracking.update_interval
    longest = interval * _STALE_INTERVALS * _NS if isfinite(interval) else 0.0
    return now.real - tracking.ref_time_ns > max(_STALE, longest)


def _last_second(updated: int, now: Reading) -> int:
    """Return when the last second of a day begins that a leap second was announced for.

    The system may show that second twice, where one is inserted, and has none, where one is
    deleted. The day is that of the measurement, which may be over.
    """
    return (min(max(updated, 0), now.real) // _DAY + 1) * _DAY - _NS


def _round_up(seconds: float) -> int:
    return int(seconds * _NS * (1 + _ROUNDING)) + 1
