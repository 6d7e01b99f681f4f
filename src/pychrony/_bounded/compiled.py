"""The clocks, as C reads them. No other module of this folder touches the compiled one."""

from __future__ import annotations

from typing import Any

from .._binding import ffi, lib
from .estimate import Estimate, Reading

KNOWN, MOVED, TOO_OLD = lib.PYCHRONY_KNOWN, lib.PYCHRONY_MOVED, lib.PYCHRONY_TOO_OLD
REASONS = {
    TOO_OLD: "the last report of chronyd is too old",
    MOVED: "the clock was set",
    lib.PYCHRONY_EXPIRED: "a leap second is due",
}
NO_ANCHOR = ffi.NULL
get_interval = lib.pychrony_get_interval


def read_clocks() -> Reading:
    """Return a reading of the clocks."""
    found = lib.pychrony_read_clocks()
    return Reading(found.real, found.raw, found.spread)


def make_anchor(estimate: Estimate, max_age: int) -> Any:
    """Return what C tells intervals by, for so long."""
    anchor = ffi.new("pychrony_anchor *")
    anchor.real, anchor.raw = estimate.reading.real, estimate.reading.raw
    anchor.bound = estimate.bound
    anchor.frequency, anchor.drift = estimate.frequency, estimate.drift
    anchor.max_age, anchor.until = max_age, estimate.until
    return anchor
