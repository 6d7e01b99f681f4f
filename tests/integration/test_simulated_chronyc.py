"""The real chronyc prints what a simulated chronyd was given, of every version that it can read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from pychrony import (
    AuthMode,
    KeyType,
    LeapStatus,
    NTPData,
    NTPMode,
    NTPTests,
    SelectOptions,
    SelectState,
    SourceMode,
    SourceState,
    Timestamping,
)
from pychrony.testing import (
    SimulatedChronyd,
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
from tests.support.chronyc import NEVER, ROWS
from tests.support.chronyd import run_chronyc, temporary_directory
from tests.support.comparison import Rows, differences
from tests.support.extreme_records import LISTS, UNRESOLVED, VERSIONS, as_reported_by, knows
from tests.support.ports import loopback_addresses

COMMANDS = {
    "tracking": "tracking",
    "sources": "sources -a",
    "source_stats": "sourcestats -a",
    "select_data": "selectdata -a",
    "activity": "activity",
    "auth_data": "authdata -a",
    "ntp_data": "ntpdata",
    "server_stats": "serverstats",
    "clients": "clients",
    "rtc_data": "rtcdata",
    "smoothing": "smoothing",
}
CLOSED = ("select_data", "auth_data", "ntp_data", "server_stats", "clients")
MANY = (*LISTS, "clients")

# The first versions with each layout: chronyc reads that of its own version. To a newer one its
# request is too short, and an older one has a code that it does not expect.
LAYOUTS_SINCE = {"ntp_data": ("3.0", "4.6"), "server_stats": ("2.4", "4.0", "4.2", "4.4")}
TOO_NEW, TOO_OLD = "518 Packet length mismatch\n", "508 Bad reply from daemon\n"

RECORDS: dict[str, list[Any]] = {
    "tracking": [
        make_tracking(
            reference_ip="2001:db8::7",
            stratum=15,
            ref_time_ns=2**33 * 10**9 + 1,
            offset=-0.25,
            last_offset=0.125,
            rms_offset=0.0625,
            frequency=12.5,
            residual_freq=-0.5,
            skew=0.75,
            root_delay=0.03125,
            root_dispersion=0.015625,
            update_interval=1024.5,
            leap_status=LeapStatus.INSERT,
        ),
        make_tracking(reference_id=0x47505300, leap_status=LeapStatus.DELETE),
        make_tracking(reference_ip="ID#0000000001"),
        make_tracking(reference_ip="", stratum=0, leap_status=LeapStatus.UNSYNC, ref_time_ns=0),
    ],
    "sources": [
        make_source(address="GPS", stratum=0, poll=-2, state=SourceState.FALSETICKER),
        make_source(mode=SourceMode.PEER, orig_latest_meas=0.5, reachability=0o52),
        make_source(address="2001:db8::7", state=SourceState.JITTERY, last_sample_ago=None),
        make_source(address=UNRESOLVED, state=SourceState.NONSELECTABLE, reachability=0),
        make_source(address="192.0.2.2", state=SourceState.UNSELECTED, latest_meas=-1.5, poll=24),
        make_source(address="192.0.2.3", state=SourceState.SELECTABLE, latest_meas_err=2.5),
    ],
    "source_stats": [
        make_source_stats(address="GPS", samples=64, runs=32, span=16),
        make_source_stats(std_dev=0.5, resid_freq=-1.5, skew=2.5, offset=-3.5),
        make_source_stats(address=UNRESOLVED, samples=0, runs=0, span=0, std_dev=4.0, skew=2000.0),
    ],
    "select_data": [
        make_select_data(address="GPS", state=SelectState.IGNORED, score=0.5),
        make_select_data(leap_status=LeapStatus.DELETE, last_sample_ago=4000, low_limit=-5.0),
        make_select_data(
            address=UNRESOLVED,
            configured_options=SelectOptions.NOSELECT | SelectOptions.TRUST,
            effective_options=SelectOptions.PREFER | SelectOptions.REQUIRE,
            authentication=False,
            high_limit=7.5,
        ),
    ],
    "activity": [make_activity(online=5, offline=4, burst_online=3, burst_offline=2, unresolved=1)],
    "auth_data": [
        make_auth_data(attempts=3, nak=True, cookies=7, last_established_ago=None),
        make_auth_data(
            address="2001:db8::7",
            mode=AuthMode.SYMMETRIC_KEY,
            key_type=KeyType.AES128,
            key_id=2**32 - 1,
            key_length=128,
        ),
        make_auth_data(address=UNRESOLVED, mode=AuthMode.NONE, key_type=KeyType.NONE),
    ],
    "ntp_data": [
        make_ntp_data(
            leap_status=LeapStatus.INSERT,
            version=3,
            stratum=5,
            poll=-2,
            precision=-10,
            root_delay=0.5,
            root_dispersion=0.25,
            offset=-1.5,
            peer_delay=0.125,
            peer_dispersion=0.0625,
            response_time=0.03125,
            jitter_asymmetry=-0.5,
            tests=NTPTests(0x2A5),
            interleaved=True,
            authenticated=False,
            tx_timestamping=Timestamping.HARDWARE,
            rx_timestamping=Timestamping.DAEMON,
            tx_messages=9,
            rx_messages=8,
            rx_valid=7,
            rx_good=6,
            port=1123,
        ),
        make_ntp_data(
            address="2001:db8::7",
            local_address=None,
            mode=NTPMode.NONE,
            ref_time=None,
            tx_timestamping=Timestamping.NONE,
            rx_timestamping=Timestamping.NONE,
        ),
    ],
    "server_stats": [make_server_stats()],
    "clients": [
        make_client(),
        make_client(address="2001:db8::7", last_ntp_ago=None, ntp_limited_interval=-4),
        make_client(address="192.0.2.2", commands_received=5, commands_dropped=4),
        make_client(address="192.0.2.3", commands_interval=-128, last_command_ago=2**32 - 2),
        *(make_client(address=f"192.0.3.{host}", ntp_received=host) for host in range(20)),
    ],
    "rtc_data": [make_rtc_data(samples=1, runs=2, span=3), make_rtc_data(offset=-7200.5)],
    "smoothing": [
        make_smoothing(),
        make_smoothing(active=False, leap_only=True, wander=-0.5, freq_offset=3.5, offset=-0.25),
    ],
}


@pytest.fixture
def path() -> Iterator[str]:
    with temporary_directory() as folder:
        yield str(folder / "s")


def ask_chronyc(address: str, report: str) -> str:
    return run_chronyc(address, "-n", "-c", *COMMANDS[report].split()).stdout


def rows_of(printed: str) -> Rows:
    return [list(line.split(",")) for line in printed.splitlines()]


def rows_for(version: str, report: str, given: Any) -> Rows:
    records = as_reported_by(version, given if report in MANY else [given])
    if report == "ntp_data" and version < "4.3":
        records = [as_printed_before_4_3(record) for record in records]
    return [ROWS[type(record)](record) for record in records]


def as_printed_before_4_3(record: NTPData) -> NTPData:
    """Return a record with the number reserved for rx_good, and no address without a response."""
    address = "[UNSPEC]" if record.mode is NTPMode.NONE else record.address
    return replace(record, rx_good=NEVER, address=address)


@cache
def chronyc_version() -> str:
    [version] = re.findall(r"version (\d\.\d+)", run_chronyc("/", "-v").stdout)
    return version


def complaint(version: str, report: str) -> str:
    """Return what chronyc says where it cannot read the report of a version; else nothing."""
    if not knows(version, report):
        return "502 Invalid command\n"
    layouts = LAYOUTS_SINCE.get(report, ())
    ours, theirs = (sum(first <= v for first in layouts) for v in (chronyc_version(), version))
    return TOO_OLD if theirs < ours else TOO_NEW if theirs > ours else ""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("report", COMMANDS)
def test_each_record_is_printed_as_it_was_put_in(report: str, version: str, path: str) -> None:
    states = [RECORDS[report]] if report in MANY else RECORDS[report]
    lists: dict[str, Any] = {report: RECORDS[report]} if report in MANY else {}
    with SimulatedChronyd(version=version, address=path, **lists) as server:
        for state in states:
            setattr(server, report, state)
            printed = ask_chronyc(server.address, report)
            if expected := complaint(version, report):
                assert printed == expected
                continue
            found = rows_of(printed)
            assert differences(found, rows_for(version, report, state), found) == []


@pytest.mark.parametrize("address", [*loopback_addresses(), "path"])
@pytest.mark.parametrize("report", COMMANDS)
def test_defaults_are_printed_over_every_transport(report: str, address: str, path: str) -> None:
    place = path if address == "path" else address
    with SimulatedChronyd(version="4.3", address=place) as server:
        server.rtc_data, server.smoothing = make_rtc_data(), make_smoothing()
        printed = ask_chronyc(server.address, report)
        if expected := complaint("4.3", report):
            assert address != "path" or printed == expected
            return
        if report in CLOSED and address != "path":
            assert printed == "501 Not authorised\n"
            return
        found = rows_of(printed)
        expected = rows_for("4.3", report, getattr(server, report))

    assert differences(found, expected, found) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_chronyc_prints_the_names_of_sources(version: str) -> None:
    names = {"192.0.2.1": "ntp1.example.net", "2001:db8::7": None, UNRESOLVED: "nosuch.invalid"}
    sources = [make_source(address=address, name=name) for address, name in names.items()]
    with SimulatedChronyd(version=version, sources=sources) as server:
        for address, name in {**names, "192.0.2.9": "503 No such source"}.items():
            printed = run_chronyc(server.address, "-n", "-c", "sourcename", address).stdout
            expected = "502 Invalid command" if version < "4.0" else name or address
            assert printed == f"{expected}\n"


def test_chronyc_is_told_what_is_not_enabled() -> None:
    with SimulatedChronyd() as server:
        assert ask_chronyc(server.address, "rtc_data") == "513 RTC driver not running\n"
        assert ask_chronyc(server.address, "smoothing") == "505 Facility not enabled in daemon\n"


def test_chronyc_is_answered_what_open_commands_name() -> None:
    with SimulatedChronyd(open_commands=["selectdata"]) as server:
        assert len(ask_chronyc(server.address, "select_data").splitlines()) == 3
        assert ask_chronyc(server.address, "tracking") == "501 Not authorised\n"
