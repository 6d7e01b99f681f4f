"""Records in chronyc's CSV and units. All expected texts are what chronyc 4.3 to 4.8 printed."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from pychrony import (
    LeapStatus,
    NTPData,
    NTPMode,
    NTPTests,
    RTCData,
    ServerStats,
    Timestamping,
    TrackingStatus,
)
from pychrony._cli.as_csv import csv_lines
from pychrony._cli.as_text import text_lines
from pychrony._cli.terminal import cut, printable
from pychrony._units import short_age, short_seconds, signed_seconds
from pychrony.testing import make_source, make_source_stats, make_tracking


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0.0, "+0ns"), (1e-10, "+0ns"), (-1e-10, "-0ns"), (1e-9, "+1ns"), (4.6e-9, "+5ns")),
        *((99.6e-9, "+100ns"), (9.9994e-6, "+9999ns"), (9.9996e-6, "+10us"), (1e-5, "+10us")),
        *((9.9994e-3, "+9999us"), (9.9996e-3, "+10ms"), (1.0, "+1000ms"), (-9.9994, "-9999ms")),
        *((9.9996, "+10.0s"), (99.5, "+99.5s"), (999.4, "+999.4s"), (999.6, "+1000s")),
        *((-9999.4, "-9999s"), (1e4, "+10000s"), (99999.494, "+99999s"), (99999.6, "+1667m")),
        *((1e6, "+16667m"), (5999969.69, "+99999m"), (5999971.0, "+1667h")),
        *((359998190.0, "+99999h"), (359998201.0, "+4167d"), (1e9, "+11574d")),
        *((8639956414.0, "+99999d"), (8639956801.0, "+274y"), (-1e12, "-31710y")),
    ],
)
def test_seconds_are_in_chronycs_units(seconds: float, text: str) -> None:
    assert short_seconds(seconds, "+") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0ns"),
        (-1e-10, "0ns"),
        (4e-10, "0ns"),
        (-6e-10, "-1ns"),
        (1e-9, "+1ns"),
    ],
)
def test_what_is_below_a_nanosecond_has_no_sign(seconds: float, text: str) -> None:
    assert signed_seconds(seconds) == text


@pytest.mark.parametrize("offset", [-3e-10, 0.0, 4e-10])
def test_what_is_below_a_nanosecond_has_no_direction(offset: float) -> None:
    source = make_source(latest_meas=offset, orig_latest_meas=offset)
    stats = make_source_stats(offset=offset, resid_freq=offset)
    tracking = make_tracking(last_offset=offset)
    lines = [
        *text_lines("sources", [source], color=False),
        *text_lines("sourcestats", [stats], color=False),
        *(line for line in text_lines("tracking", [tracking], color=False) if "Last" in line),
    ]

    assert not re.search("fast|slow|-0ns|[+]0ns", "\n".join(lines))
    assert "    0ns[    0ns] +/- " in lines[2]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((None, "-"), (0, "0s"), (1199, "1199s"), (1200, "20m"), (7201, "120m"), (35999, "599m")),
        *((36000, "10h"), (345599, "95h"), (345600, "4d"), (86399999, "999d"), (86400000, "2y")),
        *((315360000, "10y"), (4294967294, "136y")),
    ],
)
def test_ages_are_in_chronycs_units_with_seconds_named(seconds: int | None, text: str) -> None:
    assert short_age(seconds) == text


# By the version of chronyd that counts so much.
SERVER_STATS = {
    "3.5": "597,0,34,0,0",
    "4.0": "602,0,43,0,0,0,0,84",
    "4.2": "632,0,43,0,0,1,0,112,26,27,43",
    "4.8": "642,0,43,0,0,1,0,117,28,29,44,0,614,642,28,0,0",
}
SERVER_COUNTS = (
    *("ntp_received", "ntp_dropped", "commands_received", "commands_dropped"),
    *("client_log_dropped", "nts_ke_accepted", "nts_ke_dropped", "ntp_authenticated"),
    *("ntp_interleaved", "ntp_timestamps_held", "ntp_timestamp_span", "served_daemon_rx"),
    *("served_daemon_tx", "served_kernel_rx", "served_kernel_tx", "served_hardware_rx"),
    "served_hardware_tx",
)


@pytest.mark.parametrize("version", SERVER_STATS)
def test_server_stats_have_as_many_columns_as_chronyc_of_that_version(version: str) -> None:
    line = SERVER_STATS[version]
    counts: dict[str, Any] = dict.fromkeys(SERVER_COUNTS)
    counts |= zip(SERVER_COUNTS, map(int, line.split(",")), strict=False)

    assert list(csv_lines("serverstats", [ServerStats(**counts)])) == [line]


# What chronyd 4.8 said of the first source of tests/vectors' client.
NTP = NTPData(
    address="127.0.0.2",
    local_address="127.0.0.1",
    port=12100,
    leap_status=LeapStatus.NORMAL,
    version=4,
    mode=NTPMode.SERVER,
    stratum=8,
    poll=-2,
    precision=-25,
    root_delay=0.0,
    root_dispersion=0.0,
    reference_id=0x7F7F01FF,
    offset=-0.000001611,
    peer_delay=0.000006577,
    ref_time=1795361513.8393416,
    ref_time_ns=1_795_361_513_839_341_552,
    peer_dispersion=0.000000054,
    response_time=0.00005207,
    jitter_asymmetry=0.36,
    tests=NTPTests(0x3FF),
    interleaved=False,
    authenticated=False,
    tx_timestamping=Timestamping.KERNEL,
    rx_timestamping=Timestamping.KERNEL,
    tx_messages=187,
    rx_messages=187,
    rx_valid=187,
    rx_good=161,
    kernel_tx_timestamps=187,
    kernel_rx_timestamps=187,
    hardware_tx_timestamps=0,
    hardware_rx_timestamps=0,
)
NTP_LINE = (
    "127.0.0.2,7F000002,12100,127.0.0.1,7F000001,Normal,4,Server,8,-2,0,-25,0.000000030,"
    "0.000000,0.000000,7F7F01FF,,1795361513.839341552,-0.000001611,0.000006577,0.000000054,"
    "0.000052070,0.36,111,111,1111,No,No,Kernel,Kernel,187,187,187"
)
NO_TIMESTAMP_COUNTS: dict[str, Any] = dict.fromkeys(
    (
        *("kernel_tx_timestamps", "kernel_rx_timestamps"),
        *("hardware_tx_timestamps", "hardware_rx_timestamps"),
    )
)


def test_ntp_data_have_as_many_columns_as_chronyc_of_that_version() -> None:
    before_4_6 = replace(NTP, **NO_TIMESTAMP_COUNTS)
    versions = [NTP, before_4_6, replace(before_4_6, rx_good=None)]

    lines = list(csv_lines("ntpdata", versions))

    assert lines == [f"{NTP_LINE},161,187,187,0,0", f"{NTP_LINE},161", NTP_LINE]


def test_an_ipv6_address_has_the_reference_id_that_chronyc_gives_it() -> None:
    [line] = csv_lines("ntpdata", [replace(NTP, address="::1", local_address=None)])

    assert line.startswith("::1,CF404DC8,12100,[UNSPEC],00000000,Normal,")


RTC = RTCData(
    ref_time=1795377981.4988106,
    ref_time_ns=1_795_377_981_498_810_599,
    samples=10,
    runs=5,
    span=5490,
    offset=1.632736,
    freq_offset=-107.623,
)


def test_rtc_data_are_chronycs() -> None:
    text = "\n".join(text_lines("rtcdata", [RTC], color=False))

    assert list(csv_lines("rtcdata", [RTC])) == ["1795377981.498810599,10,5,5490,1.632736,-107.623"]
    assert text == (
        "RTC ref time (UTC) : Sun Nov 22 20:06:21 2026\n"
        "Number of samples  : 10\n"
        "Number of runs     : 5\n"
        "Sample span period : 91m\n"
        "RTC is fast by     : +1.632736 seconds fast\n"
        "RTC gains time at  : -107.623 ppm slow"
    )


def test_tracking_before_the_first_synchronization_is_chronycs() -> None:
    never = TrackingStatus(
        reference_id=0,
        reference_id_name="",
        reference_ip="",
        stratum=0,
        leap_status=LeapStatus.UNSYNC,
        ref_time=0.0,
        ref_time_ns=0,
        offset=0.0,
        last_offset=0.0,
        rms_offset=0.0,
        frequency=0.0,
        residual_freq=0.0,
        skew=0.0,
        root_delay=1.0,
        root_dispersion=1.0,
        update_interval=0.0,
    )

    assert list(csv_lines("tracking", [never])) == [
        "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,"
        "1.000000000,1.000000000,0.0,Not synchronised"
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[31mb", "a?[31mb"),
        ("a\nb\tc\0", "a?b?c?"),
        ("\x9b31m", "?31m"),
        ("abc\u202egnp", "abc?gnp"),
        ("\udc80", "?"),
        ("zeit.bücher.example", "zeit.bücher.example"),
    ],
)
def test_what_is_no_character_is_shown_as_a_question_mark(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_line_is_cut_to_the_window_but_not_its_colors() -> None:
    assert cut("\x1b[31mabc\x1b[0mdef", 2) == "\x1b[31ma>\x1b[0m"
    assert cut("\x1b[31mabc\x1b[0mdef", 4) == "\x1b[31mabc\x1b[0m>"
    assert cut("abc", 3) == "abc"
    assert cut("abc", 0) == ""
