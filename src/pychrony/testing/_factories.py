"""Records as a chronyd in good health would report them, for tests to vary.

chronyd's floats have 24 significant bits. Fractions of powers of two pass unchanged, so that what a
client reads from the simulated chronyd equals the record that was put in.

Each function's parameters are the fields of its record. `locals()` passes them on, so the function
assigns to nothing else.
"""

from __future__ import annotations

from typing import Any

from ..models import (
    Activity,
    AuthData,
    AuthMode,
    Client,
    KeyType,
    LeapStatus,
    NTPData,
    NTPMode,
    NTPTests,
    RTCData,
    SelectData,
    SelectOptions,
    SelectState,
    ServerStats,
    Smoothing,
    Source,
    SourceMode,
    SourceState,
    SourceStats,
    Timestamping,
    TrackingStatus,
)
from ._follows import ADDRESS, FOLLOWS, both_names, check_text, fill, with_time
from ._references import reference_id_of, reference_name_of
from ._wire import is_address

_NOW_NS = 1_767_225_600_250_000_000
_NO_OPTIONS = SelectOptions(0)
_ALL_TESTS = NTPTests(0x3FF)
_MEASURED: dict[str, Any] = {
    "state": SourceState.SELECTED,
    "reachability": 0o377,
    "last_sample_ago": 23,
    "orig_latest_meas": -11 / 2**20,
    "latest_meas": -9 / 2**20,
    "latest_meas_err": 3 / 2**10,
}
_UNRESOLVED: dict[str, Any] = {
    "stratum": 0,
    "state": SourceState.NONSELECTABLE,
    "reachability": 0,
    "last_sample_ago": None,
    **dict.fromkeys(("orig_latest_meas", "latest_meas", "latest_meas_err"), 0.0),
}


def make_tracking(
    *,
    reference_id: int = FOLLOWS,
    reference_id_name: str = FOLLOWS,
    reference_ip: str = FOLLOWS,
    stratum: int = 3,
    leap_status: LeapStatus = LeapStatus.NORMAL,
    ref_time: float = FOLLOWS,
    offset: float = 13 / 2**20,
    last_offset: float = -9 / 2**20,
    rms_offset: float = 21 / 2**20,
    frequency: float = -12.625,
    residual_freq: float = 1 / 2**8,
    skew: float = 3 / 2**6,
    root_delay: float = 9 / 2**11,
    root_dispersion: float = 3 / 2**12,
    update_interval: float = 64.5,
    ref_time_ns: int = FOLLOWS,
) -> TrackingStatus:
    """Return the tracking report of a clock 12 µs slow that follows 192.0.2.1, at stratum 3.

    What is shown as FOLLOWS is worked out from the others, unless it is given. `reference_id` and
    `reference_id_name` follow `reference_ip`, and `ref_time` and `ref_time_ns` follow each other.
    Where `reference_id` is given alone, `reference_ip` is empty.
    """
    if reference_ip is FOLLOWS:
        reference_ip = ADDRESS if reference_id is FOLLOWS else ""
    check_text("reference_ip", reference_ip)
    if reference_id is FOLLOWS:
        reference_id = reference_id_of(reference_ip)
    if reference_id_name is FOLLOWS:
        reference_id_name = reference_ip or reference_name_of(reference_id)
    return TrackingStatus(**with_time(locals(), _NOW_NS))


