"""Every report of the command line beside chronyc's own output about the same live chronyd."""

from __future__ import annotations

import json
import os
import re
import struct
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

import pychrony
from tests.conftest import UNRESOLVABLE, StartChronyd
from tests.support.chronyd import Chronyd, run_chronyc
from tests.support.command_line import PYCHRONY, run
from tests.support.many_sources import (
    ACTIVITY,
    AUTHDATA,
    NTPDATA,
    SELECTDATA,
    SMOOTHING,
    SOURCE_NAME,
    SOURCES,
    SOURCESTATS,
    TRACKING,
)
from tests.support.repeated_answers import Change, repeated_answers

pytestmark = pytest.mark.slow  # a process for each answer

REPORTS = (
    *("tracking", "sources", "sourcestats", "selectdata", "activity", "authdata", "ntpdata"),
    *("serverstats", "smoothing"),
)
WITH_ALL = ("sources", "sourcestats", "selectdata", "authdata")  # chronyc's that have -a
NAMED = ("tracking", "sources", "sourcestats", "selectdata", "authdata")
DAEMONS = ("synchronized", "refclock", "unsynchronized", "local")

FUNCTIONS: dict[str, Callable[[str], Any]] = {
    "tracking": pychrony.get_tracking,
    "sources": pychrony.get_sources,
    "sourcestats": pychrony.get_source_stats,
    "selectdata": pychrony.get_select_data,
    "activity": pychrony.get_activity,
    "authdata": pychrony.get_auth_data,
    "ntpdata": pychrony.get_ntp_data,
    "serverstats": pychrony.get_server_stats,
    "smoothing": pychrony.get_smoothing,
}

UINT32 = struct.Struct(">I").pack
FLOAT_MINUS_1024 = bytes.fromhex("17800000")  # -2**24 * 2**(11 - 25)
FLOAT_SMALL = bytes.fromhex("c0800001")

# Values that the chronyds of these tests do not show, and what they are.
SPECIAL: dict[str, tuple[str, Change]] = {
    "leap second to insert": ("tracking", (TRACKING, 26, b"\0\1")),
    "leap second to delete": ("tracking", (TRACKING, 26, b"\0\2")),
    "unknown leap status": ("tracking", (TRACKING, 26, b"\0\7")),
    "reference time after 2106": ("tracking", (TRACKING, 28, UINT32(1))),
    "reference with an odd name": ("tracking", (TRACKING, 0, b"A\1,B" + bytes(20))),
    "large offset": ("tracking", (TRACKING, 40, FLOAT_MINUS_1024)),
    "tiny offset": ("tracking", (TRACKING, 40, FLOAT_SMALL)),
    "unknown source state": ("sources", (SOURCES, 24, b"\0\7")),
    "unknown source mode": ("sources", (SOURCES, 26, b"\0\7")),
    "a peer": ("sources", (SOURCES, 26, b"\0\1")),
    "long polling interval": ("sources", (SOURCES, 20, b"\0\x18")),
    "more than eight bits of reach": ("sources", (SOURCES, 30, b"\1\xff")),
    "old sample": ("sources", (SOURCES, 32, UINT32(4294967294))),
    "fast by much": ("sources", (SOURCES, 36, FLOAT_MINUS_1024)),
    "many samples": ("sourcestats", (SOURCESTATS, 24, UINT32(4294967295))),
    "unknown selection state": ("selectdata", (SELECTDATA, 24, b"r")),
    "all selection options": ("selectdata", (SELECTDATA, 28, b"\xff\xff\xff\xff")),
    "source's leap second": ("selectdata", (SELECTDATA, 26, b"\1")),
    "large score": ("selectdata", (SELECTDATA, 36, bytes.fromhex("10ffffff"))),
    "many sources": ("activity", (ACTIVITY, 0, UINT32(4294967295))),
    "NTS": ("authdata", (AUTHDATA, 0, struct.pack(">HHIHHIHHH", 2, 15, 3, 256, 2, 99, 8, 100, 1))),
    "unknown authentication": ("authdata", (AUTHDATA, 0, b"\0\7")),
    "source with a reference clock": ("ntpdata", (NTPDATA, 45, b"\1" + b"\x06\xe8")),
    "name of a source's reference clock": ("ntpdata", (NTPDATA, 56, b"GPS\0")),
    "symmetric mode": ("ntpdata", (NTPDATA, 44, b"\1")),
    "unknown mode": ("ntpdata", (NTPDATA, 44, b"\3")),
    "very long interval": ("ntpdata", (NTPDATA, 46, b"\x28\x28")),
    "very short interval": ("ntpdata", (NTPDATA, 46, b"\x80\x80")),
    "failed tests": ("ntpdata", (NTPDATA, 92, b"\xc2\xa5")),
    "hardware timestamps": ("ntpdata", (NTPDATA, 94, b"HD")),
    "unknown timestamps": ("ntpdata", (NTPDATA, 94, b"XY")),
    "negative asymmetry": ("ntpdata", (NTPDATA, 88, bytes.fromhex("01800000"))),
    "smoothing of leap seconds": ("smoothing", (SMOOTHING, 0, UINT32(2))),
}


