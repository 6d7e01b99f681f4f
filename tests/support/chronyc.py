"""Records in the terms of `chronyc -c`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pychrony import (
    Activity,
    AuthData,
    AuthMode,
    Client,
    LeapStatus,
    NTPData,
    NTPMode,
    RTCData,
    SelectData,
    SelectOptions,
    ServerStats,
    Smoothing,
    Source,
    SourceMode,
    SourceState,
    SourceStats,
    Timestamping,
    TrackingStatus,
)
from tests.support.comparison import ANY, Cell

NEVER = 4294967295
TOO_FEW = 127
LEAP_WORDS = {
    LeapStatus.NORMAL: "Normal",
    LeapStatus.INSERT: "Insert second",
    LeapStatus.DELETE: "Delete second",
    LeapStatus.UNSYNC: "Not synchronised",
}
SOURCE_STATES = {
    SourceState.SELECTED: "*",
    SourceState.NONSELECTABLE: "?",
    SourceState.FALSETICKER: "x",
    SourceState.JITTERY: "~",
    SourceState.UNSELECTED: "+",
    SourceState.SELECTABLE: "-",
}
SOURCE_MODES = {SourceMode.CLIENT: "^", SourceMode.PEER: "=", SourceMode.REFCLOCK: "#"}
AUTH_MODES = {AuthMode.NONE: "-", AuthMode.SYMMETRIC_KEY: "SK", AuthMode.NTS: "NTS"}
NTP_MODES = {NTPMode.NONE: "Invalid", NTPMode.SERVER: "Server"}
TIMESTAMPING = {
    Timestamping.NONE: "Invalid",
    Timestamping.DAEMON: "Daemon",
    Timestamping.KERNEL: "Kernel",
    Timestamping.HARDWARE: "Hardware",
}


def time_text(nanoseconds: int | None) -> str:
    seconds, rest = divmod(nanoseconds or 0, 10**9)
    return f"{seconds}.{rest:09}"


def flag(value: bool, yes: str = "Yes", no: str = "No") -> str:
    return yes if value else no


def tracking_row(r: TrackingStatus) -> list[Cell]:
    times = [time_text(r.ref_time_ns), r.offset, r.last_offset, r.rms_offset]
    rates = [r.frequency, r.residual_freq, r.skew]
    rest = [r.root_delay, r.root_dispersion, r.update_interval, LEAP_WORDS[r.leap_status]]
    return [f"{r.reference_id:08X}", r.reference_id_name, r.stratum, *times, *rates, *rest]


def source_row(r: Source) -> list[Cell]:
    ago = NEVER if r.last_sample_ago is None else r.last_sample_ago
    polled = [r.stratum, r.poll, f"{r.reachability:o}", ago]
    measured = [r.latest_meas, r.orig_latest_meas, r.latest_meas_err]
    return [SOURCE_MODES[r.mode], SOURCE_STATES[r.state], r.address, *polled, *measured]


def source_stats_row(r: SourceStats) -> list[Cell]:
    return [r.address, r.samples, r.runs, r.span, r.resid_freq, r.skew, r.offset, r.std_dev]


def options_cells(options: SelectOptions) -> list[str]:
    letters = {"N": "NOSELECT", "P": "PREFER", "T": "TRUST", "R": "REQUIRE"}
    named = [flag(SelectOptions[name] in options, letter, "-") for letter, name in letters.items()]
    return [*named, "-"]


def select_data_row(r: SelectData) -> list[Cell]:
    options = [*options_cells(r.configured_options), *options_cells(r.effective_options)]
    judged = [r.last_sample_ago, r.score, r.low_limit, r.high_limit, LEAP_WORDS[r.leap_status]]
    return [r.state.value, r.address, flag(r.authentication, "Y", "N"), *options, *judged]


def activity_row(r: Activity) -> list[Cell]:
    return [r.online, r.offline, r.burst_online, r.burst_offline, r.unresolved]


def auth_data_row(r: AuthData) -> list[Cell]:
    ago = NEVER if r.last_established_ago is None else r.last_established_ago
    key = [AUTH_MODES[r.mode], r.key_id, r.key_type.value, r.key_length]
    return [r.address, *key, ago, r.attempts, int(r.nak), r.cookies, r.cookie_length]


def ntp_data_row(r: NTPData) -> list[Cell]:
    """Return a row without the reference IDs of the addresses, which chronyc makes up itself."""
    peer = [r.address, ANY, r.port, r.local_address or "[UNSPEC]", ANY]
    header = [LEAP_WORDS[r.leap_status], r.version, NTP_MODES[r.mode], r.stratum]
    powers = [r.poll, int(2.0**r.poll), r.precision, 2.0**r.precision]
    root = [r.root_delay, r.root_dispersion, f"{r.reference_id:08X}", "", time_text(r.ref_time_ns)]
    measured = [r.offset, r.peer_delay, r.peer_dispersion, r.response_time, r.jitter_asymmetry]
    tests = f"{r.tests.value:010b}"
    flags = [tests[:3], tests[3:6], tests[6:], flag(r.interleaved), flag(r.authenticated)]
    stamping = [TIMESTAMPING[r.tx_timestamping], TIMESTAMPING[r.rx_timestamping]]
    counts = [r.tx_messages, r.rx_messages, r.rx_valid]
    newer = [r.rx_good, r.kernel_tx_timestamps, r.kernel_rx_timestamps]
    newer += [r.hardware_tx_timestamps, r.hardware_rx_timestamps]
    counts += [count for count in newer if count is not None]
    return [*peer, *header, *powers, *root, *measured, *flags, *stamping, *counts]


def server_stats_row(r: ServerStats) -> list[Cell]:
    always = [r.ntp_received, r.ntp_dropped, r.commands_received, r.commands_dropped]
    always += [r.client_log_dropped]
    newer = [r.nts_ke_accepted, r.nts_ke_dropped, r.ntp_authenticated, r.ntp_interleaved]
    newer += [r.ntp_timestamps_held, r.ntp_timestamp_span, r.served_daemon_rx, r.served_daemon_tx]
    newer += [r.served_kernel_rx, r.served_kernel_tx, r.served_hardware_rx, r.served_hardware_tx]
    return [*always, *(count for count in newer if count is not None)]


def client_row(r: Client) -> list[Cell]:
    commands = [r.commands_received, r.commands_dropped]
    return [*_ntp_cells(r), *commands, _interval(r.commands_interval), _ago(r.last_command_ago)]


def client_row_with_nts_ke(r: Client) -> list[Cell]:
    """Return a row of `chronyc clients -k`."""
    nts_ke = [r.nts_ke_accepted, r.nts_ke_dropped]
    return [*_ntp_cells(r), *nts_ke, _interval(r.nts_ke_interval), _ago(r.last_nts_ke_ago)]


def _ntp_cells(r: Client) -> list[Cell]:
    intervals = [_interval(r.ntp_interval), _interval(r.ntp_limited_interval)]
    return [r.address, r.ntp_received, r.ntp_dropped, *intervals, _ago(r.last_ntp_ago)]


def _interval(exponent: int | None) -> int:
    return TOO_FEW if exponent is None else exponent


def _ago(seconds: int | None) -> int:
    return NEVER if seconds is None else seconds


def csv(cells: list[Cell]) -> str:
    """Return a row as chronyc prints it, of a report without fractions."""
    return ",".join(map(str, cells))


def rtc_data_row(r: RTCData) -> list[Cell]:
    return [time_text(r.ref_time_ns), r.samples, r.runs, r.span, r.offset, r.freq_offset]


def smoothing_row(r: Smoothing) -> list[Cell]:
    flags = [flag(r.active), flag(r.leap_only, "(leap second only)", "")]
    return [*flags, r.offset, r.freq_offset, r.wander, r.last_update_ago, r.remaining_time]


ROWS: dict[type[Any], Callable[[Any], list[Cell]]] = {
    TrackingStatus: tracking_row,
    Source: source_row,
    SourceStats: source_stats_row,
    SelectData: select_data_row,
    Activity: activity_row,
    AuthData: auth_data_row,
    NTPData: ntp_data_row,
    ServerStats: server_stats_row,
    Client: client_row,
    RTCData: rtc_data_row,
    Smoothing: smoothing_row,
}
