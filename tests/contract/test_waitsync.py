"""What `waitsync` says while it waits, and what ends it, on a simulated chronyd."""

from __future__ import annotations

import re

import pytest

from pychrony import LeapStatus
from pychrony.testing import Faults, SimulatedChronyd, make_tracking
from tests.support.chronyd import wait_for
from tests.support.command_line import PATIENCE, PYCHRONY, run, started
from tests.support.ports import free_port

# Right after the first update: chronyd does not know the clock's rate yet.
FIRST_UPDATE = make_tracking(skew=1e6, root_dispersion=3850.0)


def test_a_clock_right_after_its_first_update_is_not_good_enough() -> None:
    with SimulatedChronyd(FIRST_UPDATE) as server:
        result = run("waitsync", "-h", server.address, "1")
        any_bound = run("waitsync", "-h", server.address, "1", "--max-error", "1e4")

    assert (result.returncode, result.stdout) == (1, "")
    assert (
        "the clock is not good enough after 1 try: error bound 3850s, more than " in result.stderr
    )
    assert any_bound.returncode == 0
    assert any_bound.stdout.startswith("error bound 3850s, last update ")


@pytest.mark.parametrize(("bound", "status"), [(0.999, 0), (1.001, 1)])
def test_the_bound_is_a_second_unless_given(bound: float, status: int) -> None:
    tracking = make_tracking(root_dispersion=bound, root_delay=0.0, offset=0.0)
    with SimulatedChronyd(tracking) as server:
        assert run("waitsync", "-h", server.address, "1").returncode == status


def test_each_change_of_state_is_a_line_and_the_first_look_is_one() -> None:
    address = f"127.0.0.1:{free_port()}"  # where nobody else listens once it has stopped
    with SimulatedChronyd(FIRST_UPDATE, address=address) as server:
        command = [*PYCHRONY, "waitsync", "-h", server.address, "--interval", "0.1"]
        with started(command) as process:
            assert process.stderr is not None
            first = process.stderr.readline()
            server.tracking = make_tracking(skew=1e6, root_dispersion=3851.0)
            _wait_for_looks(server)
            server.tracking = make_tracking(leap_status=LeapStatus.UNSYNC)
            second = process.stderr.readline()
            _wait_for_looks(server)
            server.stop()
            third = process.stderr.readline()
            process.terminate()
            output, rest = process.communicate(timeout=PATIENCE)

    assert re.match(r"pychrony: waiting for \d+s: error bound 3850s, more than ", first)
    assert "not synchronized" in second
    assert "Connection refused" in third
    assert (output, rest) == ("", "")


def _wait_for_looks(server: SimulatedChronyd) -> None:
    """Return once the clock was looked at again, and judged by what the server has now."""
    seen = server.requests
    wait_for(lambda: server.requests > seen + 12)


@pytest.mark.parametrize("tries", [(), ("5", "0", "0", "0.1")])
@pytest.mark.parametrize("faults", [Faults(status=2), Faults(truncate=60)])
def test_a_chronyd_that_refuses_or_is_not_understood_ends_it(
    faults: Faults, tries: tuple[str, ...]
) -> None:
    with SimulatedChronyd(faults=faults) as server:
        result = run("waitsync", "-h", server.address, "-t", "20", *tries)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"pychrony: {server.address}: tracking: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        ("-t", "0"),
        ("--max-error", "x"),
        ("--max-error", "0"),
        ("--max-skew", "0"),
        ("--max-age", "3"),
        ("--interval", "0"),
        ("-N",),
        ("x",),
        ("-1",),
        ("1.5",),
        ("1", "-1"),
        ("1", "nan"),
        ("1", "0", "0", "1", "9"),
        ("1", "0.1", "--max-offset", "0.1"),
        ("1", "0", "0", "1", "--interval", "1"),
    ],
)
def test_wrong_usage_of_waiting_is_exit_status_2(options: tuple[str, ...]) -> None:
    result = run("waitsync", *options)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("pychrony: ")
    assert result.stderr.count("\n") == 1