@pytest.mark.parametrize("report", REPORTS)
def test_csv_is_chronycs_own(report: str, busy_chronyd: Chronyd) -> None:
    with repeated_answers(busy_chronyd) as address:
        expected = run_chronyc(address, "-c", "-n", report).stdout
        result = run(report, "--csv", "-h", address)

    assert result.stdout == expected
    assert expected.count(",") >= 4
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("report", WITH_ALL)
def test_csv_of_all_sources_is_chronycs_own(report: str, busy_chronyd: Chronyd) -> None:
    with repeated_answers(busy_chronyd) as address:
        expected = run_chronyc(address, "-c", "-n", report, "-a").stdout
        result = run(report, "--csv", "-a", "-h", address)

    assert result.stdout == expected
    assert "ID#0000000001" in expected


def test_csv_of_an_unresolved_source_has_chronycs_ntp_data(busy_chronyd: Chronyd) -> None:
    with repeated_answers(busy_chronyd) as address:
        expected = run_chronyc(address, "-c", "-n", "ntpdata", "ID#0000000001").stdout
        result = run("ntpdata", "--csv", "-a", "-h", address)

    assert [line for line in result.stdout.splitlines() if "ID#" in line] == expected.splitlines()
    assert "ID#0000000001,00000000," in expected


@pytest.mark.parametrize("report", NAMED)
def test_csv_with_names_is_chronycs_own(report: str, busy_chronyd: Chronyd) -> None:
    with repeated_answers(busy_chronyd) as address:
        every = ["-a"] if report in WITH_ALL else []
        expected = run_chronyc(address, "-c", "-N", report, *every).stdout
        result = run("-N", "--csv", report, *every, "-h", address)

    assert result.stdout == expected
    assert (UNRESOLVABLE in expected) is bool(every)


@pytest.mark.parametrize("report", [report for report in REPORTS if report != "smoothing"])
@pytest.mark.parametrize("name", DAEMONS)
def test_csv_is_chronycs_own_of_every_daemon(
    name: str, report: str, request: pytest.FixtureRequest
) -> None:
    daemon = request.getfixturevalue(f"{name}_chronyd")
    with repeated_answers(daemon) as address:
        expected = run_chronyc(address, "-c", "-n", report).stdout
        result = run(report, "--csv", "-h", address)

    assert result.stdout == expected
    assert result.returncode == 0


@pytest.mark.parametrize("what", SPECIAL)
def test_csv_of_a_special_value_is_chronycs_own(what: str, busy_chronyd: Chronyd) -> None:
    report, change = SPECIAL[what]
    with repeated_answers(busy_chronyd) as address:
        plain = run_chronyc(address, "-c", "-n", report).stdout
    with repeated_answers(busy_chronyd, change) as address:
        expected = run_chronyc(address, "-c", "-n", report).stdout
        result = run(report, "--csv", "-h", address)

    assert result.stdout == expected
    assert expected != plain


@pytest.mark.parametrize("report", ["activity", "authdata", "tracking"])
def test_csv_needs_no_standing_still_where_nothing_moves(
    report: str, unsynchronized_chronyd: Chronyd
) -> None:
    expected = run_chronyc(unsynchronized_chronyd.socket_path, "-c", "-n", report).stdout

    result = run(report, "--csv", "-h", unsynchronized_chronyd.socket_path)

    assert result.stdout == expected


