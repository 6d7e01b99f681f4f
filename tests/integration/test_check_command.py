"""The judgment of live chronyds on the command line, for monitoring systems."""

from __future__ import annotations

import json

import pytest

from pychrony import ChronyTimeoutError, Verdict, check
from tests.conftest import StartChronyd
from tests.support.chronyd import Chronyd
from tests.support.command_line import run
from tests.support.many_sources import TRACKING
from tests.support.plugin_output import Output, read_output
from tests.support.repeated_answers import repeated_answers

pytestmark = pytest.mark.slow  # a process for each answer


def check_output(*arguments: str) -> tuple[int, Output]:
    result = run("check", *arguments)
    assert result.stderr == ""
    return result.returncode, read_output(result.stdout)


def test_a_synchronized_clock_is_ok_over_every_address(synchronized_chronyd: Chronyd) -> None:
    sources = len(synchronized_chronyd.chronyc("sources").splitlines())
    for address in synchronized_chronyd.addresses:
        status, output = check_output(
            "-h", address, "--min-sources", str(sources), "--max-offset", "0.25,0.5"
        )
        assert (status, output.status) == (0, "OK")
        assert output.text.startswith("error bound ")
        assert output.text.endswith(", follows 127.0.0.1 at stratum 6")
        ranges = {
            label: (measure.unit, measure.warning, measure.critical, measure.least)
            for label, measure in output.measures.items()
        }
        assert ranges == {
            "error_bound": ("s", "0.5", "1", "0"),
            "offset": ("s", "-0.25:0.25", "-0.5:0.5", ""),
            "skew": ("", "", "", "0"),
            "age": ("s", "~:600", "", ""),
            "stratum": ("", "", "", "0"),
            "sources": ("", f"{sources}:", "", "0"),
        }
        assert output.measures["sources"].value == sources


@pytest.mark.parametrize(
    ("name", "options", "status", "text"),
    [
        ("unsynchronized", (), 2, "not synchronized"),
        ("local", (), 2, "follows only its own clock"),
        ("synchronized", ("--max-error", "1e-9"), 2, "error bound "),
        ("synchronized", ("--max-error", "1e-9,"), 1, "error bound "),
        ("synchronized", ("-w", "1e-9", "-c", "9"), 1, "error bound "),
        ("synchronized", ("-c", "1e-9"), 2, "error bound "),
        ("synchronized", ("--source", "127.0.0.1"), 0, "error bound "),
        ("synchronized", ("--source", "192.0.2.1"), 1, "follows 127.0.0.1, not 192.0.2.1"),
        ("synchronized", ("--max-stratum", "5"), 2, "stratum 6, more than 5"),
        ("synchronized", ("--max-skew", "1e-9,"), 1, "skew "),
        ("refclock", ("--max-offset", "1e-6"), 2, "clock slow by "),
        ("refclock", ("--min-sources", "2"), 1, "1 usable source, fewer than 2"),
        ("refclock", ("--min-sources", "1"), 0, "error bound "),
        ("synchronized", ("--min-sources", "9"), 1, "fewer than 9"),
        ("synchronized", ("--min-sources", "10:,9:"), 2, "fewer than 9"),
    ],
)
def test_the_exit_status_is_the_verdict(
    name: str, options: tuple[str, ...], status: int, text: str, request: pytest.FixtureRequest
) -> None:
    daemon = request.getfixturevalue(f"{name}_chronyd")

    found, output = check_output("-h", daemon.udp4, *options)

    assert (found, output.status) == (status, Verdict(status).name)
    assert text in output.text
    # Without an update there is no age, and without a source the bound means nothing.
    left_out = {"unsynchronized": {"age", "error_bound"}, "local": {"error_bound"}}.get(name, set())
    assert (
        output.measures.keys()
        == {*("error_bound", "offset", "skew", "age", "stratum", "sources")} - left_out
    )


def test_the_document_has_chronyds_numbers(synchronized_chronyd: Chronyd) -> None:
    result = run("check", "--json", "-h", synchronized_chronyd.udp4)
    document = json.loads(result.stdout)
    row = synchronized_chronyd.chronyc("tracking").split(",")

    assert (result.returncode, result.stderr) == (0, "")
    assert (document["verdict"], document["findings"], document["error"]) == ("OK", [], None)
    assert (document["reference"], document["stratum"]) == (row[1], int(row[2]))
    assert document["limits"]["max_error"] == [0.5, 1.0]


def test_names_are_those_of_the_configuration(synchronized_chronyd: Chronyd) -> None:
    rows = [row.split(",") for row in synchronized_chronyd.chronyc("-N", "sources").splitlines()]
    [name] = [row[2] for row in rows if row[1] == "*"]

    _, output = check_output("-N", "-h", synchronized_chronyd.udp4)

    assert f"follows {name} at stratum 6" in output.text


def test_a_name_cannot_end_the_text_or_reach_the_terminal(refclock_chronyd: Chronyd) -> None:
    for name, shown in ((b"A|B\n", "417C420A"), (b"A|BC", "A/BC")):
        with repeated_answers(refclock_chronyd, (TRACKING, 0, name)) as address:
            _, output = check_output("-v", "-h", address)
        assert output.status == "OK"
        assert f"follows {shown} " in output.text


def test_a_silent_chronyd_and_a_closed_port_are_critical(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd()
    daemon.pause()
    try:
        silent = check_output("-h", daemon.udp4, "-t", "0.2")
        with pytest.raises(ChronyTimeoutError):
            check(daemon.udp4, timeout=0.2)
    finally:
        daemon.resume()
    daemon.stop()
    closed = check_output("-h", daemon.udp4)
    gone = check_output("-h", daemon.socket_path)

    assert silent == (2, Output("CRITICAL", f"{daemon.udp4}: no answer in time"))
    assert (closed[0], gone[0]) == (2, 2)
    assert "Connection refused: nothing listens there" in closed[1].text
    assert "No such file or directory" in gone[1].text
