"""What each report shows to people: chronyc's words, columns and order, units beside the numbers.

Where a sign would have to be known by heart, "fast" or "slow" is said: of this computer's clock,
or of whatever clock the line is about.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from .._units import short_age, short_seconds, signed_seconds
from ..models import LeapStatus, SelectState, SourceState
from . import words

Read = Callable[[Any], Any]


def _plain(_record: Any) -> str:
    """Return no color."""
    return ""


class Column(NamedTuple):
    """A column of a table: its heading, a record's cell, and how both are shown."""

    heading: str
    read: Read
    align: str = ">"
    color: Callable[[Any], str] = _plain
    label: str | None = None
    """What it is called in one line, if not by its heading; "" where it says enough itself."""


class Line(NamedTuple):
    """A line of a report about one thing; its text is None where this chronyd has no such value."""

    label: str
    read: Callable[[Any], str | None]
    brief: bool = False
    """Whether it is also part of the report in one line."""
    color: Callable[[Any], str] = _plain


def _direction(value: float, positive: str = "fast", negative: str = "slow") -> str:
    return f" {positive if value > 0 else negative}" if value else ""


def _signed(value: float, digits: int, unit: str, *directions: str) -> str:
    return f"{value:+.{digits}f}{unit}{_direction(round(value, digits), *directions)}"


def _offset(value: float) -> str:
    return f"{signed_seconds(value)}{_direction(round(value, 9))}"


def _seconds(value: float, digits: int = 9) -> str:
    return f"{value:.{digits}f} seconds"


def _time(time: datetime | None) -> str:
    return f"{time:%a %b %d %H:%M:%S %Y}" if time else "never"


def _reference(reference_id: int, name: str) -> str:
    return f"{reference_id:08X} ({name})"


def _address(address: str | None) -> str:
    return f"{address or 'none'} ({words.reference_id_of(address):08X})"


def _count(attribute: str, unit: str = "") -> Callable[[Any], str | None]:
    """Return what reads a count that not every chronyd has."""

    def read(record: Any) -> str | None:
        count = getattr(record, attribute)
        return None if count is None else f"{count}{unit}"

    return read


def _leap(record: Any) -> str:
    return words.LEAP.get(record.leap_status, record.leap_status.name)


def _leap_color(record: Any) -> str:
    colors = {LeapStatus.NORMAL: "good", LeapStatus.UNSYNC: "bad"}
    return colors.get(record.leap_status, "fair")


_STATE_COLORS = {
    **dict.fromkeys((SourceState.SELECTED, SelectState.BEST), "good"),
    **dict.fromkeys((SourceState.UNSELECTED, SelectState.COMBINED), "good"),
    **dict.fromkeys((SourceState.FALSETICKER, SelectState.FALSETICKER), "bad"),
}


def _state_color(record: Any) -> str:
    return _STATE_COLORS.get(record.state, "fair")


def _source_state(r: Any) -> str:
    return words.SOURCE_MODES.get(r.mode, " ") + words.SOURCE_STATES.get(r.state, " ")


def _last_sample(r: Any) -> str:
    """Return the offset as adjusted since, as measured, its error bound, and the direction."""
    adjusted = signed_seconds(r.latest_meas)
    measured = signed_seconds(r.orig_latest_meas)
    error = short_seconds(r.latest_meas_err)
    return f"{adjusted:>7}[{measured:>7}] +/- {error:>6}{_direction(round(r.latest_meas, 9))}"


def _system_time(r: Any) -> str:
    direction = "slow" if r.offset > 0 else "fast"  # chronyc says "fast" of nothing, too
    return f"{_seconds(abs(r.offset))} {direction} of NTP time"


def _frequency(r: Any) -> str:
    return f"{abs(r.frequency):.3f} ppm {'fast' if r.frequency > 0 else 'slow'}"


def _source_reference(r: Any) -> str:
    name = words.reference_name(r.reference_id) if r.stratum <= 1 else ""
    return _reference(r.reference_id, name)


def _interval(attribute: str) -> Callable[[Any], str]:
    """Return what reads an interval between requests, of which there may have been too few."""
    return lambda r: "-" if getattr(r, attribute) is None else f"{getattr(r, attribute)}"


NTS_KE_CLIENTS = "clients -k"
"""The layout of the clients with NTS key establishment in the place of commands."""

_NTP_REQUESTS = (
    Column("Hostname", lambda r: r.address, "<", label=""),
    Column("NTP", lambda r: r.ntp_received),
    Column("Drop", lambda r: r.ntp_dropped, label="NTP-Drop"),
    Column("Int", _interval("ntp_interval"), label="NTP-Int"),
    Column("IntL", _interval("ntp_limited_interval"), label="NTP-IntL"),
    Column("Last", lambda r: short_age(r.last_ntp_ago), label="NTP-Last"),
)

