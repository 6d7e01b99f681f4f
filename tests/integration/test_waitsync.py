"""Waiting for the clocks of live chronyds, beside the real chronyc where it has the same words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import StartChronyd
from tests.support.chronyd import Chronyd, client_of, run_chronyc
from tests.support.command_line import PYCHRONY, run, run_here, started
from tests.support.counting import undisturbed
from tests.support.many_sources import TRACKING, command_of
from tests.support.ports import free_port
from tests.support.relay import Relay

pytestmark = pytest.mark.slow  # it waits


def test_waiting_returns_at_once_where_the_clock_is_good(refclock_chronyd: Chronyd) -> None:
    result = run("waitsync", "--max-error", "0.1", "-h", refclock_chronyd.udp4)

    assert (result.returncode, result.stderr) == (0, "")
    assert re.fullmatch(r"error bound .* at stratum 1\n", result.stdout)


def test_waiting_waits_for_a_chronyd_that_starts_late(
    ntp_server: Chronyd, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*client_of(ntp_server.ntp_port or 0, "127.0.0.1"))
    daemon.stop()
    command = [*PYCHRONY, "waitsync", "-h", daemon.socket_path, "-t", "100"]
    with started(command) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        daemon.start()
        output, _ = process.communicate(timeout=120)

    assert re.match(rf"pychrony: waiting for \d+s: {daemon.socket_path}: No such file", first)
    assert process.returncode == 0
    assert output.startswith("error bound ")


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("unsynchronized", (), "not synchronized"),
        ("synchronized", ("--max-error", "1e-9"), "error bound "),
        ("synchronized", ("--max-skew", "1e-9"), "skew "),
        ("refclock", ("--max-offset", "1e-6"), "clock slow by "),
        ("local", (), "own clock"),
    ],
)
def test_waiting_for_what_does_not_come_ends_in_time(
    name: str, options: tuple[str, ...], reason: str, request: pytest.FixtureRequest
) -> None:
    daemon = request.getfixturevalue(f"{name}_chronyd")
    result = run("waitsync", "-t", "0.7", "-h", daemon.udp4, *options)

    assert (result.returncode, result.stdout) == (1, "")
    first, *_, last = result.stderr.splitlines()
    assert re.match(r"pychrony: waiting for \d+s: ", first)
    assert last.startswith("pychrony: the clock is not good enough after 0.7 s: ")
    assert reason in first
    assert reason in last


class Tries:
    """Counts how often tracking is asked for. What chronyc sends again is the same request."""

    def __init__(self) -> None:
        self._sequences: set[bytes] = set()

    def __call__(self, request: bytes) -> bool:
        if command_of(request) == TRACKING:
            self._sequences.add(request[8:12])
        return True

    def __len__(self) -> int:
        return len(self._sequences)


@pytest.mark.parametrize(
    "arguments",
    [
        ("3", "0", "0", "0.2"),
        ("1", "0.1", "0.0", "60"),
        ("2", "0", "0", "0"),
        ("2", "0.001", "100", "0.001"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("name", ["unsynchronized", "local"])
def test_a_clock_that_does_not_get_good_takes_as_many_tries_as_with_chronyc(
    name: str, arguments: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    daemon: Chronyd = request.getfixturevalue(f"{name}_chronyd")

    def count_ours() -> tuple[int, int]:
        with Relay(daemon, ours := Tries()) as relay:
            return run_here("waitsync", "-h", relay.address, *arguments).returncode, len(ours)

    with Relay(daemon, theirs := Tries()) as relay:
        expected = run_chronyc(relay.address, "waitsync", *arguments)

    assert undisturbed(count_ours) == (expected.returncode, len(theirs)) == (1, int(arguments[0]))


@pytest.mark.parametrize(
    "arguments",
    [
        ("0", "0.1", "0.0", "1"),  # chrony-wait.service
        ("2", "1e-6", "0", "0.1"),
        ("2", "0", "1e-9", "0.1"),
        ("2", "0", "1e9", "0.1"),
        ("2", "1", "1e9", "0.1"),
    ],
    ids=" ".join,
)
def test_the_limits_are_chronycs(arguments: tuple[str, ...], refclock_chronyd: Chronyd) -> None:
    result = run("waitsync", "-h", refclock_chronyd.udp4, *arguments)

    expected = run_chronyc(refclock_chronyd.udp4, "waitsync", *arguments)
    assert result.returncode == expected.returncode


def test_the_unit_file_waits_for_a_good_clock(refclock_chronyd: Chronyd) -> None:
    unit = Path(__file__).parents[2] / "docs" / "systemd" / "pychrony-wait.service"
    [line] = re.findall("^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    program, *arguments = line.split()
    assert program == "/opt/pychrony/bin/pychrony"
    assert arguments[:3] == ["waitsync", "-h", "127.0.0.1,::1"]

    address = f"{refclock_chronyd.udp4},{refclock_chronyd.udp6}"
    result = run("waitsync", "-h", address, *arguments[3:])

    assert (result.returncode, result.stderr) == (0, "")


def test_a_closed_port_costs_a_try_each_time_as_with_chronyc() -> None:
    address = f"127.0.0.1:{free_port()}"
    result = run("waitsync", "-h", address, "3", "0", "0", "0.1")
    expected = run_chronyc(address, "waitsync", "3", "0", "0", "0.1")

    assert result.returncode == expected.returncode == 1
    assert (expected.stdout + expected.stderr).count("506 Cannot talk to daemon") == 3
    assert "the clock is not good enough after 3 tries: " in result.stderr
