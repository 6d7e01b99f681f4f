"""`pychrony now` beside chronyc, which is asked for the same report before and after."""

from __future__ import annotations

import json
import time

from pychrony import bounded_now
from tests.conftest import PickAddress
from tests.integration.conftest import error_bound_by_chronyc
from tests.support.chronyd import Chronyd
from tests.support.command_line import run

SLACK = 0.005  # seconds: chronyd lets the bound grow between two looks


def test_the_error_is_that_of_chronyc_and_what_has_passed_since(
    quiet_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    before = error_bound_by_chronyc(quiet_chronyd)
    started = time.time_ns()
    found = json.loads(run("now", "--json", "-h", pick_address(quiet_chronyd)).stdout)
    ended = time.time_ns()
    after = error_bound_by_chronyc(quiet_chronyd)

    # chronyd works off the offset meanwhile, which is a part of it.
    assert 0.5 * before <= found["error_ns"] / 1e9 <= after + SLACK
    assert started <= (found["earliest_ns"] + found["latest_ns"]) // 2 <= ended
    assert found["status"] == "SYNCHRONIZED"


def test_a_program_gets_the_same(quiet_chronyd: Chronyd) -> None:
    interval = bounded_now(quiet_chronyd.socket_path)
    after = error_bound_by_chronyc(quiet_chronyd)

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