def make_source(
    *,
    address: str = ADDRESS,
    poll: int = 6,
    stratum: int = FOLLOWS,
    state: SourceState = FOLLOWS,
    mode: SourceMode = FOLLOWS,
    flags: int = 0,
    reachability: int = FOLLOWS,
    last_sample_ago: int | None = FOLLOWS,
    orig_latest_meas: float = FOLLOWS,
    latest_meas: float = FOLLOWS,
    latest_meas_err: float = FOLLOWS,
    name: str | None = None,
) -> Source:
    """Return the selected source, 192.0.2.1, a server of stratum 2 polled every 64 seconds.

    What is shown as FOLLOWS is worked out from the others, unless it is given. An `address` such as
    "GPS" is the name of a reference clock, whose stratum is 0. An `ID#0000000001` is not resolved,
    so that there is no sample and it is not selectable.
    """
    check_text("address", address)
    if mode is FOLLOWS:
        mode = SourceMode.CLIENT if is_address(address) else SourceMode.REFCLOCK
    if stratum is FOLLOWS and not address.startswith("ID#"):
        stratum = 2 if is_address(address) else 0
    return Source(**fill(locals(), _UNRESOLVED if address.startswith("ID#") else _MEASURED))


def make_source_stats(
    *,
    reference_id: int = FOLLOWS,
    address: str = FOLLOWS,
    samples: int = 17,
    runs: int = 9,
    span: int = 1040,
    std_dev: float = 21 / 2**20,
    resid_freq: float = 1 / 2**8,
    skew: float = 3 / 2**6,
    offset: float = -9 / 2**20,
    offset_err: float = 15 / 2**20,
    name: str | None = None,
) -> SourceStats:
    """Return the statistics of 192.0.2.1: 17 samples, the last 9 µs behind.

    What is shown as FOLLOWS is worked out from the others, unless it is given. `reference_id` and
    `address` follow each other.
    """
    reference_id, address = both_names(reference_id, address)
    return SourceStats(**locals())


def make_select_data(
    *,
    reference_id: int = FOLLOWS,
    address: str = FOLLOWS,
    state: SelectState = SelectState.BEST,
    authentication: bool = FOLLOWS,
    leap_status: LeapStatus = LeapStatus.NORMAL,
    configured_options: SelectOptions = _NO_OPTIONS,
    effective_options: SelectOptions = _NO_OPTIONS,
    last_sample_ago: int = 23,
    score: float = 1.0,
    low_limit: float = -13 / 2**12,
    high_limit: float = 11 / 2**12,
    name: str | None = None,
) -> SelectData:
    """Return the verdict on 192.0.2.1: the best source, authenticated.

    What is shown as FOLLOWS is worked out from the others, unless it is given. `reference_id` and
    `address` follow each other. `authentication` is False of a reference clock.
    """
    reference_id, address = both_names(reference_id, address)
    if authentication is FOLLOWS:
        authentication = is_address(address)
    return SelectData(**locals())


def make_activity(
    *,
    online: int = 3,
    offline: int = 0,
    burst_online: int = 0,
    burst_offline: int = 0,
    unresolved: int = 0,
) -> Activity:
    """Return the activity of three sources, all online."""
    return Activity(**locals())


def make_auth_data(
    *,
    address: str = ADDRESS,
    mode: AuthMode = AuthMode.NTS,
    key_type: KeyType = KeyType.AEAD_AES_SIV_CMAC_256,
    key_id: int = 1,
    key_length: int = 256,
    attempts: int = 0,
    last_established_ago: int | None = 86400,
    cookies: int = 8,
    cookie_length: int = 100,
    nak: bool = False,
    name: str | None = None,
) -> AuthData:
    """Return the authentication of 192.0.2.1: by NTS, with eight cookies."""
    return AuthData(**locals())


