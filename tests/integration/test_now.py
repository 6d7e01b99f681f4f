"""`pychrony now` beside chronyc, which is asked for the same report before and after."""

from __future__ import annotations

import json
import time

from pychrony import bounded_now
from tests.conftest import PickAddress
from tests.support.chronyd import Chronyd
from tests.support.command_line import run

SLACK = 0.005  # seconds: chronyd lets the bound grow between two looks
ROUNDING = 2e-9  # chronyc has nine digits


def bound_by_chronyc(daemon: Chronyd) -> float:
    """Return |offset| + root dispersion + root delay / 2, as chronyc's manual has it."""
    row = daemon.chronyc("tracking").split(",")
    offset, delay, dispersion = float(row[4]), float(row[10]), float(row[11])
    return abs(offset) + dispersion + delay / 2


def test_the_error_is_that_of_chronyc_and_what_has_passed_since(
    synchronized_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    address = pick_address(synchronized_chronyd)
    for _ in range(30):  # the source may be measured in between
        before = bound_by_chronyc(synchronized_chronyd)
        started = time.time_ns()
        found = json.loads(run("now", "--json", "-h", address).stdout)
        ended = time.time_ns()
        after = bound_by_chronyc(synchronized_chronyd)
        if before <= after:
            break

    assert before - ROUNDING <= found["error_ns"] / 1e9 <= after + SLACK
    assert started <= (found["earliest_ns"] + found["latest_ns"]) // 2 <= ended
    assert found["status"] == "SYNCHRONIZED"


def test_a_program_gets_the_same(synchronized_chronyd: Chronyd) -> None:
    interval = bounded_now(synchronized_chronyd.socket_path)
    after = bound_by_chronyc(synchronized_chronyd)

    assert 0 < interval.error_ns / 1e9 < after + SLACK


def test_a_clock_that_follows_only_itself_tells_no_time(local_chronyd: Chronyd) -> None:
    result = run("now", "-h", local_chronyd.socket_path)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "pychrony: the time is not known: the clock follows only itself (local): "
        "`pychrony explain` tells why\n"
    )


def test_a_clock_that_follows_nothing_tells_no_time(unsynchronized_chronyd: Chronyd) -> None:
    result = run("now", "-h", unsynchronized_chronyd.socket_path)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "pychrony: the time is not known: the clock is not synchronized: "
        "`pychrony explain` tells why\n"
    )