_NAME = Column("Name/IP address", words.shown_name, "<", label="")

TABLES: dict[str, tuple[Column, ...]] = {
    "sources": (
        Column("MS", _source_state, "<", _state_color, label=""),
        _NAME,
        Column("Stratum", lambda r: r.stratum),
        Column("Poll", lambda r: f"{r.poll} ({r.poll_seconds:g}s)"),
        Column("Reach", lambda r: f"{r.reachability:o}"),
        Column("LastRx", lambda r: short_age(r.last_sample_ago)),
        Column("Last sample", _last_sample, "<"),
    ),
    "sourcestats": (
        _NAME,
        Column("NP", lambda r: r.samples),
        Column("NR", lambda r: r.runs),
        Column("Span", lambda r: short_age(r.span)),
        Column("Frequency", lambda r: _signed(r.resid_freq, 3, "ppm")),
        Column("Freq Skew", lambda r: f"{r.skew:.3f}ppm"),
        Column("Offset", lambda r: _offset(r.offset)),
        Column("Std Dev", lambda r: short_seconds(r.std_dev)),
    ),
    "selectdata": (
        Column("S", lambda r: r.state.value, "<", _state_color, label=""),
        _NAME,
        Column("Auth", lambda r: words.yes_no(r.authentication)),
        Column("COpts", lambda r: words.option_letters(r.configured_options)),
        Column("EOpts", lambda r: words.option_letters(r.effective_options)),
        Column("Last", lambda r: short_age(r.last_sample_ago)),
        Column("Score", lambda r: f"{r.score:.1f}"),
        Column("Low", lambda r: short_seconds(r.low_limit, "+")),
        Column("High", lambda r: short_seconds(r.high_limit, "+")),
        Column("Leap", _leap, "<"),
    ),
    "authdata": (
        _NAME,
        Column("Mode", lambda r: words.AUTH_MODES.get(r.mode, "?")),
        Column("KeyID", lambda r: r.key_id),
        Column("Type", lambda r: f"{r.key_type.value} ({r.key_type.name})", "<"),
        Column("KLen", lambda r: f"{r.key_length}bit"),
        Column("Last", lambda r: short_age(r.last_established_ago)),
        Column("Atmp", lambda r: r.attempts),
        Column("NAK", lambda r: words.yes_no(r.nak)),
        Column("Cook", lambda r: r.cookies),
        Column("CLen", lambda r: f"{r.cookie_length}B"),
    ),
    "clients": (
        *_NTP_REQUESTS,
        Column("Cmd", lambda r: r.commands_received),
        Column("Drop", lambda r: r.commands_dropped, label="Cmd-Drop"),
        Column("Int", _interval("commands_interval"), label="Cmd-Int"),
        Column("Last", lambda r: short_age(r.last_command_ago), label="Cmd-Last"),
    ),
    NTS_KE_CLIENTS: (
        *_NTP_REQUESTS,
        Column("NTS-KE", lambda r: r.nts_ke_accepted),
        Column("Drop", lambda r: r.nts_ke_dropped, label="NTS-KE-Drop"),
        Column("Int", _interval("nts_ke_interval"), label="NTS-KE-Int"),
        Column("Last", lambda r: short_age(r.last_nts_ke_ago), label="NTS-KE-Last"),
    ),
}

