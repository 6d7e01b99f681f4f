"""`pychrony explain`: what helps against a finding fits what is known of the sources."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pychrony import (
    AuthMode,
    LeapStatus,
    NTPTests,
    SelectState,
    Source,
    SourceMode,
    SourceState,
    TrackingStatus,
)
from pychrony.testing import (
    SimulatedChronyd,
    make_auth_data,
    make_ntp_data,
    make_select_data,
    make_source,
    make_tracking,
)
from tests.support.command_line import run

EVERYTHING = ("tracking", "sources", "sourcestats", "selectdata", "authdata", "activity", "ntpdata")
SILENT = make_source(state=SourceState.NONSELECTABLE, reachability=0, last_sample_ago=None)
LOST = replace(SILENT, last_sample_ago=700)
FIREWALL = "whether a firewall blocks NTP"
SEE_BELOW = "See below what is wrong with each source."


def explain(address: str, *options: str) -> str:
    """Return the text in one line."""
    return " ".join(run("explain", "-h", address, *options).stdout.split())


@pytest.mark.parametrize("source", [SILENT, LOST])
def test_silence_may_come_from_a_firewall(source: Source) -> None:
    with SimulatedChronyd(sources=[source]) as server:
        assert FIREWALL in explain(server.address)


def test_a_server_that_answers_is_not_blocked_by_a_firewall() -> None:
    unsynchronized = make_ntp_data(leap_status=LeapStatus.UNSYNC, tests=~NTPTests.TEST6)
    with SimulatedChronyd(
        sources=[SILENT],
        ntp_data=[unsynchronized],
        version="4.8",
        open_commands=EVERYTHING,
    ) as server:
        text = explain(server.address)

    assert "gives no usable answer (it last said that it is not synchronized)" in text
    assert f"No usable answer has come lately. {SEE_BELOW}" in text
    assert FIREWALL not in text


def test_a_reference_clock_is_not_blocked_by_a_firewall() -> None:
    clock = replace(SILENT, address="GPS", mode=SourceMode.REFCLOCK)
    with SimulatedChronyd(sources=[clock]) as server:
        text = explain(server.address)

    assert "GPS gives no samples" in text
    assert FIREWALL not in text


@pytest.mark.parametrize(
    "tracking",
    [
        make_tracking(leap_status=LeapStatus.UNSYNC),
        make_tracking(reference_id=0x7F7F0101, reference_ip=""),
    ],
)
def test_without_sources_nothing_refers_to_them(tracking: TrackingStatus) -> None:
    with SimulatedChronyd(tracking, sources=[]) as server:
        text = explain(server.address)
        document = json.loads(run("explain", "--json", "-h", server.address).stdout)

    assert "no source is configured" in text
    assert SEE_BELOW not in text
    assert document["findings"][0]["remedy"] is None


def test_none_that_is_left_cannot_fail() -> None:
    with SimulatedChronyd(sources=[make_source(reachability=0, last_sample_ago=90)]) as server:
        none = explain(server.address)
    with SimulatedChronyd(sources=[make_source()]) as server:
        one = explain(server.address, "--min-sources", "2")

    assert "No source is left that could correct the clock." in none
    assert "If one more fails, the clock may be left without a source." in one


@pytest.mark.parametrize(
    "options",
    [
        ("--max-error", "1e-9,"),
        ("--max-offset", "1e-12,"),
        ("--max-skew", "1e-6,"),
        ("--max-stratum", "1,"),
    ],
)
def test_a_clock_that_is_warned_of_is_not_called_good(options: tuple[str, str]) -> None:
    with SimulatedChronyd() as server:
        text = explain(server.address, *options)
        sources = explain(server.address, "--min-sources", "9")

    assert text.startswith("WARNING: the clock is not as good as it should be.")
    assert sources.startswith("WARNING: the clock is good, but what keeps it so is not.")


def test_a_silent_source_with_a_key_may_have_another_key() -> None:
    with SimulatedChronyd(
        sources=[SILENT],
        auth_data=[make_auth_data(mode=AuthMode.SYMMETRIC_KEY, key_id=7, key_length=128)],
        ntp_data=[make_ntp_data(rx_messages=0)],
        version="4.8",
        open_commands=EVERYTHING,
    ) as server:
        text = explain(server.address)

    assert "nothing came back" in text
    assert "Check that key 7 is the same on both sides" in text


def test_the_only_source_is_not_older_than_others() -> None:
    stale = make_select_data(state=SelectState.STALE)
    with SimulatedChronyd(
        sources=[LOST], select_data=[stale], version="4.8", open_commands=EVERYTHING
    ) as server:
        text = explain(server.address)

    assert "It has answered before, but not in its last eight polls" in text
    assert "older than those of other sources" not in text
    assert "0 of 1 source is used: 1 silent by now." in text
