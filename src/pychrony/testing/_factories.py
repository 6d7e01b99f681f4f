"""Records as a chronyd in good health would report them, for tests to vary.

chronyd's floats have 24 significant bits. Fractions of powers of two pass unchanged, so that what a
client reads from the simulated chronyd equals the record that was put in.
"""

from __future__ import annotations

from typing import Any

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
from ..models._enums import (
    AuthMode,
    KeyType,
    LeapStatus,
    NTPMode,
    NTPTests,
    SelectOptions,
    SelectState,
    SourceMode,
    SourceState,
    Timestamping,
)
from ._references import reference_id_of, reference_name_of
from ._wire import is_address

_ADDRESS = "192.0.2.1"
_NOW_NS = 1_767_225_600_250_000_000
_UNRESOLVED_SOURCE: dict[str, Any] = {
    **dict.fromkeys(("stratum", "reachability"), 0),
    "state": SourceState.NONSELECTABLE,
    "last_sample_ago": None,
    **dict.fromkeys(("orig_latest_meas", "latest_meas", "latest_meas_err"), 0.0),
}


def make_tracking(**overrides: Any) -> TrackingStatus:
    """Return the tracking report of a clock 12 µs slow that follows 192.0.2.1, at stratum 3.

    Args:
        overrides: Fields to have other values. Unless overridden too, `reference_id` and
            `reference_id_name` follow `reference_ip`, which is "" where a `reference_id` is given
            alone, and `ref_time` and `ref_time_ns` follow each other.

    """
    defaults: dict[str, Any] = {
        "reference_ip": "" if "reference_id" in overrides else _ADDRESS,
        "stratum": 3,
        "leap_status": LeapStatus.NORMAL,
        "ref_time_ns": _NOW_NS,
        "offset": 13 / 2**20,
        "last_offset": -9 / 2**20,
        "rms_offset": 21 / 2**20,
        "frequency": -12.625,
        "residual_freq": 1 / 2**8,
        "skew": 3 / 2**6,
        "root_delay": 9 / 2**11,
        "root_dispersion": 3 / 2**12,
        "update_interval": 64.5,
    }
    fields = _with_one_time(defaults, overrides)
    ip = _text("reference_ip", fields["reference_ip"])
    if "reference_id" not in fields:
        fields["reference_id"] = reference_id_of(ip)
    if "reference_id_name" not in fields:
        fields["reference_id_name"] = ip or reference_name_of(fields["reference_id"])
    return TrackingStatus(**fields)


def make_source(**overrides: Any) -> Source:
    """Return the selected source, 192.0.2.1, a server of stratum 2 polled every 64 seconds.

    Unless overridden too, `mode` and `stratum` follow `address`: a name such as "GPS" is that of a
    reference clock, whose stratum is 0. An `ID#0000000001` is not resolved, so that there is no
    sample and it is not selectable.
    """
    address = _text("address", overrides.get("address", _ADDRESS))
    is_server = is_address(address)
    defaults: dict[str, Any] = {
        "address": address,
        "poll": 6,
        "stratum": 2 if is_server else 0,
        "state": SourceState.SELECTED,
        "mode": SourceMode.CLIENT if is_server else SourceMode.REFCLOCK,
        "flags": 0,
        "reachability": 0o377,
        "last_sample_ago": 23,
        "orig_latest_meas": -11 / 2**20,
        "latest_meas": -9 / 2**20,
        "latest_meas_err": 3 / 2**10,
        **(_UNRESOLVED_SOURCE if address.startswith("ID#") else {}),
    }
    return Source(**{**defaults, **overrides})


def make_source_stats(**overrides: Any) -> SourceStats:
    """Return the statistics of 192.0.2.1: 17 samples, the last 9 µs behind.

    Unless overridden too, `reference_id` and `address` follow each other.
    """
    defaults: dict[str, Any] = {
        "samples": 17,
        "runs": 9,
        "span": 1040,
        "std_dev": 21 / 2**20,
        "resid_freq": 1 / 2**8,
        "skew": 3 / 2**6,
        "offset": -9 / 2**20,
        "offset_err": 15 / 2**20,
    }
    return SourceStats(**_with_reference(defaults, overrides))


def make_select_data(**overrides: Any) -> SelectData:
    """Return the verdict on 192.0.2.1: the best source, authenticated.

    Unless overridden too, `reference_id` and `address` follow each other, and `authentication` is
    False of a reference clock.
    """
    defaults: dict[str, Any] = {
        "state": SelectState.BEST,
        "leap_status": LeapStatus.NORMAL,
        "configured_options": SelectOptions(0),
        "effective_options": SelectOptions(0),
        "last_sample_ago": 23,
        "score": 1.0,
        "low_limit": -13 / 2**12,
        "high_limit": 11 / 2**12,
    }
    fields = _with_reference(defaults, overrides)
    fields.setdefault("authentication", is_address(fields["address"]))
    return SelectData(**fields)


def make_activity(**overrides: Any) -> Activity:
    """Return the activity of three sources, all online."""
    defaults = {"online": 3, "offline": 0, "burst_online": 0, "burst_offline": 0, "unresolved": 0}
    return Activity(**{**defaults, **overrides})