BLOCKS: dict[str, tuple[Line, ...]] = {
    "tracking": (
        Line("Reference ID", lambda r: _reference(r.reference_id, r.reference_id_name), True),
        Line("Stratum", lambda r: f"{r.stratum}", True),
        Line("Ref time (UTC)", lambda r: _time(r.ref_datetime)),
        Line("System time", _system_time, True),
        Line("Last offset", lambda r: _signed(r.last_offset, 9, " seconds")),
        Line("RMS offset", lambda r: _seconds(r.rms_offset)),
        Line("Frequency", _frequency),
        Line("Residual freq", lambda r: _signed(r.residual_freq, 3, " ppm")),
        Line("Skew", lambda r: f"{r.skew:.3f} ppm"),
        Line("Root delay", lambda r: _seconds(r.root_delay)),
        Line("Root dispersion", lambda r: _seconds(r.root_dispersion)),
        Line("Update interval", lambda r: _seconds(r.update_interval, 1)),
        Line("Leap status", _leap, True, _leap_color),
        Line("Error bound", lambda r: _seconds(r.error_bound), True),
    ),
    "activity": (
        Line("", lambda r: f"{r.online} sources online", True),
        Line("", lambda r: f"{r.offline} sources offline", True),
        Line("", lambda r: f"{r.burst_online} sources doing burst (return to online)", True),
        Line("", lambda r: f"{r.burst_offline} sources doing burst (return to offline)", True),
        Line("", lambda r: f"{r.unresolved} sources with unknown address", True),
    ),
    "ntpdata": (
        Line("Remote name", lambda r: words.shown_name(r) if r.name else None, brief=True),
        Line("Remote address", lambda r: _address(r.address), brief=True),
        Line("Remote port", lambda r: f"{r.port}"),
        Line("Local address", lambda r: _address(r.local_address)),
        Line("Leap status", _leap, False, _leap_color),
        Line("Version", lambda r: f"{r.version}"),
        Line("Mode", lambda r: words.NTP_MODES.get(r.mode, words.INVALID)),
        Line("Stratum", lambda r: f"{r.stratum}"),
        Line("Poll interval", lambda r: f"{r.poll} ({words.power_of_two(r.poll):g} seconds)"),
        Line("Precision", lambda r: f"{r.precision} ({_seconds(words.power_of_two(r.precision))})"),
        Line("Root delay", lambda r: _seconds(r.root_delay, 6)),
        Line("Root dispersion", lambda r: _seconds(r.root_dispersion, 6)),
        Line("Reference ID", _source_reference),
        Line("Reference time", lambda r: _time(r.ref_datetime)),
        Line("Offset", lambda r: _signed(r.offset, 9, " seconds", "slow", "fast"), True),
        Line("Peer delay", lambda r: _seconds(r.peer_delay), True),
        Line("Peer dispersion", lambda r: _seconds(r.peer_dispersion)),
        Line("Response time", lambda r: _seconds(r.response_time)),
        Line("Jitter asymmetry", lambda r: f"{r.jitter_asymmetry:+.2f}"),
        Line("NTP tests", lambda r: " ".join(words.test_groups(r.tests)), True),
        Line("Interleaved", lambda r: words.yes_no(r.interleaved)),
        Line("Authenticated", lambda r: words.yes_no(r.authenticated)),
        Line("TX timestamping", lambda r: words.TIMESTAMPING.get(r.tx_timestamping, words.INVALID)),
        Line("RX timestamping", lambda r: words.TIMESTAMPING.get(r.rx_timestamping, words.INVALID)),
        Line("Total TX", _count("tx_messages")),
        Line("Total RX", _count("rx_messages")),
        Line("Total valid RX", _count("rx_valid")),
        Line("Total good RX", _count("rx_good")),
        Line("Total kernel TX", _count("kernel_tx_timestamps")),
        Line("Total kernel RX", _count("kernel_rx_timestamps")),
        Line("Total HW TX", _count("hardware_tx_timestamps")),
        Line("Total HW RX", _count("hardware_rx_timestamps")),
    ),
    "serverstats": (
        Line("NTP packets received", _count("ntp_received"), True),
        Line("NTP packets dropped", _count("ntp_dropped"), True),
        Line("Command packets received", _count("commands_received"), True),
        Line("Command packets dropped", _count("commands_dropped"), True),
        Line("Client log records dropped", _count("client_log_dropped")),
        Line("NTS-KE connections accepted", _count("nts_ke_accepted")),
        Line("NTS-KE connections dropped", _count("nts_ke_dropped")),
        Line("Authenticated NTP packets", _count("ntp_authenticated")),
        Line("Interleaved NTP packets", _count("ntp_interleaved")),
        Line("NTP timestamps held", _count("ntp_timestamps_held")),
        Line("NTP timestamp span", _count("ntp_timestamp_span", " seconds")),
        Line("NTP daemon RX timestamps", _count("served_daemon_rx")),
        Line("NTP daemon TX timestamps", _count("served_daemon_tx")),
        Line("NTP kernel RX timestamps", _count("served_kernel_rx")),
        Line("NTP kernel TX timestamps", _count("served_kernel_tx")),
        Line("NTP hardware RX timestamps", _count("served_hardware_rx")),
        Line("NTP hardware TX timestamps", _count("served_hardware_tx")),
    ),
    "rtcdata": (
        Line("RTC ref time (UTC)", lambda r: _time(r.ref_datetime)),
        Line("Number of samples", lambda r: f"{r.samples}", True),
        Line("Number of runs", lambda r: f"{r.runs}"),
        Line("Sample span period", lambda r: short_age(r.span)),
        Line("RTC is fast by", lambda r: _signed(r.offset, 6, " seconds"), True),
        Line("RTC gains time at", lambda r: _signed(r.freq_offset, 3, " ppm"), True),
    ),
    "smoothing": (
        Line(
            "Active",
            lambda r: words.yes_no(r.active) + (" (leap second only)" if r.leap_only else ""),
            True,
        ),
        Line("Offset", lambda r: _signed(r.offset, 9, " seconds"), True),
        Line("Frequency", lambda r: _signed(r.freq_offset, 6, " ppm")),
        Line("Wander", lambda r: f"{r.wander:+.6f} ppm per second"),
        Line("Last update", lambda r: f"{_seconds(r.last_update_ago, 1)} ago"),
        Line("Remaining time", lambda r: _seconds(r.remaining_time, 1), True),
    ),
}
