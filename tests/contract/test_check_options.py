"""The options of `check`: limits as monitoring people write them, help, and wrong usage."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Generator
from typing import Any

import pytest

import pychrony
from pychrony.testing import SimulatedChronyd
from tests.support.command_line import run_here
from tests.support.plugin_output import read_output

LIMITS = ("max_error", "max_offset", "max_skew", "max_age", "max_stratum", "min_sources")


@pytest.fixture
def server() -> Generator[SimulatedChronyd, None, None]:
    with SimulatedChronyd() as server:
        yield server


def limits_of(server: SimulatedChronyd, *options: str) -> dict[str, Any]:
    result = run_here("check", "--json", "-h", server.address, *options)
    return json.loads(result.stdout)["limits"]


def refusal(*arguments: str) -> str:
    """Return the text of a refusal."""
    result = run_here(*arguments)
    assert (result.returncode, result.stderr) == (3, "")
    output = read_output(result.stdout)
    assert (output.status, output.measures, output.more) == ("UNKNOWN", {}, [])
    return output.text


@pytest.mark.parametrize(
    ("option", "text", "levels"),
    [
        ("--max-error", "0.1", [None, 0.1]),
        ("--max-error", "0.01,0.1", [0.01, 0.1]),
        ("--max-error", "0.01,", [0.01, None]),
        ("--max-error", ",0.1", [None, 0.1]),
        ("--max-error", "1e-3,.5", [0.001, 0.5]),
        ("--max-error", "0:0.01,0:0.1", [0.01, 0.1]),
        ("--max-error", "~:0.1", [None, 0.1]),
        ("--max-error", ":0.1", [None, 0.1]),
        ("--max-offset", "0.1", [None, 0.1]),
        ("--max-offset", "-0.1:0.1", [None, 0.1]),
        ("--max-offset", "-0.01:0.01,-0.1:0.1", [0.01, 0.1]),
        ("--max-offset", "0:0.1", [None, 0.1]),
        ("--max-skew", "10", [None, 10.0]),
        ("--max-age", "0:300", [300.0, None]),
        ("--max-age", "300,900", [300.0, 900.0]),
        ("--max-stratum", "3", [None, 3]),
        ("--max-stratum", "0:3,~:5", [3, 5]),
        ("--min-sources", "2", [2, None]),
        ("--min-sources", "2:", [2, None]),
        ("--min-sources", "3:,2:", [3, 2]),
        ("--min-sources", "0", [0, None]),
        ("-w", "0.25", [0.25, 1.0]),
        ("-w", "2", [2.0, None]),
        ("-c", "0.75", [0.5, 0.75]),
        ("-c", "0:0.1", [None, 0.1]),
        ("--critical", "0.1", [None, 0.1]),
        ("--warning", "0.1", [0.1, 1.0]),
    ],
)
def test_a_limit_is_a_number_a_range_or_two_of_them(
    option: str, text: str, levels: list[float | None], server: SimulatedChronyd
) -> None:
    name = option[2:].replace("-", "_")
    name = name if name in LIMITS else "max_error"

    joined = f"{option}={text}" if option.startswith("--") else f"{option}{text}"

    assert limits_of(server, option, text)[name] == levels
    assert limits_of(server, joined)[name] == levels


def test_w_and_c_are_the_two_levels_of_the_error_bound(server: SimulatedChronyd) -> None:
    assert limits_of(server, "-w", "0.01", "-c", "0:0.1")["max_error"] == [0.01, 0.1]


def test_several_sources_may_be_followed(server: SimulatedChronyd) -> None:
    options = ("--source", "GPS", "--source", "192.0.2.1")

    assert limits_of(server, *options)["sources"] == ["GPS", "192.0.2.1"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--max-error", "-1"), "write 0.5 or the range 0:0.5"),
        (("--max-error", "0"), "'0' is not a positive number of seconds"),
        (("--max-error", "nan"), "'nan' is not a positive number of seconds"),
        (("--max-error", "inf"), "'inf' is not"),
        (("--max-error", "1e-999"), "'1e-999' is not"),
        (("--max-error", "0.1s"), "'0.1s' is not"),
        (("--max-error", "\u0661"), "is not a positive number of seconds"),
        (("--max-error", ""), "'' is not"),
        (("--max-error", "@0:1"), "'@0:1' is not"),
        (("--max-error", "@1"), "'@1' is not"),
        (("--max-error", "0.1:"), "write 0.5 or the range 0:0.5"),
        (("--max-error", "0.1:0.2"), "write 0.5 or the range 0:0.5"),
        (("--max-error", "-0.1:0.1"), "write 0.5 or the range 0:0.5"),
        (("--max-error", "0.5,0.1"), "the wrong way round"),
        (("--max-error", ","), "may be left out, but not both"),
        (("--max-error", "1,2,3"), "is not WARNING,CRITICAL"),
        (("--max-error",), "expected one argument"),
        (("--max-offset", "0"), "write 0.5 or the range 0:0.5 or -0.5:0.5"),
        (("--max-offset", "-0.1:0.2"), "write 0.5 or the range 0:0.5 or -0.5:0.5"),
        (("--max-skew", "x"), "'x' is not a positive number of ppm"),
        (("--max-age", "inf"), "'inf' is not a positive number of seconds"),
        (("--max-stratum", "16"), "an integer from 1 to 15; write 5 or the range 0:5"),
        (("--max-stratum", "2.5"), "an integer from 1 to 15"),
        (("--max-stratum", "1e1"), "an integer from 1 to 15"),
        (("--min-sources", "two"), "an integer from 0 on; write 1 or the range 1:"),
        (("--min-sources", "-1"), "an integer from 0 on"),
        (("--min-sources", ":2"), "an integer from 0 on"),
        (("--min-sources", "1:2"), "an integer from 0 on"),
        (("--min-sources", "1,2"), "the wrong way round"),
        (("-w", "1,2"), "'1,2' is not a positive number of seconds"),
        (("-w", "2", "-c", "1"), "-w is more than -c"),
        (("-w", "1", "--max-error", "2"), "--max-error and -w or -c exclude each other"),
        (("-c", "1", "--max-error", "2"), "--max-error and -w or -c exclude each other"),
        (("--source", " "), "is not an address, a name or a reference ID"),
        (("--summary",), "--summary goes with --hosts"),
        (("--nosuch",), "--nosuch"),
        (("--csv",), "--csv"),
        (("-a",), "-a"),
        (("-t", "soon"), "'soon' is not a positive number of seconds"),
        (("-h", "127.0.0.1:x"), "port 'x'"),
    ],
)
def test_what_makes_no_sense_is_unknown_and_told_in_one_line(
    options: tuple[str, ...], words: str
) -> None:
    assert words in refusal("check", *options)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-c", "0.1", "check"), "-c (critical) stands after the command: pychrony check -c 0.1"),
        (("-w", "0.1", "check"), "-w (warning) stands after the command: pychrony check -w 0.1"),
        (("-c", "check"), "-c (critical) stands after the command"),
        (("--csv", "check"), "check has no --csv"),
        (("-a", "check"), "check has no -a"),
        (("--max-error", "0.1", "check"), "--max-error stands after the command"),
        (("-m", "check --max-error x"), "'x' is not a positive number of seconds"),
        (("-t", "0", "check"), "'0' is not a positive number of seconds"),
    ],
)
def test_what_stands_before_the_command_is_told_so(arguments: tuple[str, ...], words: str) -> None:
    assert words in refusal(*arguments)


def test_a_program_that_reads_documents_gets_one_for_wrong_usage_too() -> None:
    result = run_here("check", "--json", "--max-error", "x")

    document = json.loads(result.stdout)
    [finding] = document["findings"]
    assert (result.returncode, result.stderr) == (3, "")
    assert (document["verdict"], document["error"]) == ("UNKNOWN", "WrongUsage")
    assert (finding["code"], finding["severity"]) == ("WRONG_USAGE", "UNKNOWN")
    assert "--max-error" in finding["message"] == document["message"]
    assert document["limits"] is document["error_bound"] is None


def test_an_option_may_stand_before_the_command(server: SimulatedChronyd) -> None:
    result = run_here("--json", "-N", "-h", server.address, "check")

    assert (result.returncode, json.loads(result.stdout)["verdict"]) == (0, "OK")


def test_h_of_either_case_and_p_are_the_host(server: SimulatedChronyd) -> None:
    host, port = server.address.rsplit(":", 1)

    for options in (("-H", server.address), ("-h", host, "-p", port), ("-H", host, "-p", port)):
        assert run_here("check", *options).returncode == 0
        assert run_here(*options, "check").returncode == 0


def test_v_may_stand_before_the_command(server: SimulatedChronyd) -> None:
    result = run_here("-v", "check", "-h", server.address)

    assert len(read_output(result.stdout).more) == 6


@pytest.mark.parametrize("option", ["-h", "-H", "--host", "--hosts"])
@pytest.mark.parametrize("wrong", ["--help", "--max-error=0", "--watch"])
def test_a_host_with_the_name_of_a_command_makes_nothing_ok(option: str, wrong: str) -> None:
    assert run_here(option, "sources", "check", wrong).returncode == 3
    assert run_here(option, "check", wrong).returncode == 3


@pytest.mark.parametrize("arguments", [("--help",), ("-h",), ("-w", "1", "-h")])
def test_help_is_never_ok(arguments: tuple[str, ...]) -> None:
    result = run_here("check", *arguments)

    assert (result.returncode, result.stderr) == (3, "")
    assert result.stdout.startswith("usage: pychrony check ")
    for option in ("-w", "-c", "-v", "-V", "--max-error", "--source", "--summary"):
        assert re.search(rf"^  {option}\b", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("arguments", [("check", "-V"), ("--version", "check")])
def test_the_version_is_never_ok(arguments: tuple[str, ...]) -> None:
    result = run_here(*arguments)

    assert (result.returncode, result.stdout) == (3, f"pychrony {pychrony.__version__}\n")


def test_the_defaults_are_those_of_the_function_and_the_help_has_them(
    server: SimulatedChronyd,
) -> None:
    parameters = inspect.signature(pychrony.check).parameters
    expected = pychrony.check(server.address).limits.to_dict()
    words = " ".join(run_here("check", "--help").stdout.split())

    assert limits_of(server) == expected
    for name in LIMITS:
        default = parameters[name].default
        levels = default if isinstance(default, tuple) else (default,)
        known = [f"{each:g}" for each in levels if each is not None]
        shown = ",".join(known) or "none"
        shown += " for WARNING alone" if levels[1:] == (None,) else ""
        flag = f"--{name.replace('_', '-')}"
        assert re.search(rf"{flag} LIMIT [^-]*(?:-[^-]+)*\(default: {shown};", words), name
