"""The command line, asking a simulated chronyd."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from pychrony import LeapStatus
from pychrony.testing import Faults, SimulatedChronyd, make_client, make_tracking
from tests.support.command_line import PATIENCE, PYCHRONY, run, started

REPORTS = (
    *("tracking", "sources", "sourcestats", "selectdata", "activity", "authdata", "ntpdata"),
    *("serverstats", "clients", "rtcdata", "smoothing"),
)


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
    ("arguments", "words"),
    [
        (("nosuch",), "unknown command 'nosuch': the commands are tracking, sources, "),
        (("makestep",), "waitsync, exporter; none changes chronyd (see pychrony --help)"),
        (("trackin",), "unknown command 'trackin': did you mean tracking?"),
        (("tracking", "sorces"), "unknown command 'sorces': did you mean sources?"),
        (("tracking", "check"), "check is asked for alone"),
        (("tracking", "sources", "tracking"), "a report is named twice"),
        (("tracking", "sources", "--watch"), "--watch is for one report"),
        (("--jsno", "tracking"), "unrecognized arguments: --jsno: did you mean --json?"),
        (("tracking", "--jsno"), "unrecognized arguments: --jsno: did you mean --json?"),
        (("tracking", "--nothing-like-it"), "unrecognized arguments: --nothing-like-it (see"),
        (("--watch", "1", "tracking"), "--watch stands after the command"),
        (("--hots", "F", "tracking"), "unrecognized arguments: --hots: did you mean --hosts?"),
        (("--json", "--csv", "tracking"), "--json and --csv (-c) exclude each other"),
        (("--json", "tracking", "-c"), "--json and --csv (-c) exclude each other"),
        (("-c", "tracking", "--json"), "--json and --csv (-c) exclude each other"),
        (("tracking", "-p", "0"), "'0' is not a number from 1 to 65535"),
        (("tracking", "-H", "tcp://::1"), "not reached by tcp: write udp://HOST:PORT"),
        (("tracking", "-t", "0"), "'0' is not a positive number of seconds"),
        (("tracking", "-t", "soon"), "'soon' is not a positive number of seconds"),
        (("-t", "nan", "tracking"), "'nan' is not a positive number of seconds"),
        (("tracking", "--watch", "-1"), "'-1' is not a positive number of seconds"),
        (("tracking", "-h", "127.0.0.1:x"), "port 'x'"),
        (("tracking", "--tim", "1"), "unrecognized arguments: --tim: did you mean --time"),
        (("-a",), "required: COMMAND"),
        (("waitsync", "--csv"), "unrecognized arguments: --csv"),
        (("waitsync", "--tries", "3"), "unrecognized arguments: --tries (see"),
        (("--csv", "waitsync"), "waitsync has no --csv, which is what -c means before"),
        (("--json", "waitsync"), "waitsync has no --json, --csv, -N and -a"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_status_2(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("pychrony: ")
    assert words in result.stderr
    assert "--help)" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_a_help_that_cannot_be_written_is_told(option: str, unbuffered: str) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*PYCHRONY, option], stdout=full, stderr=subprocess.PIPE, text=True, env=environment
        )

    said = "pychrony: cannot write: No space left on device\n"
    assert (result.returncode, result.stderr) == (1, said)


def test_no_argument_shows_the_help_on_stderr_with_exit_status_2() -> None:
    nothing, asked = run(), run("--help")

    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert nothing.stderr == asked.stdout
    for command in (*REPORTS, "check", "waitsync"):
        assert re.search(rf"^    {command} +[a-z]", asked.stdout, re.MULTILINE)


@pytest.mark.parametrize("command", [*REPORTS, "check", "waitsync"])
def test_each_command_has_a_help_of_its_own(command: str) -> None:
    result = run(command, "--help")

    # Who calls check in a wrong way must not take that for a good clock.
    assert (result.returncode, result.stderr) == (3 if command == "check" else 0, "")
    assert result.stdout.startswith(f"usage: pychrony {command} ")
    assert re.search("-h(?: ADDRESS)?, --host ADDRESS", result.stdout)


def test_the_version_is_told() -> None:
    import pychrony

    assert run("--version").stdout == f"pychrony {pychrony.__version__}\n"


def test_options_stand_before_the_command_or_after_it_and_the_last_counts() -> None:
    with SimulatedChronyd(make_tracking(stratum=7)) as server:
        orders = [
            run("-h", server.address, "--json", "tracking"),
            run("tracking", "--json", "-h", server.address),
            run("-h", "127.0.0.1:1", "-t", "9", "tracking", "--json", "-h", server.address),
        ]

    assert [json.loads(result.stdout)["stratum"] for result in orders] == [7, 7, 7]


@pytest.mark.parametrize("arguments", [("tracking",), ("tracking", "--watch"), ("--help",)])
def test_a_closed_pipe_is_no_traceback(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with SimulatedChronyd() as server:
        command = [*PYCHRONY, "-h", server.address, *arguments]
        result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, timeout=PATIENCE)
    os.close(writer)

    assert result.stderr == b""
    assert result.returncode == 1 or arguments == ("--help",)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("sources",), 1), (("tracking", "--watch", "0.01"), 1), (("check",), 3)],
)
def test_without_any_stdout_nothing_is_asked(arguments: tuple[str, ...], status: int) -> None:
    with SimulatedChronyd() as server:
        command = [*PYCHRONY, *arguments, "-h", server.address]
        closed = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
        result = subprocess.run(closed, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)

    assert result.returncode == status
    assert result.stderr == "pychrony: cannot write: standard output is closed\n"
    assert server.requests == 0


def test_a_locale_without_a_character_is_no_traceback() -> None:
    tracking = make_tracking(ref_time_ns=0)
    with SimulatedChronyd(tracking) as server:
        result = run("tracking", "-h", server.address, LC_ALL="C", PYTHONIOENCODING="ascii")

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.isascii()


def test_clients_are_watched_in_a_line_a_time_with_the_columns_asked_for() -> None:
    clients = [make_client(), make_client(address="2001:db8::7", nts_ke_accepted=77)]
    with SimulatedChronyd(clients=clients, open_commands=["clients"]) as server:
        command = [*PYCHRONY, "clients", "-k", "-h", server.address, "--watch", "0.01"]
        with started(command) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(2)]
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=PATIENCE)

    for line in lines:
        assert re.fullmatch(
            r"\S+Z 192\.0\.2\.1 NTP=480 NTP-Drop=3 NTP-Int=6 NTP-IntL=- NTP-Last=23s "
            r"NTS-KE=2 NTS-KE-Drop=0 NTS-KE-Int=- NTS-KE-Last=480m; 2001:db8::7 .* NTS-KE=77 .*\n",
            line,
        )
    assert (process.returncode, errors) == (0, "")


def test_a_server_without_clients_has_an_empty_table() -> None:
    with SimulatedChronyd(clients=[], open_commands=["clients"]) as server:
        text, csv, json_ = (
            run("clients", *form, "-h", server.address) for form in ((), ("--csv",), ("--json",))
        )

    heading, rule = text.stdout.splitlines()
    assert " ".join(heading.split()) == "Hostname NTP Drop Int IntL Last Cmd Drop Int Last"
    assert set(rule) == {"="}
    assert (csv.stdout, json_.stdout) == ("", "[]\n")
    assert [result.returncode for result in (text, csv, json_)] == [0, 0, 0]


def test_only_the_clients_have_columns_to_choose() -> None:
    result = run("sources", "-k")

    assert result.returncode == 2
    assert "unrecognized arguments: -k" in result.stderr


def test_an_error_is_not_told_on_stdout_where_stderr_is_closed() -> None:
    command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *PYCHRONY, "tracking", "-h", "127.0.0.1:9"]
    result = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE, check=False)

    assert (result.returncode, result.stdout) == (1, b"")
