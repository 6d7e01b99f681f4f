"""`pychrony now`: the time with its error, as people and programs read it."""

from __future__ import annotations

import json
import re
import sys
import time
from datetime import datetime
from decimal import Decimal

import pytest

from pychrony import LeapStatus, TrackingStatus
from pychrony._cli.now import _Screen, write_error, write_time
from pychrony.testing import Faults, SimulatedChronyd, make_tracking
from tests.support.chronyd import wait_for
from tests.support.command_line import PYCHRONY, run, started
from tests.support.terminal import Terminal

LINE = (
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) ± (\d+(?:\.\d)?) (ns|µs|ms|s)( \(free running\))?\n"
)
UNITS = {"ns": 1, "µs": 1000, "ms": 1_000_000, "s": 1_000_000_000}
BOUND_NS = 15_000_000  # of what is below: the offset, the dispersion and half the delay


def synchronized() -> TrackingStatus:
    return make_tracking(
        offset=-0.0025, root_dispersion=0.01, root_delay=0.005, ref_time_ns=time.time_ns()
    )


def nanoseconds_of(text: str) -> int:
    """Return the nanoseconds since 1970 of a time with nine digits. Python's own has six."""
    whole, digits = text.removesuffix("Z").split(".")
    return int(datetime.fromisoformat(f"{whole}+00:00").timestamp()) * 10**9 + int(digits)


def test_the_time_and_its_error_are_one_line() -> None:
    with SimulatedChronyd(synchronized()) as server:
        before = time.time_ns()
        result = run("now", "-h", server.address)
        after = time.time_ns()

    match = re.fullmatch(LINE, result.stdout)
    assert match is not None, result
    assert before < nanoseconds_of(match[1]) < after
    error = Decimal(match[2]) * UNITS[match[3]]
    assert BOUND_NS <= error < 1.2 * BOUND_NS
    assert match[4] is None
    assert (result.returncode, result.stderr) == (0, "")


def test_json_has_each_time_as_a_text_and_in_nanoseconds() -> None:
    with SimulatedChronyd(synchronized()) as server:
        found = json.loads(run("now", "--json", "-h", server.address).stdout)

    assert nanoseconds_of(found["earliest"]) == found["earliest_ns"]
    assert nanoseconds_of(found["latest"]) == found["latest_ns"]
    assert found["latest_ns"] - found["earliest_ns"] in (
        2 * found["error_ns"],
        2 * found["error_ns"] - 1,
    )
    assert found["earliest_ns"] < nanoseconds_of(found["time"]) < found["latest_ns"]
    assert BOUND_NS <= found["error_ns"] < 1.2 * BOUND_NS
    assert found["status"] == "SYNCHRONIZED"


def test_extra_error_is_added() -> None:
    with SimulatedChronyd(synchronized()) as server:
        found = json.loads(run("now", "--json", "--extra-error", "2", "-h", server.address).stdout)

    assert 2 * 10**9 + BOUND_NS <= found["error_ns"] < 2 * 10**9 + 1.2 * BOUND_NS


def test_a_clock_that_was_not_updated_for_long_is_called_free_running() -> None:
    tracking = make_tracking(ref_time_ns=time.time_ns() - 86_400 * 10**9)
    with SimulatedChronyd(tracking) as server:
        shown = run("now", "-h", server.address).stdout
        found = json.loads(run("now", "--json", "-h", server.address).stdout)

    assert shown.endswith(" ms (free running)\n")
    assert found["status"] == "FREE_RUNNING"


def test_where_the_time_is_not_known_there_is_one_line_on_stderr_and_exit_status_1() -> None:
    with SimulatedChronyd(make_tracking(leap_status=LeapStatus.UNSYNC)) as server:
        result = run("now", "-h", server.address)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "pychrony: the time is not known: the clock is not synchronized: "
        "`pychrony explain` tells why\n"
    )