def make_ntp_data(
    *,
    address: str = ADDRESS,
    local_address: str | None = FOLLOWS,
    port: int = 123,
    leap_status: LeapStatus = LeapStatus.NORMAL,
    version: int = 4,
    mode: NTPMode = NTPMode.SERVER,
    stratum: int = 2,
    poll: int = 6,
    precision: int = -24,
    root_delay: float = 3 / 2**11,
    root_dispersion: float = 2 / 2**12,
    reference_id: int = 0xC6336401,  # 198.51.100.1
    ref_time: float | None = FOLLOWS,
    offset: float = 9 / 2**20,
    peer_delay: float = 3 / 2**10,
    peer_dispersion: float = 7 / 2**20,
    response_time: float = 5 / 2**16,
    jitter_asymmetry: float = 1 / 2**6,
    tests: NTPTests = _ALL_TESTS,
    interleaved: bool = False,
    authenticated: bool = True,
    tx_timestamping: Timestamping = Timestamping.KERNEL,
    rx_timestamping: Timestamping = Timestamping.KERNEL,
    tx_messages: int = 120,
    rx_messages: int = 118,
    rx_valid: int = 117,
    rx_good: int | None = 117,
    kernel_tx_timestamps: int | None = 120,
    kernel_rx_timestamps: int | None = 118,
    hardware_tx_timestamps: int | None = 0,
    hardware_rx_timestamps: int | None = 0,
    ref_time_ns: int | None = FOLLOWS,
    name: str | None = None,
) -> NTPData:
    """Return the last response of 192.0.2.1: 9 µs ahead, authenticated, and all tests passed.

    What is shown as FOLLOWS is worked out from the others, unless it is given. `ref_time` and
    `ref_time_ns` follow each other. `local_address` is of the kind of `address`.
    """
    check_text("address", address)
    if local_address is FOLLOWS:
        local_address = "2001:db8::64" if ":" in address else "192.0.2.100"
    return NTPData(**with_time(locals(), _NOW_NS - 20 * 10**9))


def make_server_stats(
    *,
    ntp_received: int = 201_350,
    nts_ke_accepted: int | None = 64,
    commands_received: int = 5120,
    ntp_dropped: int = 350,
    nts_ke_dropped: int | None = 2,
    commands_dropped: int = 0,
    client_log_dropped: int = 0,
    ntp_authenticated: int | None = 48_000,
    ntp_interleaved: int | None = 150_000,
    ntp_timestamps_held: int | None = 2048,
    ntp_timestamp_span: int | None = 1024,
    served_daemon_rx: int | None = 0,
    served_daemon_tx: int | None = 51_000,
    served_kernel_rx: int | None = 201_000,
    served_kernel_tx: int | None = 150_000,
    served_hardware_rx: int | None = 0,
    served_hardware_tx: int | None = 0,
) -> ServerStats:
    """Return the counts of a server of some 200000 requests, most of them interleaved."""
    return ServerStats(**locals())


def make_client(
    *,
    address: str = ADDRESS,
    ntp_received: int = 480,
    nts_ke_accepted: int = 2,
    commands_received: int = 0,
    ntp_dropped: int = 3,
    nts_ke_dropped: int = 0,
    commands_dropped: int = 0,
    ntp_interval: int | None = 6,
    nts_ke_interval: int | None = None,
    commands_interval: int | None = None,
    ntp_limited_interval: int | None = None,
    last_ntp_ago: int | None = 23,
    last_nts_ke_ago: int | None = 28_800,
    last_command_ago: int | None = None,
) -> Client:
    """Return a client that asks for the time every 64 seconds, and never for a report."""
    return Client(**locals())


def make_rtc_data(
    *,
    ref_time: float = FOLLOWS,
    samples: int = 12,
    runs: int = 6,
    span: int = 7200,
    offset: float = 0.375,
    freq_offset: float = -2.5,
    ref_time_ns: int = FOLLOWS,
) -> RTCData:
    """Return the estimate of a real-time clock 0.375 s fast that loses 2.5 ppm.

    What is shown as FOLLOWS is worked out from the others, unless it is given. `ref_time` and
    `ref_time_ns` follow each other.
    """
    return RTCData(**with_time(locals(), 1_767_225_600 * 10**9))


def make_smoothing(
    *,
    active: bool = True,
    leap_only: bool = False,
    offset: float = 1 / 2**4,
    freq_offset: float = -900.5,
    wander: float = 9.5,
    last_update_ago: float = 12.5,
    remaining_time: float = 96.5,
) -> Smoothing:
    """Return the smoothing of a clock that clients see 1/16 s ahead of, for 96.5 s more."""
    return Smoothing(**locals())
