"""The judgment of live chronyds: for programs, and waiting for it."""

from __future__ import annotations

import re
import threading
import time

import pytest

from pychrony import Verdict, check
from tests.conftest import REFCLOCK_OFFSET, StartChronyd
from tests.support.chronyd import SERVER, Chronyd, client_of, free_port
from tests.support.command_line import PYCHRONY, run, started

pytestmark = pytest.mark.slow  # a process for each answer


def test_the_numbers_are_chronyds(synchronized_chronyd: Chronyd) -> None:
    result = check(synchronized_chronyd.udp4, min_sources=1)
    row = synchronized_chronyd.chronyc("tracking").split(",")

    assert result.verdict is Verdict.OK
    assert result.reference == row[1]
    assert result.age == pytest.approx(time.time() - float(row[3]), abs=5)
    bound = abs(float(row[4])) + float(row[11]) + float(row[10]) / 2  # the chronyc manual
    assert result.error_bound == pytest.approx(bound, abs=1e-3)


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
    assert [reason.split(" ")[0] for reason in result.message.split("; ")] == ["last", "0"]


def test_waiting_returns_at_once_where_the_clock_is_good(synchronized_chronyd: Chronyd) -> None:
    result = run("waitsync", "--max-error", "0.1", "-h", synchronized_chronyd.udp4)

    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"error bound .* at stratum 6\n", result.stdout)


def test_waiting_waits_for_a_chronyd_that_starts_late(
    ntp_server: Chronyd, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*client_of(ntp_server.ntp_port or 0, "127.0.0.1"))
    daemon.stop()
    command = [*PYCHRONY, "waitsync", "-h", daemon.socket_path, "-t", "30"]
    with started(command) as process:
        threading.Timer(1.0, daemon.start).start()
        output, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (0, "")
    assert output.startswith("error bound ")


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("unsynchronized", (), "not synchronized"),
        ("synchronized", ("--max-error", "1e-9"), "error bound "),
        ("local", (), "own clock"),
    ],
)
def test_waiting_for_what_does_not_come_ends_in_time(
    name: str, options: tuple[str, ...], reason: str, request: pytest.FixtureRequest
) -> None:
    daemon = request.getfixturevalue(f"{name}_chronyd")
    result = run("waitsync", "-t", "0.7", "-h", daemon.udp4, *options)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("pychrony: the clock is not good enough after 0.7 s: ")
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "options", [("-t", "0"), ("--max-error", "x"), ("--max-age", "3"), ("-N",)]
)
def test_wrong_usage_of_waiting_is_exit_status_2(options: tuple[str, ...]) -> None:
    result = run("waitsync", *options)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("pychrony: ")
    assert result.stderr.count("\n") == 1
