"""Reports as `chronyc -c -n` prints them, digit by digit; with names as `chronyc -c -N`.

What chronyc makes of values that no chronyd has shown was seen by answering it by hand.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..exceptions import ChronyConnectionError, ChronyError, ChronyPermissionError
from ..models import (
    Activity,
    AuthData,
    Client,
    NTPData,
    RTCData,
    SelectData,
    ServerStats,
    Smoothing,
    Source,
    SourceStats,
    TrackingStatus,
)
from . import words
from .layouts import NTS_KE_CLIENTS
from .reports import NoAnswer
from .terminal import printable

_NEVER = 4294967295
_TOO_FEW = 127
_NO_ADDRESS = "[UNSPEC]"


def csv_lines(layout: str, records: Iterable[Any]) -> Iterator[str]:
    """Yield a report's lines, one for each record."""
    for record in records:
        values = _ROWS[layout](record)
        yield printable(",".join(str(value) for value in values if value is not None))


def csv_failure(error: ChronyError | NoAnswer) -> Iterator[str]:
    """Yield what chronyc prints on stdout in the place of a report, where it prints something."""
    if isinstance(error, NoAnswer) and error.line:
        yield error.line
    elif isinstance(error, ChronyPermissionError) and error.errno is None:
        yield words.REFUSED
    elif isinstance(error, ChronyConnectionError) and _is_silent(error):
        yield words.NO_DAEMON


def _is_silent(error: ChronyConnectionError) -> bool:
    """Return whether there was a socket to send requests to. chronyc says nothing without one."""
    if error.errno == errno.ETIMEDOUT:
        return True
    return error.errno == errno.ECONNREFUSED and not (error.address or "").startswith("/")


def _fixed(digits: int, *values: float) -> tuple[str, ...]:
    return tuple(f"{value:.{digits}f}" for value in values)


def _time(nanoseconds: int | None) -> str:
    seconds, rest = divmod(nanoseconds or 0, 10**9)
    return f"{seconds}.{rest:09}"


def _or_never(value: int | None) -> int:
    return _NEVER if value is None else value


def _interval(value: int | None) -> int:
    return _TOO_FEW if value is None else value


def _tracking(r: TrackingStatus) -> tuple[Any, ...]:
    name = r.reference_id_name if r.reference_ip else words.reference_name(r.reference_id)
    return (
        *(f"{r.reference_id:08X}", name, r.stratum, _time(r.ref_time_ns)),
        *_fixed(9, r.offset, r.last_offset, r.rms_offset),
        *_fixed(3, r.frequency, r.residual_freq, r.skew),
        *_fixed(9, r.root_delay, r.root_dispersion),
        *_fixed(1, r.update_interval),
        words.LEAP.get(r.leap_status, words.INVALID),
    )


def _source(r: Source) -> tuple[Any, ...]:
    return (
        *(words.SOURCE_MODES.get(r.mode, " "), words.SOURCE_STATES.get(r.state, " ")),
        *(words.shown_name(r), r.stratum, r.poll, f"{r.reachability:o}"),
        _or_never(r.last_sample_ago),
        *_fixed(9, r.latest_meas, r.orig_latest_meas, r.latest_meas_err),
    )


def _source_stats(r: SourceStats) -> tuple[Any, ...]:
    return (
        *(words.shown_name(r), r.samples, r.runs, r.span),
        *_fixed(3, r.resid_freq, r.skew),
        *_fixed(9, r.offset, r.std_dev),
    )


def _select_data(r: SelectData) -> tuple[Any, ...]:
    return (
        *(r.state.value, words.shown_name(r), "Y" if r.authentication else "N"),
        *words.option_letters(r.configured_options),
        *words.option_letters(r.effective_options),
        *(r.last_sample_ago, *_fixed(1, r.score), *_fixed(9, r.low_limit, r.high_limit)),
        words.LEAP.get(r.leap_status, words.INVALID),
    )


def _activity(r: Activity) -> tuple[Any, ...]:
    return r.online, r.offline, r.burst_online, r.burst_offline, r.unresolved


def _auth_data(r: AuthData) -> tuple[Any, ...]:
    return (
        *(words.shown_name(r), words.AUTH_MODES.get(r.mode, "?")),
        *(r.key_id, r.key_type.value, r.key_length, _or_never(r.last_established_ago)),
        *(r.attempts, int(r.nak), r.cookies, r.cookie_length),
    )


