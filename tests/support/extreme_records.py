"""Records that go to the ends of what chronyd can report, and what each version makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from pychrony import (
    AuthMode,
    KeyType,
    LeapStatus,
    NTPMode,
    NTPTests,
    SelectOptions,
    SelectState,
    SourceState,
    Timestamping,
)
from pychrony.testing import (
    make_activity,
    make_auth_data,
    make_client,
    make_ntp_data,
    make_rtc_data,
    make_select_data,
    make_server_stats,
    make_smoothing,
    make_source,
    make_source_stats,
    make_tracking,
)

VERSIONS = ("2.4", *(f"3.{n}" for n in range(6)), *(f"4.{n}" for n in range(9)))

# chronyd-protocol.md 4.1: the ends of its floats.
LARGEST, LOWEST, SMALLEST = 16777215 * 2.0**38, -(2.0**62), 2.0**-89
U16, U32, U64 = 2**16 - 1, 2**32 - 1, 2**64 - 1
IPV4, IPV6, UNRESOLVED, CLOCK = "192.0.2.1", "2001:db8::1", "ID#4294967295", "GPS"
GPS = 0x47505300

TRACKING = [
    make_tracking(),
    make_tracking(reference_ip=IPV6, leap_status=LeapStatus.INSERT, offset=LARGEST, skew=SMALLEST),
    make_tracking(reference_id=GPS, leap_status=LeapStatus(U16), stratum=U16, offset=LOWEST),
    make_tracking(reference_id=0x7F7F0101, ref_time_ns=(2**33 + 1) * 10**9 - 1),
    make_tracking(reference_ip="", stratum=0, leap_status=LeapStatus.UNSYNC, ref_time_ns=0),
    make_tracking(reference_id=0x01020304),
]
SOURCES = [
    make_source(address=CLOCK, stratum=0, name=None),
    make_source(address=IPV4, poll=-2, state=SourceState(77), name="ntp1.example.net"),
    make_source(address=IPV6, poll=32767, last_sample_ago=None, reachability=0, name="ü"),
    make_source(address=UNRESOLVED, poll=-32768, stratum=U16, last_sample_ago=0, name="x" * 255),
    make_source(address="192.0.2.4", latest_meas=LOWEST, latest_meas_err=LARGEST, flags=0),
]
SOURCE_STATS = [
    make_source_stats(address=CLOCK),
    make_source_stats(address=IPV4, samples=U32, runs=U32, span=U32, name="ntp1.example.net"),
    make_source_stats(address=IPV6, std_dev=4.0, skew=2000.0, samples=0, name="ü"),
    make_source_stats(address=UNRESOLVED, offset=LOWEST, offset_err=SMALLEST, name="x" * 255),
    make_source_stats(address="192.0.2.4", reference_id=1),
]
SELECT_DATA = [
    make_select_data(address=CLOCK, state=SelectState("r")),
    make_select_data(address=IPV4, configured_options=SelectOptions(15), name="ntp1.example.net"),
    make_select_data(address=IPV6, effective_options=SelectOptions(U16), score=LARGEST, name="ü"),
    make_select_data(
        address=UNRESOLVED, last_sample_ago=U32, leap_status=LeapStatus(255), name="x" * 255
    ),
    make_select_data(address="192.0.2.4", authentication=False, low_limit=LOWEST),
]
AUTH_DATA = [
    make_auth_data(address=IPV4, mode=AuthMode(U16), key_type=KeyType(U16), nak=True),
    make_auth_data(address=IPV6, mode=AuthMode.NONE, last_established_ago=None, key_id=U32),
    make_auth_data(address=UNRESOLVED, key_length=U16, attempts=U16, last_established_ago=U32 - 1),
    make_auth_data(address="192.0.2.4", cookies=U16, cookie_length=U16),
]
NTP_DATA = [
    make_ntp_data(address=IPV4, tests=NTPTests(0x2A5), interleaved=True, authenticated=False),
    make_ntp_data(
        address=IPV6,
        local_address=None,
        mode=NTPMode.NONE,
        port=0,
        ref_time=None,
        tx_timestamping=Timestamping.NONE,
        rx_timestamping=Timestamping("Q"),
        rx_good=0,
    ),
    make_ntp_data(address=UNRESOLVED, port=U16, mode=NTPMode(255), poll=-128, precision=127),
    make_ntp_data(address="192.0.2.4", rx_good=None, tx_messages=U32, kernel_tx_timestamps=U32),
]
SERVER_STATS = [
    make_server_stats(),
    make_server_stats(**dict.fromkeys((f.name for f in fields(make_server_stats())), U32)),
]
EVERYTHING: dict[str, list[Any]] = {
    "tracking": TRACKING,
    "sources": SOURCES,
    "source_stats": SOURCE_STATS,
    "select_data": SELECT_DATA,
    "activity": [make_activity(), make_activity(online=U32, unresolved=U32)],
    "auth_data": AUTH_DATA,
    "ntp_data": NTP_DATA,
    "server_stats": SERVER_STATS,
    "rtc_data": [make_rtc_data(), make_rtc_data(samples=U16, span=U32, ref_time=0.0), None],
    "smoothing": [make_smoothing(), make_smoothing(active=False, leap_only=True), None],
}
MAKERS: dict[str, Callable[..., Any]] = {
    "tracking": make_tracking,
    "sources": make_source,
    "source_stats": make_source_stats,
    "select_data": make_select_data,
    "activity": make_activity,
    "auth_data": make_auth_data,
    "ntp_data": make_ntp_data,
    "server_stats": make_server_stats,
    "clients": make_client,
    "rtc_data": make_rtc_data,
    "smoothing": make_smoothing,
}

# Where a report's records are, by libchrony's name for it.
ATTRIBUTES = {
    "tracking": "tracking",
    "sources": "sources",
    "sourcestats": "source_stats",
    "selectdata": "select_data",
    "activity": "activity",
    "authdata": "auth_data",
    "ntpdata": "ntp_data",
    "serverstats": "server_stats",
    "rtcdata": "rtc_data",
    "smoothing": "smoothing",
}
LISTS = ("sources", "source_stats", "select_data", "auth_data", "ntp_data")

# chronyd-protocol.md 6 and 7.
REPORTED_SINCE = {"ntp_data": "3.0", "select_data": "4.0", "auth_data": "4.0", "clients": "4.0"}
FIELDS_SINCE = {
    "nts_ke_accepted": "4.0",
    "nts_ke_dropped": "4.0",
    "ntp_authenticated": "4.0",
    "ntp_interleaved": "4.2",
    "ntp_timestamps_held": "4.2",
    "ntp_timestamp_span": "4.2",
    "served_daemon_rx": "4.4",
    "served_daemon_tx": "4.4",
    "served_kernel_rx": "4.4",
    "served_kernel_tx": "4.4",
    "served_hardware_rx": "4.4",
    "served_hardware_tx": "4.4",
    "rx_good": "4.3",
    "kernel_tx_timestamps": "4.6",
    "kernel_rx_timestamps": "4.6",
    "hardware_tx_timestamps": "4.6",
    "hardware_rx_timestamps": "4.6",
}


def knows(version: str, report: str) -> bool:
    return REPORTED_SINCE.get(report, "") <= version


def as_reported_by(version: str, given: Any) -> Any:
    """Return what is read from a chronyd that has this to report: a record, or a list of them."""
    if isinstance(given, (list, tuple)):
        # Before 4.0, sources that are not resolved are not there.
        return [
            as_reported_by(version, record)
            for record in given
            if version >= "4.0" or getattr(record, "address", "") != UNRESOLVED
        ]
    unknown = [f for f, since in FIELDS_SINCE.items() if since > version and hasattr(given, f)]
    return replace(given, **dict.fromkeys(unknown)) if unknown else given
