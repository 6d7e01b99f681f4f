"""The clients of chronyd's NTP server."""

from ._record import NEVER, Record, record, reported

_TOO_FEW = (127,)


@record
class Client(Record):
    """A client of chronyd's server: `chronyc clients`. Since chronyd 4.0.

    Counts include what was dropped. Requests over chronyd's Unix socket are not counted; those from
    this computer's own addresses are. libchrony has no such report, and `read_record` cannot read
    it. Source: the chronyc manual, "clients".
    """

    address: str = reported("address")
    """The address that the requests came from."""
    ntp_received: int = reported("received NTP requests")
    """NTP requests received."""
    nts_ke_accepted: int = reported("accepted NTS-KE connections")
    """NTS key establishment connections accepted."""
    commands_received: int = reported("received command requests")
    """Monitoring requests received."""
    ntp_dropped: int = reported("dropped NTP requests")
    """NTP requests dropped by rate limiting."""
    nts_ke_dropped: int = reported("dropped NTS-KE connections")
    """NTS key establishment connections dropped by rate limiting."""
    commands_dropped: int = reported("dropped command requests")
    """Monitoring requests dropped by rate limiting."""
    ntp_interval: int | None = reported("NTP interval", "log2 s", never=_TOO_FEW)
    """The average interval between NTP requests as a power of two in seconds; negative below a
    second. None where there were too few."""
    nts_ke_interval: int | None = reported("NTS-KE interval", "log2 s", never=_TOO_FEW)
    """The average interval between NTS key establishment connections as a power of two in seconds;
    negative below a second. None where there were too few."""
    commands_interval: int | None = reported("command interval", "log2 s", never=_TOO_FEW)
    """The average interval between monitoring requests as a power of two in seconds; negative below
    a second. None where there were too few."""
    ntp_limited_interval: int | None = reported("limited NTP interval", "log2 s", never=_TOO_FEW)
    """The average interval between NTP requests while they are limited, as a power of two in
    seconds; negative below a second. None while they are not limited."""
    last_ntp_ago: int | None = reported("last NTP request ago", "s", never=(NEVER,))
    """The time since the last NTP request; None where there was none."""
    last_nts_ke_ago: int | None = reported("last NTS-KE connection ago", "s", never=(NEVER,))
    """The time since the last NTS key establishment connection; None where there was none."""
    last_command_ago: int | None = reported("last command request ago", "s", never=(NEVER,))
    """The time since the last monitoring request; None where there was none."""