def make_auth_data(**overrides: Any) -> AuthData:
    """Return the authentication of 192.0.2.1: by NTS, with eight cookies."""
    defaults: dict[str, Any] = {
        "address": _ADDRESS,
        "mode": AuthMode.NTS,
        "key_type": KeyType.AEAD_AES_SIV_CMAC_256,
        "key_id": 1,
        "key_length": 256,
        "attempts": 0,
        "last_established_ago": 86400,
        "cookies": 8,
        "cookie_length": 100,
        "nak": False,
    }
    return AuthData(**{**defaults, **overrides})


def make_ntp_data(**overrides: Any) -> NTPData:
    """Return the last response of 192.0.2.1: 9 µs ahead, authenticated, and all tests passed.

    Unless overridden too, `ref_time` and `ref_time_ns` follow each other, and `local_address` is of
    the kind of `address`.
    """
    address = _text("address", overrides.get("address", _ADDRESS))
    defaults: dict[str, Any] = {
        "address": address,
        "local_address": "2001:db8::64" if ":" in address else "192.0.2.100",
        "port": 123,
        "leap_status": LeapStatus.NORMAL,
        "version": 4,
        "mode": NTPMode.SERVER,
        "stratum": 2,
        "poll": 6,
        "precision": -24,
        "root_delay": 3 / 2**11,
        "root_dispersion": 2 / 2**12,
        "reference_id": 0xC6336401,  # 198.51.100.1
        "ref_time_ns": _NOW_NS - 20 * 10**9,
        "offset": 9 / 2**20,
        "peer_delay": 3 / 2**10,
        "peer_dispersion": 7 / 2**20,
        "response_time": 5 / 2**16,
        "jitter_asymmetry": 1 / 2**6,
        "tests": NTPTests(0x3FF),
        "interleaved": False,
        "authenticated": True,
        "tx_timestamping": Timestamping.KERNEL,
        "rx_timestamping": Timestamping.KERNEL,
        "tx_messages": 120,
        "rx_messages": 118,
        "rx_valid": 117,
        "rx_good": 117,
        "kernel_tx_timestamps": 120,
        "kernel_rx_timestamps": 118,
        "hardware_tx_timestamps": 0,
        "hardware_rx_timestamps": 0,
    }
    return NTPData(**_with_one_time(defaults, overrides))


def make_server_stats(**overrides: Any) -> ServerStats:
    """Return the counts of a server of some 200000 requests, most of them interleaved."""
    defaults = {
        "ntp_received": 201_350,
        "nts_ke_accepted": 64,
        "commands_received": 5120,
        "ntp_dropped": 350,
        "nts_ke_dropped": 2,
        "commands_dropped": 0,
        "client_log_dropped": 0,
        "ntp_authenticated": 48_000,
        "ntp_interleaved": 150_000,
        "ntp_timestamps_held": 2048,
        "ntp_timestamp_span": 1024,
        "served_daemon_rx": 0,
        "served_daemon_tx": 51_000,
        "served_kernel_rx": 201_000,
        "served_kernel_tx": 150_000,
        "served_hardware_rx": 0,
        "served_hardware_tx": 0,
    }
    return ServerStats(**{**defaults, **overrides})


def make_client(
    *,
    address: str = _ADDRESS,
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
    return Client(
        address=address,
        ntp_received=ntp_received,
        nts_ke_accepted=nts_ke_accepted,
        commands_received=commands_received,
        ntp_dropped=ntp_dropped,
        nts_ke_dropped=nts_ke_dropped,
        commands_dropped=commands_dropped,
        ntp_interval=ntp_interval,
        nts_ke_interval=nts_ke_interval,
        commands_interval=commands_interval,
        ntp_limited_interval=ntp_limited_interval,
        last_ntp_ago=last_ntp_ago,
        last_nts_ke_ago=last_nts_ke_ago,
        last_command_ago=last_command_ago,
    )


def make_rtc_data(**overrides: Any) -> RTCData:
    """Return the estimate of a real-time clock 0.375 s fast that loses 2.5 ppm.

    Unless overridden too, `ref_time` and `ref_time_ns` follow each other.
    """
    defaults: dict[str, Any] = {
        "samples": 12,
        "runs": 6,
        "span": 7200,
        "offset": 0.375,
        "freq_offset": -2.5,
        "ref_time_ns": 1_767_225_600 * 10**9,
    }
    return RTCData(**_with_one_time(defaults, overrides))


def make_smoothing(**overrides: Any) -> Smoothing:
    """Return the smoothing of a clock that clients see 1/16 s ahead of, for 96.5 s more."""
    defaults: dict[str, Any] = {
        "active": True,
        "leap_only": False,
        "offset": 1 / 2**4,
        "freq_offset": -900.5,
        "wander": 9.5,
        "last_update_ago": 12.5,
        "remaining_time": 96.5,
    }
    return Smoothing(**{**defaults, **overrides})


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{field} must be a text, not {value!r}")
    return value


def _with_one_time(defaults: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """Leave the default time out where the other one is given, which it follows."""
    fields = {**defaults, **overrides}
    if "ref_time" in overrides and "ref_time_ns" not in overrides:
        del fields["ref_time_ns"]
    return fields


def _with_reference(defaults: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {**defaults, **overrides}
    if "address" not in fields:
        given = fields.get("reference_id")
        fields["address"] = _ADDRESS if given is None else reference_name_of(given)
    address = _text("address", fields["address"])
    if "reference_id" not in fields:
        fields["reference_id"] = reference_id_of(address)
    return fields
