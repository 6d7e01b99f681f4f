"""chronyd itself: its sources in numbers, what it serves, its RTC, its smoothing."""

from typing import TYPE_CHECKING

from ._record import Record, record, reported, utc_datetime
from ._times import two_times

if TYPE_CHECKING:
    from datetime import datetime

ACTIVE = 0x1
LEAP_ONLY = 0x2


@record
class Activity(Record):
    """How many NTP sources are in which state: `chronyc activity`. Reference clocks do not count.

    Source: the chronyc manual, "activity".
    """

    online: int = reported("online sources")
    """NTP sources that are polled."""
    offline: int = reported("offline sources")
    """NTP sources that are assumed to be out of reach, and not polled."""
    burst_online: int = reported("burst online-return sources")
    """NTP sources in a burst of polls that will be online after it."""
    burst_offline: int = reported("burst offline-return sources")
    """NTP sources in a burst of polls that will be offline after it."""
    unresolved: int = reported("unresolved sources")
    """NTP sources whose name is not resolved yet."""


@record
class ServerStats(Record):
    """What chronyd did as a server since it started: `chronyc serverstats`. Since chronyd 2.3.

    Counts include what was dropped. None stands for what this version of chronyd does not count.
    Source: the chronyc manual, "serverstats".
    """

    ntp_received: int = reported("received NTP requests")
    """NTP requests received."""
    nts_ke_accepted: int | None = reported("accepted NTS-KE connections")
    """NTS key establishment connections accepted. Since 4.0."""
    commands_received: int = reported("received command requests")
    """Monitoring requests received."""
    ntp_dropped: int = reported("dropped NTP requests")
    """NTP requests dropped by rate limiting."""
    nts_ke_dropped: int | None = reported("dropped NTS-KE connections")
    """NTS key establishment connections dropped by rate limiting. Since 4.0."""
    commands_dropped: int = reported("dropped command requests")
    """Monitoring requests dropped by rate limiting."""
    client_log_dropped: int = reported("dropped client log records")
    """Records of clients dropped for want of memory."""
    ntp_authenticated: int | None = reported("received authenticated NTP requests")
    """Authenticated NTP requests received. Since 4.0."""
    ntp_interleaved: int | None = reported("received interleaved NTP requests")
    """NTP requests received in the interleaved mode. Since 4.2."""
    ntp_timestamps_held: int | None = reported("held NTP timestamps")
    """Timestamps held for clients in the interleaved mode. Since 4.2."""
    ntp_timestamp_span: int | None = reported("NTP timestamp span", "s")
    """The time that the held timestamps cover. Since 4.2."""
    served_daemon_rx: int | None = reported("served daemon RX timestamps")
    """Responses with a time of receiving that chronyd took. Since 4.4."""
    served_daemon_tx: int | None = reported("served daemon TX timestamps")
    """Responses with a time of sending that chronyd took. Since 4.4."""
    served_kernel_rx: int | None = reported("served kernel RX timestamps")
    """Responses with a time of receiving that the kernel took. Since 4.4."""
    served_kernel_tx: int | None = reported("served kernel TX timestamps")
    """Responses with a time of sending that the kernel took. Since 4.4."""
    served_hardware_rx: int | None = reported("served hardware RX timestamps")
    """Responses with a time of receiving that the network card took. Since 4.4."""
    served_hardware_tx: int | None = reported("served hardware TX timestamps")
    """Responses with a time of sending that the network card took. Since 4.4."""


@two_times
@record
class RTCData(Record):
    """What chronyd knows of the real-time clock: `chronyc rtcdata`.

    Source: the chronyc manual, "rtcdata".
    """

    ref_time: float = reported("reference time", "s")
    """When the real-time clock was last measured, in seconds since 1970, UTC; 0.0 for never."""
    samples: int = reported("samples")
    """How many measurements the estimate rests on."""
    runs: int = reported("runs")
    """Runs of residuals with the same sign; too few say that a straight line does not fit."""
    span: int = reported("span", "s")
    """The time that the measurements cover."""
    offset: float = reported("offset", "s")
    """How far the real-time clock was off at `ref_time`. Positive means that it was fast."""
    freq_offset: float = reported("frequency offset", "ppm")
    """How wrong the real-time clock's rate is. Positive means that it gains."""
    ref_time_ns: int = reported("reference time", "ns", default=None)
    """`ref_time` to the nanosecond, exact, since 1970, UTC; 0 for never."""

    @property
    def ref_datetime(self) -> "datetime | None":
        """Return `ref_time` as an aware datetime in UTC; None for never."""
        return utc_datetime(self.ref_time_ns)

    def is_calibrated(self) -> bool:
        """Return whether the clock was measured at all, so that the rest means something."""
        return self.samples > 0


@record
class Smoothing(Record):
    """How far the served time is from the true one while it is smoothed: `chronyc smoothing`.

    Source: the chronyc manual, "smoothing".
    """

    active: bool = reported("flags", bits=ACTIVE)
    """Whether time is being smoothed."""
    leap_only: bool = reported("flags", bits=LEAP_ONLY)
    """Whether only leap seconds are smoothed."""
    offset: float = reported("offset", "s")
    """How far the served time is from the true time. Positive means that clients get time ahead
    of the true time."""
    freq_offset: float = reported("frequency offset", "ppm")
    """The rate of the served time. Positive means that it runs fast, negative that it runs
    slow."""
    wander: float = reported("wander", "ppm/s")
    """How fast that rate changes. Negative means that the served time is slowing."""
    last_update_ago: float = reported("last update ago", "s")
    """The time since the last update of the smoothing."""
    remaining_time: float = reported("remaining time", "s")
    """The time until the served time is the true one again."""
