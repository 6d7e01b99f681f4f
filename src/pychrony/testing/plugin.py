"""pytest's fixtures by a name in the package, for `pytest_plugins` and `-p` without autoloading."""

from _pychrony_pytest import (
    chronyd_address,
    rtc_data,
    simulated_chronyd,
    source,
    source_stats,
    tracking_status,
)

__all__ = [
    "chronyd_address",
    "rtc_data",
    "simulated_chronyd",
    "source",
    "source_stats",
    "tracking_status",
]
