"""What chronyd reports, as frozen dataclasses.

Each field that comes from libchrony says so where it is declared, in its metadata: "libchrony", the
field's name there, and "unit". That declaration is all that decoding goes by.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from ._enums import LeapStatus

__all__ = ["LibchronyInfo", "TrackingStatus"]

LOCAL_REFERENCE_ID = 0x7F7F0101
"""127.127.1.1: chronyd's own clock, made a reference by the `local` directive."""


def reported(libchrony: str | tuple[str, ...], unit: str = "") -> Any:
    """Declare a field that libchrony reports.

    Args:
        libchrony: Its name there. Of several, the first that has a value in the record counts.
        unit: "s", "ppm", "ns", or nothing for a plain number or a text.

    """
    return field(metadata={"libchrony": libchrony, "unit": unit})


@dataclass(frozen=True, slots=True)
class LibchronyInfo:
    """The libchrony that this package was built with."""

    kind: str
    """"bundled" for pychrony's own, "system" for the one that the system has."""
    version: str
    """The version that pkg-config told, or "0.2", the API level of the bundled one."""


@dataclass(frozen=True, slots=True)
class TrackingStatus:
    """How well chronyd knows the time: `chronyc tracking`.

    While the clock was never synchronised, `reference_id` and `stratum` are 0, `leap_status` is
    `UNSYNC`, `ref_time` 0.0, and all other values 0.0 but `root_delay` and `root_dispersion`: 1.0.
    Source: the chronyc manual, "tracking"; signs were checked against chronyc's words.
    """

    reference_id: int = reported("reference ID")
    """The source's reference ID, 32 bits (RFC 5905, section 7.3): an IPv4 address, a hash of an
    IPv6 address, or the characters of a reference clock's name; 0 where there is no source."""
    reference_id_name: str = reported(("address", "reference ID"))
    """The reference as a person reads it: the address of an NTP source, the name of a reference
    clock ("GPS"), "LOCAL" for the local reference, "" where there is none."""
    reference_ip: str = reported("address")
    """The address of the NTP source, "" where the reference is none."""
    stratum: int = reported("stratum")
    """How many hops this computer is from a reference clock; 0 while not synchronised."""
    leap_status: LeapStatus = reported("leap status")
    """Whether a leap second is coming, and whether the clock is synchronised at all."""
    ref_time: float = reported("reference time", "s")
    """When the last measurement from the source was processed: seconds since 1970, UTC."""
    offset: float = reported("current correction", "s")
    """What is still to be corrected. Positive: the system clock is slow of NTP time."""
    last_offset: float = reported("last offset", "s")
    """The estimated offset at the last update. Positive: the clock was ahead of its source, the
    opposite of `offset`."""
    rms_offset: float = reported("RMS offset", "s")
    """A long-term average of the offset."""
    frequency: float = reported("frequency offset", "ppm")
    """How wrong the clock's rate would be if chronyd did not correct it. Positive: fast."""
    residual_freq: float = reported("residual frequency", "ppm")
    """The difference between the measured rate of the source and the one used. Positive: the
    clock gains on its source."""
    skew: float = reported("skew", "ppm")
    """The estimated error bound of `frequency`."""
    root_delay: float = reported("root delay", "s")
    """The sum of the network's round-trip delays up to the stratum-1 computer."""
    root_dispersion: float = reported("root dispersion", "s")
    """The dispersion gathered on the way from the stratum-1 computer."""
    update_interval: float = reported("last update interval", "s")
    """The time between the last two clock updates; 0.0 before the second."""
    ref_time_ns: int = reported("reference time", "ns")
    """`ref_time` to the nanosecond, exact: nanoseconds since 1970, UTC."""

    @property
    def max_error(self) -> float:
        """Return the bound on the clock's error in seconds: the true time is within it.

        |offset| + root dispersion + root delay / 2, as the chronyc manual gives it under
        "tracking", Root dispersion. It holds only while the clock is synchronised.
        """
        return abs(self.offset) + self.root_dispersion + self.root_delay / 2

    @property
    def ref_datetime(self) -> datetime | None:
        """Return `ref_time` as an aware datetime in UTC; None where the clock was never set."""
        if self.ref_time_ns == 0:
            return None
        return datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(
            microseconds=self.ref_time_ns // 1000
        )

    @property
    def is_local_reference(self) -> bool:
        """Return whether chronyd follows its own clock, by the `local` directive, and no source."""
        return self.reference_id == LOCAL_REFERENCE_ID

    def is_synchronized(self) -> bool:
        """Return whether the clock follows a reference: not `UNSYNC`, and a reference ID not 0.

        That is also true of a chronyd on its own `local` reference: see `is_local_reference`.
        """
        return self.leap_status != LeapStatus.UNSYNC and self.reference_id != 0

    def is_leap_pending(self) -> bool:
        """Return whether a second will be inserted or deleted at the end of the day."""
        return self.leap_status in (LeapStatus.INSERT, LeapStatus.DELETE)
