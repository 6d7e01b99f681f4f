"""Habits from chronyc, beside chronyc: several commands, ports, what is printed for failures."""

from __future__ import annotations

import pytest

from tests.support.chronyd import Chronyd, run_chronyc
from tests.support.command_line import run
from tests.support.ports import free_port
from tests.support.repeated_answers import repeated_answers
from tests.support.reply_servers import ReplyServer

pytestmark = pytest.mark.slow  # a process for each answer


def test_several_reports_are_printed_as_chronyc_prints_several(busy_chronyd: Chronyd) -> None:
    commands = ("tracking", "sources", "sourcestats", "ntpdata 127.0.0.2", "activity")
    with repeated_answers(busy_chronyd) as address:
        expected = run_chronyc(address, "-c", "-n", "-m", *commands).stdout
        result = run("-c", "-n", "-m", "-h", address, *commands)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == expected
    assert len(expected.splitlines()) > 8


@pytest.mark.parametrize("source", ["127.0.0.2", "127.0.0.3", "localhost"])
def test_ntp_data_of_one_source_are_chronycs(source: str, busy_chronyd: Chronyd) -> None:
    with repeated_answers(busy_chronyd) as address:
        expected = run_chronyc(address, "-c", "-n", "ntpdata", source).stdout
        result = run("ntpdata", source, "-c", "-h", address)

    assert result.stdout == expected
    assert expected.count("\n") == 1


def test_the_port_is_given_as_to_chronyc(local_chronyd: Chronyd) -> None:
    port = local_chronyd.udp4.rsplit(":", 1)[1]
    expected = run_chronyc(local_chronyd.udp4, "-c", "activity").stdout

    assert run("-c", "-h", "127.0.0.1", "-p", port, "activity").stdout == expected
    assert run("activity", "-c", "-h", "127.0.0.1,::1", "-p", port).stdout == expected


def check_failure(address: str, *command: str, timeout: float = 30) -> str:
    """Check that a failure is printed as chronyc prints it, and return that line."""
    patience = f"timeout {timeout * 1000:.0f}", "retries 0"
    expected = run_chronyc(address, "-c", "-n", "-m", *patience, " ".join(command))
    result = run(*command, "-c", "-h", address, "-t", str(timeout))

    assert result.stdout == expected.stdout
    assert result.returncode == expected.returncode == 1
    assert result.stderr.startswith("pychrony: ")
    return result.stdout


def test_csv_of_what_there_is_not_is_chronycs_line(local_chronyd: Chronyd) -> None:
    address = local_chronyd.socket_path

    assert check_failure(address, "rtcdata") == "513 RTC driver not running\n"
    assert check_failure(address, "smoothing") == "505 Facility not enabled in daemon\n"
    assert check_failure(address, "ntpdata", "192.0.2.1") == "503 No such source\n"


@pytest.mark.parametrize("report", ["serverstats", "selectdata", "authdata", "clients"])
def test_csv_of_what_chronyd_refuses_is_chronycs_line(report: str, busy_chronyd: Chronyd) -> None:
    assert check_failure(busy_chronyd.udp4, report) == "501 Not authorised\n"


def test_csv_of_a_chronyd_that_does_not_answer_is_chronycs_line() -> None:
    assert check_failure(f"127.0.0.1:{free_port()}", "tracking") == "506 Cannot talk to daemon\n"
    with ReplyServer(lambda _request: []) as server:
        line = check_failure(server.address, "tracking", timeout=0.5)
    assert line == "506 Cannot talk to daemon\n"


def test_csv_of_a_socket_that_is_not_there_is_nothing_as_in_chronyc() -> None:
    assert check_failure("/nonexistent/chronyd.sock", "tracking") == ""


def test_addresses_are_lists_and_urls_for_a_real_chronyd(local_chronyd: Chronyd) -> None:
    expected = run("activity", "-h", local_chronyd.udp4).stdout
    for address in (
        f"127.0.0.1:{free_port()},{local_chronyd.udp4}",
        f"{local_chronyd.socket_path},{local_chronyd.udp4}",
        f"unix://{local_chronyd.socket_path}",
        f"unixgram:{local_chronyd.socket_path}",
        f"udp://{local_chronyd.udp4}",
    ):
        result = run("activity", "-h", address)
        assert (result.stdout, result.returncode) == (expected, 0)
