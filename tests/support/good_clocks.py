"""Reports of a clock that is a good one, for BoundedClock."""

from __future__ import annotations

import time
from typing import Any

from pychrony import TrackingStatus
from pychrony.testing import make_tracking

BOUND_NS = 30_000  # of good_tracking()
PATIENCE = 60.0  # seconds in which a chronyd answers on a busy computer, too


def good_tracking(**fields: Any) -> TrackingStatus:
    """Return the report of a clock that follows a source, updated now."""
    values: dict[str, Any] = {
        "offset": 10e-6,
        "root_dispersion": 15e-6,
        "root_delay": 10e-6,
        "frequency": 0.0,
        "skew": 0.0,
        "ref_time_ns": time.time_ns(),
    }
    return make_tracking(**values | fields)
