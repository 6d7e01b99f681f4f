"""Several reports in one call, and ntpdata of some sources alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from pychrony.testing import Faults, SimulatedChronyd, make_source
from tests.support.command_line import run, run_here
from tests.support.counting import count_requests

TWO = [make_source(address="192.0.2.1"), make_source(address="2001:db8::2", stratum=7)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SimulatedChronyd]:
    with SimulatedChronyd(address=tmp_path / "s", sources=TWO) as server:
        yield server


def test_several_reports_are_shown_with_a_blank_line_between(server: SimulatedChronyd) -> None:
    single = [run(report, "-h", server.address).stdout for report in ("tracking", "sources")]
    result = run("tracking", "sources", "-h", server.address)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "\n".join(single)


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", "tracking", "sources", "ntpdata", "192.0.2.1"),
        ("tracking", "-c", "sources", "ntpdata", "192.0.2.1"),
        ("tracking", "sources", "ntpdata", "192.0.2.1", "--csv"),
        ("tracking", "sources", "ntpdata", "--csv", "192.0.2.1"),
        ("-c", "-m", "tracking", "sources", "ntpdata 192.0.2.1"),
    ],
)
def test_csv_comes_one_after_the_other(
    arguments: tuple[str, ...], server: SimulatedChronyd
) -> None:
    single = [
        run_here(*report, "--csv", "-h", server.address).stdout
        for report in (("tracking",), ("sources",), ("ntpdata", "192.0.2.1"))
    ]
    result = run_here(*arguments, "-h", server.address)

    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "".join(single)


def test_json_is_one_document_by_the_names_of_the_reports(server: SimulatedChronyd) -> None:
    reports = ("tracking", "sources", "activity")
    single = {name: run_here(name, "--json", "-h", server.address).stdout for name in reports}
    result = run_here(*reports, "--json", "-h", server.address)

    assert json.loads(result.stdout) == {name: json.loads(text) for name, text in single.items()}
    assert list(json.loads(result.stdout)) == [*reports]


def test_they_take_one_connection(server: SimulatedChronyd) -> None:
    def show(*reports: str) -> None:
        assert run_here(*reports, "-h", server.address, "-t", "60").returncode == 0

    tracking, activity, both = (
        count_requests(server, partial(show, *reports))
        for reports in (("tracking",), ("activity",), ("tracking", "activity"))
    )

    assert both == tracking + activity


@pytest.mark.parametrize("form", [(), ("--csv",), ("--json",)])
def test_one_that_there_is_not_is_an_error_and_the_others_are_shown(
    form: tuple[str, ...], server: SimulatedChronyd
) -> None:
    result = run_here("tracking", "rtcdata", "activity", *form, "-h", server.address)
    both = run_here("tracking", "activity", *form, "-h", server.address)

    assert result.returncode == 1
    assert result.stderr.startswith(f"pychrony: {server.address}: rtcdata: ")
    if form == ("--json",):
        assert json.loads(result.stdout) == {**json.loads(both.stdout), "rtcdata": None}
    else:
        assert result.stdout.replace("513 RTC driver not running\n", "") == both.stdout
        assert ("513" in result.stdout) is (form == ("--csv",))


def test_one_that_is_refused_is_an_error_and_the_others_are_shown() -> None:
    with SimulatedChronyd() as server:
        result = run("serverstats", "activity", "-h", server.address)
        expected = run("activity", "-h", server.address)

    assert (result.returncode, result.stdout) == (1, expected.stdout)
    assert result.stderr.startswith(f"pychrony: {server.address}: serverstats: ")


def test_a_chronyd_that_is_silent_is_told_once() -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        for form in ((), ("--json",)):
            result = run("tracking", "sources", *form, "-h", server.address, "-t", "0.1")
            assert (result.returncode, result.stdout) == (1, "")
            assert result.stderr == f"pychrony: {server.address}: no answer in time\n"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (["192.0.2.1"], ["192.0.2.1"]),
        (["2001:DB8:0::2"], ["2001:db8::2"]),
        (["2001:db8::2", "192.0.2.1"], ["2001:db8::2", "192.0.2.1"]),
        ([], ["192.0.2.1", "2001:db8::2"]),
    ],
)
def test_ntp_data_is_of_the_sources_that_are_named(
    given: list[str], shown: list[str], server: SimulatedChronyd
) -> None:
    result = run_here("ntpdata", *given, "--json", "-h", server.address)

    assert [record["address"] for record in json.loads(result.stdout)] == shown


def test_a_source_is_known_by_its_configured_name_too(server: SimulatedChronyd) -> None:
    server.sources = [make_source(address="192.0.2.1", name="ntp.example"), *TWO[1:]]
    result = run("ntpdata", "ntp.example", "--json", "-h", server.address)

    assert [record["address"] for record in json.loads(result.stdout)] == ["192.0.2.1"]


@pytest.mark.parametrize("source", ["192.0.2.99", "nosuch.example"])
def test_a_source_that_there_is_not_is_exit_status_1(source: str, server: SimulatedChronyd) -> None:
    result = run("ntpdata", "192.0.2.1", source, "-h", server.address)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        f"pychrony: {server.address}: ntpdata: {source} is none of chronyd's NTP sources\n"
    )