def _ntp_data(r: NTPData) -> tuple[Any, ...]:
    """Return a row; the last four counts came with chronyd 4.6, and chronyc 4.6 shows them."""
    follows = words.reference_name(r.reference_id) if r.stratum <= 1 else ""
    return (
        *(r.address, f"{words.reference_id_of(r.address):08X}", r.port),
        *(r.local_address or _NO_ADDRESS, f"{words.reference_id_of(r.local_address):08X}"),
        *(words.LEAP.get(r.leap_status, words.INVALID), r.version),
        *(words.NTP_MODES.get(r.mode, words.INVALID), r.stratum),
        *(r.poll, int(words.power_of_two(r.poll))),
        *(r.precision, *_fixed(9, words.power_of_two(r.precision))),
        *_fixed(6, r.root_delay, r.root_dispersion),
        *(f"{r.reference_id:08X}", follows, _time(r.ref_time_ns)),
        *_fixed(9, r.offset, r.peer_delay, r.peer_dispersion, r.response_time),
        *_fixed(2, r.jitter_asymmetry),
        *words.test_groups(r.tests),
        *(words.yes_no(r.interleaved), words.yes_no(r.authenticated)),
        words.TIMESTAMPING.get(r.tx_timestamping, words.INVALID),
        words.TIMESTAMPING.get(r.rx_timestamping, words.INVALID),
        *(r.tx_messages, r.rx_messages, r.rx_valid, r.rx_good),
        *(r.kernel_tx_timestamps, r.kernel_rx_timestamps),
        *(r.hardware_tx_timestamps, r.hardware_rx_timestamps),
    )


def _server_stats(r: ServerStats) -> tuple[Any, ...]:
    """Return a row as long as that of the chronyc which came with this chronyd."""
    return (
        *(r.ntp_received, r.ntp_dropped, r.commands_received, r.commands_dropped),
        *(r.client_log_dropped, r.nts_ke_accepted, r.nts_ke_dropped, r.ntp_authenticated),
        *(r.ntp_interleaved, r.ntp_timestamps_held, r.ntp_timestamp_span),
        *(r.served_daemon_rx, r.served_daemon_tx, r.served_kernel_rx, r.served_kernel_tx),
        *(r.served_hardware_rx, r.served_hardware_tx),
    )


def _ntp_requests(r: Client) -> tuple[Any, ...]:
    return (
        *(r.address, r.ntp_received, r.ntp_dropped, _interval(r.ntp_interval)),
        *(_interval(r.ntp_limited_interval), _or_never(r.last_ntp_ago)),
    )


def _client(r: Client) -> tuple[Any, ...]:
    return (
        *(*_ntp_requests(r), r.commands_received, r.commands_dropped),
        *(_interval(r.commands_interval), _or_never(r.last_command_ago)),
    )


def _nts_ke_client(r: Client) -> tuple[Any, ...]:
    return (
        *(*_ntp_requests(r), r.nts_ke_accepted, r.nts_ke_dropped),
        *(_interval(r.nts_ke_interval), _or_never(r.last_nts_ke_ago)),
    )


def _rtc_data(r: RTCData) -> tuple[Any, ...]:
    return (
        *(_time(r.ref_time_ns), r.samples, r.runs, r.span),
        *(*_fixed(6, r.offset), *_fixed(3, r.freq_offset)),
    )


def _smoothing(r: Smoothing) -> tuple[Any, ...]:
    return (
        *(words.yes_no(r.active), "(leap second only)" if r.leap_only else ""),
        *(*_fixed(9, r.offset), *_fixed(6, r.freq_offset, r.wander)),
        *_fixed(1, r.last_update_ago, r.remaining_time),
    )


_ROWS: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "tracking": _tracking,
    "sources": _source,
    "sourcestats": _source_stats,
    "selectdata": _select_data,
    "activity": _activity,
    "authdata": _auth_data,
    "ntpdata": _ntp_data,
    "serverstats": _server_stats,
    "clients": _client,
    NTS_KE_CLIENTS: _nts_ke_client,
    "rtcdata": _rtc_data,
    "smoothing": _smoothing,
}
