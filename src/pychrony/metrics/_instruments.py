"""What the metrics are called in OpenTelemetry, and which of them are there.

The names are those of the OpenTelemetry Collector's receiver for chrony, and others under the same
root. There are no semantic conventions for clocks.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from . import FAMILIES
from ._family import Family

_UNITS = {"seconds": "s", "ppms": "ppm"}


class Instrument(NamedTuple):
    """A metric of `FAMILIES` as OpenTelemetry has it.

    Attributes:
        name: Its name there.
        family: The metric.
        unit: Its unit (UCUM).

    """

    name: str
    family: Family
    unit: str

    @property
    def description(self) -> str:
        """Return what it is, as there is no infinity."""
        return self.family.help.replace("+Inf", "left out")


ATTRIBUTES = {
    "leap_status": "leap.status",
    "source_address": "ntp.source.address",
    "source_name": "ntp.source.name",
    "source_state": "ntp.source.state",
    "source_mode": "ntp.source.mode",
}
"""What a label is called in OpenTelemetry, where that differs."""

# By the names of the families.
_NAMES = {
    "chrony_tracking_skew_ppms": "ntp.skew",
    "chrony_tracking_frequency_ppms": "ntp.frequency.offset",
    "chrony_tracking_stratum": "ntp.stratum",
    "chrony_tracking_system_time_seconds": "ntp.time.correction",
    "chrony_tracking_last_offset_seconds": "ntp.time.last_offset",
    "chrony_tracking_rms_offset_seconds": "ntp.time.rms_offset",
    "chrony_tracking_root_delay_seconds": "ntp.time.root_delay",
    "chrony_tracking_root_dispersion_seconds": "ntp.time.root_dispersion",
    "chrony_clock_error_bound_seconds": "ntp.time.error_bound",
    "chrony_clock_last_update_age_seconds": "ntp.time.update_age",
    "chrony_clock_synchronized": "ntp.synchronized",
    "chrony_tracking_leap_status": "ntp.leap_status",
    "chrony_check_verdict": "ntp.check.verdict",
    "chrony_activity_sources": "ntp.sources",
    "chrony_sources_state_info": "ntp.source.state",
    "chrony_sources_reachability_ratio": "ntp.source.reachability",
    "chrony_sources_last_sample_age_seconds": "ntp.source.last_sample.age",
    "chrony_sources_last_sample_offset_seconds": "ntp.source.last_sample.offset",
    "chrony_sources_last_sample_error_margin_seconds": "ntp.source.last_sample.error",
    "chrony_sources_polling_interval_seconds": "ntp.source.polling_interval",
    "chrony_sources_stratum": "ntp.source.stratum",
    "chrony_sourcestats_samples": "ntp.source.samples",
    "chrony_sourcestats_stddev": "ntp.source.standard_deviation",
    "chrony_sourcestats_offset": "ntp.source.offset",
    "chrony_sourcestats_offset_error_seconds": "ntp.source.offset_error",
    "chrony_sourcestats_frequency_ppms": "ntp.source.frequency.offset",
    "chrony_sourcestats_frequency_skew_ppms": "ntp.source.skew",
    "chrony_authdata_cookies": "ntp.source.nts.cookies",
    "chrony_authdata_key_establishment_attempts": "ntp.source.nts.attempts",
}

# Where a family's name does not tell it. All others are plain numbers.
_MORE_UNITS = {
    "ntp.sources": "{source}",
    "ntp.source.samples": "{sample}",
    "ntp.source.standard_deviation": "s",
    "ntp.source.offset": "s",
    "ntp.source.nts.cookies": "{cookie}",
    "ntp.source.nts.attempts": "{attempt}",
}


def _make(family: Family) -> Instrument:
    name = _NAMES[family.name]
    return Instrument(name, family, _MORE_UNITS.get(name) or _UNITS.get(family.unit, "1"))


INSTRUMENTS = tuple(_make(family) for family in FAMILIES if family.name in _NAMES)
"""The metrics that OpenTelemetry is given."""

REPORTS: Collection[str] = (
    *("tracking", "sources", "sourcestats", "activity", "authdata"),
    *("selectdata", "ntpdata"),  # as check does, for its verdict
)
"""The reports that these are read from, by chronyc's names."""