def test_a_silent_chronyd_is_waited_for_as_long_as_the_timeout_says() -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        result = run("now", "-h", server.address, "-t", "0.1")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "pychrony: the time is not known: chronyd cannot be asked: "
        f"{server.address}: no answer in time\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["now", "-h", "192.0.2.1"], "192.0.2.1 is another computer, or may be one, whose clock"),
        (["now", "--max-drift", "-1"], "argument --max-drift: '-1' is not a number from 0 on"),
        (["now", "--max-drift", "1e7"], "max_drift must be a rate in ppm from 0 to 100000, not"),
        (["now", "--extra-error", "x"], "argument --extra-error: 'x' is not a number from 0 on"),
        (
            ["now", "--extra-error", "1e9"],
            "extra_error must be a number of seconds from 0 to 1000000",
        ),
        (["-c", "now"], "now has no --csv"),
        (["-N", "now"], "now has no -N and -a"),
        (["--hosts", "file", "now"], "now has no --hosts"),
        (["now", "tracking"], "unrecognized arguments: tracking"),
        (["tracking", "now"], "now is asked for alone"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_told(arguments: list[str], message: str) -> None:
    result = run(*arguments)

    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"pychrony: {message}")


def test_watching_goes_on_where_the_time_is_not_known_meanwhile() -> None:
    command = [*PYCHRONY, "now", "--watch", "0.05", "--json", "-t", "5"]
    with SimulatedChronyd(synchronized()) as server, started([*command, "-h", server.address]) as p:
        output = p.stdout
        assert output is not None
        times = [nanoseconds_of(json.loads(output.readline())["time"]) for _ in range(3)]
        server.tracking = make_tracking(leap_status=LeapStatus.UNSYNC)
        wait_for(lambda: json.loads(output.readline())["status"] == "FREE_RUNNING")
        p.terminate()
        p.wait()

    assert times == sorted(times)
    assert p.returncode == -15


def test_each_time_that_is_shown_has_a_report_of_its_own() -> None:
    """Or the error would be now that of a new report and now that of an old one."""
    command = [*PYCHRONY, "now", "--watch", "0.05", "--json"]
    with SimulatedChronyd(synchronized()) as server, started([*command, "-h", server.address]) as p:
        output = p.stdout
        assert output is not None
        for _ in range(4):
            output.readline()
        p.terminate()
        p.wait()
        assert server.requests >= 4


def test_on_a_terminal_watching_is_one_line_until_ctrl_c() -> None:
    command = [*PYCHRONY, "now", "--watch", "0.02", "-h"]
    with SimulatedChronyd(synchronized()) as server, Terminal(*command, server.address) as terminal:
        terminal.wait_for(lambda: terminal.raw.count(b"\n") > 5)
        server.tracking = make_tracking(leap_status=LeapStatus.UNSYNC)
        terminal.wait_for(lambda: "(free running)" in terminal.text)
        terminal.press_ctrl_c()
        status = terminal.wait_for_end()

    [line] = terminal.lines
    assert re.fullmatch(LINE, f"{line}\n")
    assert terminal.cursor == (1, 0)  # below it, where the shell goes on
    assert status == 0


def test_a_line_is_shown_with_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    monkeypatch.setattr(sys.stdout, "write", written.append)
    _Screen().show_error("of one line")
    monkeypatch.undo()

    assert [text.endswith("of one line\n") for text in written] == [True]


def test_characters_that_the_locale_lacks_are_written_otherwise() -> None:
    with SimulatedChronyd(synchronized()) as server:
        result = run("now", "-h", server.address, PYTHONIOENCODING="ascii")

    assert re.fullmatch(r"[-\dT:.]+Z \+/- 1\d\.\d ms\n", result.stdout)


@pytest.mark.parametrize(
    ("error_ns", "text"),
    [
        *((0, "0 ns"), (1, "1 ns"), (999, "999 ns"), (1000, "1.0 µs"), (1001, "1.1 µs")),
        *((5200, "5.2 µs"), (99_900, "99.9 µs"), (99_901, "100 µs"), (123_456, "124 µs")),
        *((999_000, "999 µs"), (999_001, "1.0 ms"), (12_345_678, "12.4 ms")),
        *((999_000_001, "1.0 s"), (3_600 * 10**9, "3600 s"), (10**18, "1000000000 s")),
    ],
)
def test_an_error_is_rounded_up_in_its_unit(error_ns: int, text: str) -> None:
    number, unit = text.split()

    assert write_error(error_ns) == text
    assert Decimal(number) * UNITS[unit] >= error_ns


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (1_000_000_000_000_000_001, "2001-09-09T01:46:40.000000001Z"),
        (2**31 * 10**9 + 5, "2038-01-19T03:14:08.000000005Z"),
    ],
)
def test_a_time_is_written_to_the_nanosecond(time_ns: int, text: str) -> None:
    assert write_time(time_ns) == text
