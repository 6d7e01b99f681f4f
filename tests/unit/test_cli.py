"""The command line, asking a simulated chronyd."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pychrony import LeapStatus
from pychrony.testing import Faults, SimulatedChronyd, make_tracking


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pychrony", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20)


def test_tracking_is_shown_in_chronycs_order_with_units() -> None:
    tracking = make_tracking(reference_ip="65.66.67.68", frequency=1.5, offset=-0.25)
    with SimulatedChronyd(tracking) as server:
        result = run("tracking", "-h", server.address)

    assert result.returncode == 0
    assert result.stderr == ""
    labels = [line.split(" : ")[0].strip() for line in result.stdout.splitlines()]
    assert labels == [
        *("Reference ID", "Stratum", "Ref time (UTC)", "System time", "Last offset"),
        *("RMS offset", "Frequency", "Residual freq", "Skew", "Root delay", "Root dispersion"),
        *("Update interval", "Leap status", "Error bound"),
    ]
    assert "41424344 (65.66.67.68)" in result.stdout
    assert "0.250000000 seconds fast of NTP time" in result.stdout
    assert "1.500 ppm fast" in result.stdout


def test_an_unknown_leap_status_is_shown_by_its_number() -> None:
    tracking = make_tracking(leap_status=LeapStatus(9), ref_time_ns=0)
    with SimulatedChronyd(tracking) as server:
        result = run("tracking", "--host", server.address)

    assert "UNKNOWN_9" in result.stdout
    assert "never" in result.stdout


def test_no_answer_is_one_line_on_stderr_and_exit_status_1() -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        result = run("tracking", "-h", server.address, "-t", "0.1")

    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == f"pychrony: {server.address}: no answer in time\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nosuch",),
        ("tracking", "-t", "0"),
        ("tracking", "-t", "soon"),
        ("tracking", "-h", "127.0.0.1:x"),
    ],
)
def test_wrong_usage_is_exit_status_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    assert result.returncode == 2
    assert "pychrony" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_closed_pipe_is_no_traceback() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with SimulatedChronyd() as server:
        command = [sys.executable, "-m", "pychrony", "tracking", "-h", server.address]
        result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=20)
    os.close(writer)

    assert result.stderr == b""
    assert result.returncode == 1
