"""How well chronyd knows the time."""

from typing import TYPE_CHECKING

from ._enums import LeapStatus
from ._record import LOCAL_REFERENCE_ID, Record, record, reported, utc_datetime
from ._times import two_times

if TYPE_CHECKING:
    from datetime import datetime

_NOT_SYNCHRONIZED = 16  # as a stratum


@two_times
@record
class TrackingStatus(Record):
    """How well chronyd knows the time: `chronyc tracking`.

    While the clock was never synchronized, `reference_id` and `stratum` are 0, `leap_status` is
    `UNSYNC`, `ref_time` 0.0, and all other values 0.0 but `root_delay` and `root_dispersion`: 1.0.
    Source: the chronyc manual, "tracking"; signs were checked against chronyc's words.
    """

    reference_id: int = reported("reference ID")
    """The source's reference ID, 32 bits (RFC 5905, section 7.3). That is an IPv4 address, a hash
    of an IPv6 address, or the characters of a reference clock's name; 0 where there is no
    source."""
    reference_id_name: str = reported(("address", "reference ID"))
    """The reference as a person reads it. That is the address of an NTP source, the name of a
    reference clock ("GPS"), "LOCAL" for the local reference, "" where there is none."""
    reference_ip: str = reported("address")
    """The address of the NTP source, "" where the reference is none."""
    stratum: int = reported("stratum")
    """How many hops this computer is from a reference clock; 0 while not synchronized."""
    leap_status: LeapStatus = reported("leap status")
    """Whether a leap second is coming, and whether the clock is synchronized at all."""
    ref_time: float = reported("reference time", "s")
    """When the last measurement from the source was processed, in seconds since 1970, UTC; 0.0 for
    never."""
    offset: float = reported("current correction", "s")
    """What is still to be corrected. Positive means that the system clock is slow of NTP time,
    negative that it is fast."""
    last_offset: float = reported("last offset", "s")
    """The estimated offset at the last update. Positive means that the clock was ahead of its
    source, the opposite of `offset`."""
    rms_offset: float = reported("RMS offset", "s")
    """A long-term average of the offset, never negative."""
    frequency: float = reported("frequency offset", "ppm")
    """How wrong the clock's rate would be if chronyd did not correct it. Positive means that the
    clock would run fast."""
    residual_freq: float = reported("residual frequency", "ppm")
    """The difference between the measured rate of the source and the one used. Positive means
    that the clock gains on its source."""
    skew: float = reported("skew", "ppm")
    """The estimated error bound of `frequency`."""
    root_delay: float = reported("root delay", "s")
    """The sum of the network's round-trip delays up to the stratum-1 computer."""
    root_dispersion: float = reported("root dispersion", "s")
    """The dispersion gathered on the way from the stratum-1 computer."""
    update_interval: float = reported("last update interval", "s")
    """The time between the last two clock updates; 0.0 before the second."""
    ref_time_ns: int = reported("reference time", "ns", default=None)
    """`ref_time` to the nanosecond, exact, since 1970, UTC; 0 for never."""

    @property
    def error_bound(self) -> float:
        """Return the bound on the clock's error in seconds. The true time is within it.

        It is abs(offset) + root_dispersion + root_delay / 2, as the chronyc manual gives it under
        "tracking", Root dispersion. It holds only while the clock is synchronized. It is never
        negative: a dispersion or a delay below zero cannot be, and counts without its sign.
        """
        return abs(self.offset) + abs(self.root_dispersion) + abs(self.root_delay) / 2

    @property
    def ref_datetime(self) -> "datetime | None":
        """Return `ref_time` as an aware datetime in UTC; None where the clock was never set."""
        return utc_datetime(self.ref_time_ns)

    def is_local_reference(self) -> bool:
        """Return whether chronyd follows its own clock, by the `local` directive, and no source.

        It is so where the reference ID is 7F7F0101 and there is no address. A server whose address
        is 127.127.1.1 has the same ID.
        """
        return self.reference_id == LOCAL_REFERENCE_ID and not self.reference_ip

    def is_synchronized(self) -> bool:
        """Return whether the clock follows a reference: not `UNSYNC`, reference ID not 0.

        A stratum of 16 stands for not synchronized too (RFC 5905, section 7.3). The answer is also
        true of a chronyd on its own `local` reference: see `is_local_reference()`.
        """
        return (
            self.leap_status is not LeapStatus.UNSYNC
            and self.reference_id != 0
            and self.stratum < _NOT_SYNCHRONIZED
        )

    def is_leap_pending(self) -> bool:
        """Return whether a second will be inserted or deleted at the end of the day."""
        return self.leap_status in (LeapStatus.INSERT, LeapStatus.DELETE)