def test_the_source_that_is_followed_has_its_configured_name(
    ntp_server: Chronyd, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(f"server localhost port {ntp_server.ntp_port} iburst minpoll -2")
    daemon.wait_synchronized()
    with repeated_answers(daemon) as address:
        expected = run_chronyc(address, "-c", "-N", "tracking").stdout
        csv = run("tracking", "-N", "--csv", "-h", address)
        text = run("tracking", "-N", "-h", address)

    assert csv.stdout == expected
    assert ",localhost," in expected
    assert "(localhost)" in text.stdout


@pytest.mark.parametrize("name", [b"a\x1b[31mb", b"a\nb", b"\xc3\xa9.example"])
def test_a_name_that_is_no_text_is_a_question_mark_as_in_chronyc(
    name: bytes, synchronized_chronyd: Chronyd
) -> None:
    change = SOURCE_NAME, 0, name.ljust(256, b"\0")
    with repeated_answers(synchronized_chronyd, change) as address:
        expected = run_chronyc(address, "-c", "-N", "sources").stdout
        csv = run("sources", "-N", "--csv", "-h", address)
        text = run("sources", "-N", "-h", address)

    assert csv.stdout == expected
    assert "^,*,?," in expected
    assert re.search(r"^\^\* \? ", text.stdout, re.MULTILINE)


def test_control_characters_do_not_reach_the_terminal(busy_chronyd: Chronyd) -> None:
    changes = (TRACKING, 0, b"\x1b[2J" + bytes(20)), (SELECTDATA, 24, b"\x1b")
    with repeated_answers(busy_chronyd, *changes) as address:
        for report in ("tracking", "selectdata"):
            for form in ("--csv", "--json", "-a"):
                printed = run(report, form, "-h", address).stdout
                assert printed
                assert not re.search(r"[\0-\x09\x0b-\x1f\x7f-\x9f]", printed)


@pytest.mark.parametrize("report", REPORTS)
def test_json_is_what_the_records_are_as_dictionaries(report: str, busy_chronyd: Chronyd) -> None:
    with repeated_answers(busy_chronyd) as address:
        answer = FUNCTIONS[report](address)
        result = run(report, "--json", "-a", "-h", address)

    many = isinstance(answer, list)
    expected = [record.to_dict() for record in answer] if many else answer.to_dict()
    assert result.stdout == json.dumps(expected, indent=2) + "\n"
    assert json.loads(result.stdout) == expected
    assert not many or len(expected) > 1


def test_json_leaves_unresolved_sources_out_unless_asked(busy_chronyd: Chronyd) -> None:
    some = json.loads(run("sources", "--json", "-h", busy_chronyd.udp4).stdout)
    every = json.loads(run("sources", "--json", "-a", "-N", "-h", busy_chronyd.udp4).stdout)

    assert len(every) == len(some) + 1
    assert [s["name"] for s in every if s["address"].startswith("ID#")] == [UNRESOLVABLE]


def labeled(text: str) -> list[tuple[str, str]]:
    """Return the labels and values of a report about one thing."""
    pairs = [line.partition(":") for line in text.splitlines() if ":" in line]
    return [(label.strip(), value.strip()) for label, _, value in pairs]


@pytest.mark.parametrize("report", ["tracking", "serverstats", "smoothing"])
def test_text_has_chronycs_labels_and_values_and_says_more(
    report: str, busy_chronyd: Chronyd
) -> None:
    with repeated_answers(busy_chronyd) as address:
        expected = labeled(run_chronyc(address, "-n", report).stdout)
        found = labeled(run(report, "-h", address).stdout)

    assert [label for label, _ in found[: len(expected)]] == [label for label, _ in expected]
    for (_, value), (_, known) in zip(found, expected, strict=False):
        assert value.startswith(known)


def test_text_of_ntp_data_has_chronycs_labels_and_values(synchronized_chronyd: Chronyd) -> None:
    with repeated_answers(synchronized_chronyd) as address:
        expected = labeled(run_chronyc(address, "-n", "ntpdata").stdout)
        found = labeled(run("ntpdata", "-h", address).stdout)

    differing = [
        (ours, theirs) for ours, theirs in zip(found, expected, strict=True) if ours != theirs
    ]
    assert {label for (label, _), _ in differing} - {"Offset"} == {"Poll interval"}
    for (label, value), (_, known) in zip(found, expected, strict=True):
        # An offset of less than half a nanosecond has no sign, and then no direction.
        if label == "Offset" and float(known.split()[0]):
            assert re.search("seconds (fast|slow)$", value)


def test_text_of_activity_is_chronycs(busy_chronyd: Chronyd) -> None:
    expected = run_chronyc(busy_chronyd.udp4, "-n", "activity").stdout.splitlines()

    assert run("activity", "-h", busy_chronyd.udp4).stdout.splitlines() == expected[1:]  # 200 OK


def bare(line: str) -> list[str]:
    """Return a row without what chronyc has not: units, words for signs, a huge skew's fraction."""
    line = re.sub(r" \([\d.e+]+s\)| (fast|slow)\b|ppm", "", line)
    line = re.sub(r"\b\d{6,}\.\d+", lambda skew: f"{float(skew[0]):.0f}", line)
    return [re.sub(r"^(\d+)s$", r"\1", cell) for cell in line.split()]


def unsigned_zeros(line: str) -> str:
    """Return a row of chronyc's without the sign that it gives what is below a nanosecond."""
    return re.sub(r"[+-]0ns", "0ns", line)


@pytest.mark.parametrize("report", ["sources", "sourcestats"])
def test_tables_have_chronycs_columns(report: str, busy_chronyd: Chronyd) -> None:
    with repeated_answers(busy_chronyd) as address:
        heading, _, *rows = run_chronyc(address, "-n", report, "-a").stdout.splitlines()
        our_heading, rule, *our_rows = run(report, "-a", "-h", address).stdout.splitlines()

    assert our_heading.lower().split() == heading.lower().split()
    assert set(rule) == {"="}
    assert [bare(row) for row in our_rows] == [unsigned_zeros(row).split() for row in rows]


@pytest.mark.parametrize("report", ["selectdata", "authdata"])
def test_tables_show_chronycs_cells(report: str, busy_chronyd: Chronyd) -> None:
    with repeated_answers(busy_chronyd) as address:
        _, _, *rows = run_chronyc(address, "-n", report, "-a").stdout.splitlines()
        _, _, *our_rows = run(report, "-a", "-h", address).stdout.splitlines()

    expected, found = [row.split() for row in rows], [row.split() for row in our_rows]
    shared = {"selectdata": [0, 1, 3, 4, 6, 7, 8], "authdata": [0, 1, 2, 3]}[report]
    assert [[row[i] for i in shared] for row in found] == [
        [row[i] for i in shared] for row in expected
    ]


@pytest.mark.parametrize(("report", "words"), [("rtcdata", "real-time"), ("smoothing", "smooth")])
@pytest.mark.parametrize("form", ["--csv", "--json", "-a"])
def test_a_report_that_there_is_none_of_is_one_line_on_stderr(
    report: str, words: str, form: str, local_chronyd: Chronyd
) -> None:
    result = run(report, form, "-h", local_chronyd.socket_path)

    chronycs = run_chronyc(local_chronyd.socket_path, "-c", report)
    assert chronycs.stdout[:4] in ("513 ", "505 ")
    assert (result.returncode, chronycs.returncode) == (1, 1)
    assert result.stdout == (chronycs.stdout if form == "--csv" else "")
    assert result.stderr.startswith(f"pychrony: {local_chronyd.socket_path}: {report}: ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_closed_report_is_one_line_on_stderr(local_chronyd: Chronyd) -> None:
    result = run("serverstats", "-h", local_chronyd.udp4)

    assert (result.returncode, result.stdout) == (1, "")
    assert "Unix socket" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("report", ["tracking", "sources"])
def test_no_output_can_be_written_without_a_traceback(report: str, busy_chronyd: Chronyd) -> None:
    reader, closed_pipe = os.pipe()
    os.close(reader)
    full = os.open("/dev/full", os.O_WRONLY)
    command = [*PYCHRONY, report, "-h", busy_chronyd.udp4]
    for output, said in (
        (closed_pipe, ""),
        (full, "pychrony: cannot write: No space left on device\n"),
    ):
        result = subprocess.run(
            command, stdout=output, stderr=subprocess.PIPE, text=True, timeout=60
        )
        assert (result.returncode, result.stderr) == (1, said)
        os.close(output)
