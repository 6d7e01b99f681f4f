"""The judgment of live chronyds: for programs."""

from __future__ import annotations

import time

import pytest

from pychrony import Verdict, check
from tests.conftest import REFCLOCK_OFFSET, StartChronyd
from tests.support.chronyd import SERVER, Chronyd, client_of, run_chronyc
from tests.support.ports import free_port
from tests.support.repeated_answers import repeated_answers

ROUNDING = 1e-3  # seconds

pytestmark = pytest.mark.slow  # a process for each answer


def test_the_numbers_are_chronyds(synchronized_chronyd: Chronyd) -> None:
    with repeated_answers(synchronized_chronyd) as address:
        before = time.time()
        result = check(address, max_error=None, min_sources=1)
        after = time.time()
        row = run_chronyc(address, "-c", "tracking").stdout.split(",")

    assert result.verdict is Verdict.OK
    assert result.reference == row[1]
    updated = float(row[3])
    assert result.age is not None
    assert before - updated - ROUNDING <= result.age <= after - updated + ROUNDING
    bound = abs(float(row[4])) + float(row[11]) + float(row[10]) / 2  # the chronyc manual
    assert result.error_bound == pytest.approx(bound, abs=1e-8)


def test_an_offset_is_part_of_the_error_bound(refclock_chronyd: Chronyd) -> None:
    result = check(refclock_chronyd.udp4, max_error=REFCLOCK_OFFSET / 2, min_sources=1)

    assert result.verdict is Verdict.CRITICAL
    assert result.error_bound >= result.offset == pytest.approx(REFCLOCK_OFFSET, rel=0.5)


def test_a_clock_that_lost_its_sources_is_a_warning(
    start_chronyd: StartChronyd,
) -> None:
    port = free_port()
    server = start_chronyd(*SERVER, ntp_port=port)
    daemon = start_chronyd(*client_of(port, "127.0.0.1"))
    daemon.wait_synchronized()
    server.stop()
    daemon.wait_for(lambda: check(daemon.udp4, min_sources=1, max_age=0.5).usable_sources == 0)
    daemon.wait_for(lambda: (check(daemon.udp4).age or 0) > 1.5)

    # Its first measurements leave the clock's rate open, and the bound grows fast.
    result = check(daemon.udp4, max_error=None, min_sources=1, max_age=1)

    assert result.verdict is Verdict.WARNING
    assert [finding.code.name for finding in result.findings] == [
        "UPDATE_TOO_OLD",
        "TOO_FEW_SOURCES",
        "SELECTED_SOURCE_SILENT",
    ]
