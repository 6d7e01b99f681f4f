"""BoundedClock where chronyd is silent, gone, or follows nothing: what is told, and why not."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest

from pychrony import (
    BoundedClock,
    ChronyConnectionError,
    ChronyError,
    ChronyTimeoutError,
    ClockStatus,
    ClockUnknownError,
    TrackingStatus,
    bounded_now,
)
from pychrony.models import LeapStatus
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.chronyd import wait_for
from tests.support.good_clocks import BOUND_NS, PATIENCE, good_tracking
from tests.support.ports import free_port

UNSYNCHRONIZED = good_tracking(leap_status=LeapStatus.UNSYNC)
LOCAL = good_tracking(reference_id=0x7F7F0101, reference_ip="", stratum=8)
SILENT = Faults(silent=True)


def wait_for_status(clock: BoundedClock, status: ClockStatus) -> None:
    wait_for(lambda: clock.status is status)


@pytest.mark.parametrize(
    ("tracking", "reason"),
    [
        (UNSYNCHRONIZED, "the time is not known: the clock is not synchronized: {why}"),
        (LOCAL, "the time is not known: the clock follows only itself (local): {why}"),
    ],
)
def test_a_clock_that_follows_nothing_has_no_bound(
    tracking: TrackingStatus, reason: str, server: SimulatedChronyd
) -> None:
    server.tracking = tracking
    reason = reason.format(why="`pychrony explain` tells why")

    with pytest.raises(ClockUnknownError, match=f"^{re.escape(reason)}$"):
        bounded_now(server.address, timeout=PATIENCE)
    with BoundedClock(server.address, timeout=PATIENCE) as clock:
        assert clock.status is ClockStatus.UNKNOWN
        with pytest.raises(ClockUnknownError, match=re.escape(reason)):
            clock.now()


def test_where_nothing_listens_the_message_says_so_and_the_cause_is_kept() -> None:
    address = f"127.0.0.1:{free_port()}"

    with pytest.raises(ClockUnknownError, match=r"chronyd cannot be asked: .*refused") as caught:
        bounded_now(address)
    assert isinstance(caught.value, ChronyError)
    assert isinstance(caught.value.__cause__, ChronyConnectionError)


def test_where_chronyd_is_silent_the_message_says_so(server: SimulatedChronyd) -> None:
    server.faults = SILENT

    with pytest.raises(ClockUnknownError, match="chronyd cannot be asked") as caught:
        bounded_now(server.address, timeout=0.1)
    assert isinstance(caught.value.__cause__, ChronyTimeoutError)


@pytest.mark.parametrize("trouble", ["silence", "end", "loss", "local"])
def test_in_a_block_the_last_bound_is_grown_and_comes_back(
    trouble: str, server: SimulatedChronyd
) -> None:
    with BoundedClock(server.address, refresh=0.005, timeout=0.5, max_drift=1000) as clock:
        wait_for_status(clock, ClockStatus.SYNCHRONIZED)
        if trouble == "silence":
            server.faults = SILENT
        elif trouble == "end":
            server.stop()
        else:
            server.tracking = UNSYNCHRONIZED if trouble == "loss" else LOCAL
        while (first := clock.now()).status is not ClockStatus.FREE_RUNNING:
            time.sleep(0.001)
        wait_for(lambda: clock.now().error_ns > first.error_ns + 10_000)  # 10 ms later
        assert first.error_ns > BOUND_NS

        server.faults = Faults()
        server.tracking = good_tracking()
        if trouble == "end":
            server.start()
        wait_for_status(clock, ClockStatus.SYNCHRONIZED)
        clock.now()


@pytest.mark.parametrize("in_block", [True, False])
def test_a_report_older_than_max_age_is_of_no_use(in_block: bool, server: SimulatedChronyd) -> None:
    clock = BoundedClock(server.address, timeout=PATIENCE, refresh=0.005, max_age=2.5)
    if in_block:
        clock.__enter__()
    clock.now()
    asked = time.monotonic()
    server.stop()
    try:
        wait_for_status(clock, ClockStatus.UNKNOWN)
        if in_block:
            assert time.monotonic() - asked > 0.5  # the report was no older than two seconds
        wait_for(lambda: time.monotonic() - asked > 2.6)
        reason = r"the last good report is older than max_age \(2.5 s\): chronyd cannot be asked"
        with pytest.raises(ClockUnknownError, match=reason) as caught:
            clock.now()
        assert isinstance(caught.value.__cause__, ChronyConnectionError)
    finally:
        if in_block:
            clock.__exit__(None, None, None)


def test_without_a_block_a_clock_runs_free_too(server: SimulatedChronyd) -> None:
    clock = BoundedClock(server.address, timeout=PATIENCE, refresh=1e-6)
    clock.now()
    server.stop()

    assert clock.now().status is ClockStatus.FREE_RUNNING


def test_a_clock_not_updated_for_long_runs_free(server: SimulatedChronyd) -> None:
    server.tracking = good_tracking(ref_time_ns=time.time_ns() - 3600 * 10**9, update_interval=16.0)

    assert bounded_now(server.address, timeout=PATIENCE).status is ClockStatus.FREE_RUNNING


def test_a_block_may_begin_before_chronyd_does(server: SimulatedChronyd) -> None:
    server.stop()
    with BoundedClock(server.address, refresh=0.005, timeout=PATIENCE) as clock:
        assert clock.status is ClockStatus.UNKNOWN
        server.start()
        wait_for_status(clock, ClockStatus.SYNCHRONIZED)
        clock.now()


@pytest.mark.parametrize(
    "address",
    [
        *("192.0.2.1", "192.0.2.1:323", "[2001:db8::1]:323", "udp:192.0.2.1"),
        *("127.0.0.1,192.0.2.1", "127.example", "127.0.0.1.example:323", "localhost.example"),
    ],
)
def test_the_chronyd_of_another_computer_is_refused(address: str) -> None:
    """Its clock is not the one that is read here."""
    for make in (BoundedClock, bounded_now):
        with pytest.raises(ValueError, match=r"is another computer.* path or 127\.0\.0\.1$"):
            make(address)


@pytest.mark.parametrize(
    "address", [None, "127.0.0.1", "localhost", "LOCALHOST", "[::1]:323", "/c.sock"]
)
def test_the_chronyd_of_this_computer_is_taken(address: str | None) -> None:
    assert BoundedClock(address).status is ClockStatus.UNKNOWN


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(
            (option, value)
            for option in ("refresh", "max_age", "timeout")
            for value in (0, -1, True, "1")
        ),
        *(("max_drift", value) for value in (-1, 1e6, True, float("nan"), "50", None)),
        *(("extra_error", value) for value in (-1e-9, 1e7, True, float("inf"), float("nan"), "0")),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(option: str, value: Any) -> None:
    with pytest.raises(ValueError, match=option):
        BoundedClock(**{option: value})


@pytest.mark.parametrize("refresh", [1e10, 1.7e308, 10**400])
def test_a_refresh_that_never_comes_is_taken(refresh: float, server: SimulatedChronyd) -> None:
    clock = BoundedClock(server.address, timeout=PATIENCE, refresh=refresh, max_age=refresh)
    clock.now()
    with clock:
        clock.now()
        thread = clock._keeper
        assert isinstance(thread, threading.Thread)
        thread.join(0.05)
        assert thread.is_alive()
