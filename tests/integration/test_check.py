"""The judgment of live chronyds: for programs, for monitoring systems, and waiting for it."""

from __future__ import annotations

import re
import threading
import time

import pytest

from pychrony import ChronyTimeoutError, Verdict, check
from tests.conftest import REFCLOCK_OFFSET, StartChronyd
from tests.support.chronyd import SERVER, Chronyd, client_of, free_port
from tests.support.command_line import PYCHRONY, run, started
from tests.support.many_sources import TRACKING
from tests.support.repeated_answers import repeated_answers

pytestmark = pytest.mark.slow  # a process for each answer

# The performance data of the Monitoring Plugins Development Guidelines, as far as it is used here:
# 'label'=value[UOM];[warn];[crit];[min];[max]
NUMBER = r"-?\d+(?:\.\d+)?"
MEASURE = rf"[a-z_]+={NUMBER}s?(?:;(?:~|{NUMBER})?:?(?:{NUMBER})?){{0,4}}"
LINE = re.compile(
    rf"CHRONY (OK|WARNING|CRITICAL|UNKNOWN) - ([^|\n]+)(?: \| ({MEASURE}(?: {MEASURE})*))?\n"
)


def check_line(*arguments: str) -> tuple[int, str, str, dict[str, str]]:
    """Return the exit status, the status as a word, the text and the measures."""
    result = run("check", *arguments)
    match = LINE.fullmatch(result.stdout)
    assert match is not None, result.stdout
    assert result.stderr == ""
    measures = dict(pair.split("=") for pair in (match[3] or "").split())
    return result.returncode, match[1], match[2], measures


def test_a_synchronized_clock_is_ok_over_every_address(synchronized_chronyd: Chronyd) -> None:
    sources = len(synchronized_chronyd.chronyc("sources").splitlines())
    for address in synchronized_chronyd.addresses:
        status, word, text, measures = check_line(
            "-h", address, "--min-sources", str(sources), "--max-offset", "0.001"
        )
        assert (status, word) == (0, "OK")
        assert text.startswith("error bound ")
        assert text.endswith(", follows 127.0.0.1 at stratum 6")
        assert re.fullmatch(r"0\.0\d{8}s;0\.5;1;0", measures["error_bound"])
        assert re.fullmatch(r"-?0\.0\d{8}s;;-0\.001:0\.001", measures["offset"])
        assert re.fullmatch(r"\d\.\d{3}s;~:600;", measures["age"])
        assert measures["sources"] == f"{sources};{sources}:;;0"


def test_the_numbers_are_chronyds(synchronized_chronyd: Chronyd) -> None:
    result = check(synchronized_chronyd.udp4, min_sources=1)
    row = synchronized_chronyd.chronyc("tracking").split(",")

    assert result.verdict is Verdict.OK
    assert result.reference == row[1]
    assert result.age == pytest.approx(time.time() - float(row[3]), abs=5)
    bound = abs(float(row[4])) + float(row[11]) + float(row[10]) / 2  # the chronyc manual
    assert result.error_bound == pytest.approx(bound, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "options", "status", "text"),
    [
        ("unsynchronized", (), 2, "not synchronized"),
        ("local", (), 2, "follows only its own clock"),
        ("synchronized", ("--max-error", "1e-9"), 2, "error bound "),
        ("refclock", ("--max-offset", "1e-6"), 2, "clock slow by "),
        ("refclock", ("--min-sources", "2"), 1, "1 usable source, fewer than 2"),
        ("refclock", ("--min-sources", "1"), 0, "error bound "),
        ("synchronized", ("--min-sources", "9"), 1, "fewer than 9"),
    ],
)
def test_the_exit_status_is_the_verdict(
    name: str, options: tuple[str, ...], status: int, text: str, request: pytest.FixtureRequest
) -> None:
    daemon = request.getfixturevalue(f"{name}_chronyd")

    found, word, found_text, measures = check_line("-h", daemon.udp4, *options)

    assert (found, word) == (status, Verdict(status).name)
    assert text in found_text
    never = {"age"} if name == "unsynchronized" else set()
    assert set(measures) == {"error_bound", "offset", "skew", "age", "stratum", "sources"} - never


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


def test_a_name_cannot_end_the_text_or_reach_the_terminal(refclock_chronyd: Chronyd) -> None:
    for name, shown in ((b"A|B\n", "417C420A"), (b"A|BC", "A/BC")):
        with repeated_answers(refclock_chronyd, (TRACKING, 0, name)) as address:
            _, word, text, _ = check_line("-h", address, "--min-sources", "1")
        assert word == "OK"
        assert f"follows {shown} " in text


def test_no_answer_is_unknown(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd()
    daemon.pause()
    try:
        assert check_line("-h", daemon.udp4, "-t", "0.2") == (
            3,
            "UNKNOWN",
            f"{daemon.udp4}: no answer in time",
            {},
        )
        with pytest.raises(ChronyTimeoutError):
            check(daemon.udp4, timeout=0.2)
    finally:
        daemon.resume()


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--max-error", "-1"),
        ("check", "--max-error", "nan"),
        ("check", "--max-offset", "0"),
        ("check", "--min-sources", "two"),
        ("check", "--min-sources", "-1"),
        ("check", "--max-age", "inf"),
        ("check", "-t", "soon"),
        ("check", "--nosuch"),
        ("check", "--json"),
        ("--json", "check"),
        ("-t", "0", "check"),
        ("check", "-h", "127.0.0.1:x"),
    ],
)
def test_wrong_usage_is_unknown_too(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    assert result.returncode == 3
    assert LINE.fullmatch(result.stdout)
    assert result.stdout.startswith("CHRONY UNKNOWN - ")
    assert result.stderr == ""


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
