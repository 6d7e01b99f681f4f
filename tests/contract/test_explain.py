"""`pychrony explain`, asking a simulated chronyd: text, JSON and exit status."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pychrony import (
    ChronyConnection,
    LeapStatus,
    SelectState,
    SourceMode,
    SourceState,
    check,
)
from pychrony.testing import (
    Faults,
    SimulatedChronyd,
    make_activity,
    make_auth_data,
    make_select_data,
    make_source,
    make_tracking,
)
from tests.support.command_line import PYCHRONY, run, run_here
from tests.support.counting import count_requests
from tests.support.ports import free_port
from tests.support.terminal import Terminal

EVERYTHING = ("tracking", "sources", "sourcestats", "selectdata", "authdata", "activity", "ntpdata")


def explain(address: str, *options: str) -> tuple[int, str]:
    """Return the exit status and the text in one line."""
    result = run("explain", "-h", address, *options)
    assert result.stderr == ""
    return result.returncode, " ".join(result.stdout.split())


def test_a_good_clock_is_ok_in_plain_words() -> None:
    with SimulatedChronyd() as server:
        status, text = explain(server.address)

    assert status == 0
    assert text.startswith("OK: the clock is good. The clock, which ")
    assert "In short: the clock is synchronized to " in text


def test_text_json_and_exit_status_agree_with_check() -> None:
    silent = make_source(reachability=0, last_sample_ago=700)
    for server in (
        SimulatedChronyd(),
        SimulatedChronyd(sources=[silent]),
        SimulatedChronyd(sources=[]),
        SimulatedChronyd(make_tracking(root_delay=9.0)),
    ):
        with server:
            result = check(server.address, names=True)
            status, text = explain(server.address)
            document = json.loads(explain(server.address, "--json")[1])

        assert status == result.verdict.value
        assert text.startswith(f"{result.verdict.name}: ")
        assert document["verdict"] == result.verdict.name
        codes = [finding.code.name for finding in result.findings]
        assert [finding["code"] for finding in document["findings"]] == codes
        assert set(result.to_dict()) <= set(document)


def test_nobody_is_sent_to_the_sources_where_there_are_none() -> None:
    with SimulatedChronyd(sources=[]) as server:
        _, text = explain(server.address)

    assert "no source is configured" in text
    assert "See below" not in text


@pytest.mark.parametrize(
    ("n_usable", "sentence"),
    [(0, "No source is left"), (1, "If one more fails, the clock may be left without")],
)
def test_too_few_sources_are_explained_also_where_each_is_good_and_where_none_is(
    n_usable: int, sentence: str
) -> None:
    with SimulatedChronyd(sources=[make_source(reachability=255 * n_usable)]) as server:
        _, text = explain(server.address, "--min-sources", "2")

    assert f"{n_usable} usable source" in text
    assert sentence in text
    assert "What helps: Add sources, or see below why some cannot be used." in text


def test_json_has_the_sentences_of_the_text_and_their_fields() -> None:
    with SimulatedChronyd(version="4.8", open_commands=EVERYTHING) as server:
        document = json.loads(run("explain", "--json", "-h", server.address).stdout)
        _, text = explain(server.address)

    sentences = [
        *document["clock"],
        *(each for s in document["sources"] for each in s["sentences"]),
    ]
    assert len(sentences) > 10
    for sentence in sentences:
        told = re.sub(r"\d+( \w+)? ago.*", "", sentence["text"])  # a second may pass between both
        assert told in text
        assert sentence["fields"]
    for source in document["sources"]:
        assert set(source) == {
            *("name", "address", "kind", "state", "letter", "cause", "group", "sentences"),
            *("remedy", "directive", "default"),
        }
        assert source["remedy"] in text


def test_reports_that_are_refused_are_left_out_and_said_once(tmp_path: Path) -> None:
    with SimulatedChronyd() as server:
        _, over_udp = explain(server.address)
    with SimulatedChronyd(address=str(tmp_path / "c.sock")) as server:
        _, over_unix = explain(server.address)

    assert over_udp.count("over its Unix socket chronyd tells more: run it as root") == 1
    assert "(sources: state SELECTED *)" in over_udp
    assert "root" not in over_unix.replace("root_d", "")
    assert "(selectdata: state BEST *)" in over_unix


@pytest.mark.parametrize("state", SelectState, ids=lambda state: state.name)
def test_each_state_is_told_with_its_letter(state: SelectState) -> None:
    source = make_source(state=SourceState.SELECTABLE)
    with SimulatedChronyd(
        sources=[source],
        select_data=[make_select_data(state=state)],
        version="4.8",
        open_commands=EVERYTHING,
    ) as server:
        _, text = explain(server.address)

    assert f"selectdata: state {state.name} {state.value}" in text


def test_a_newer_chronyds_state_is_told_as_such() -> None:
    with SimulatedChronyd(
        sources=[make_source()],
        select_data=[make_select_data(state=SelectState("r"))],
        version="4.8",
        open_commands=EVERYTHING,
    ) as server:
        status, text = explain(server.address)

    assert status == 0
    assert "state of it is `r`, which this pychrony does not know" in text


def test_each_report_is_asked_for_once(tmp_path: Path) -> None:
    silent = make_source(address="192.0.2.9", reachability=0, last_sample_ago=None)
    with SimulatedChronyd(
        sources=[make_source(), silent], address=str(tmp_path / "c.sock")
    ) as server:

        def read_all() -> None:
            with ChronyConnection(server.address, timeout=60) as connection:
                connection.get_tracking()
                connection.get_sources(names=True)
                connection.get_select_data()
                connection.get_source_stats()
                connection.get_activity()
                connection.get_auth_data()
                connection.get_ntp_data()

        def explain_here() -> None:
            assert run_here("explain", "-h", server.address, "-t", "60").returncode == 0

        expected = count_requests(server, read_all)
        assert count_requests(server, explain_here) == expected


def test_sources_that_are_used_come_first() -> None:
    states = (SourceState.FALSETICKER, SourceState.UNSELECTED, SourceState.SELECTED)
    sources = [
        make_source(address=f"192.0.2.{number}", state=state)
        for number, state in enumerate(states, 1)
    ]
    with SimulatedChronyd(sources=sources) as server:
        output = run("explain", "-h", server.address).stdout

    assert re.findall(r"(?m)^(192\S+), a server", output) == ["192.0.2.3", "192.0.2.2", "192.0.2.1"]


def test_two_reference_clocks_of_one_name_keep_their_own_records() -> None:
    clock = make_source(
        address="GPS", mode=SourceMode.REFCLOCK, state=SourceState.SELECTED, stratum=0
    )
    verdicts = (SelectState.BEST, SelectState.FALSETICKER)
    with SimulatedChronyd(
        sources=[clock, replace(clock, state=SourceState.FALSETICKER)],
        select_data=[make_select_data(address="GPS", state=state) for state in verdicts],
        version="4.8",
        open_commands=EVERYTHING,
    ) as server:
        document = json.loads(run("explain", "--json", "-h", server.address).stdout)

    assert [source["letter"] for source in document["sources"]] == ["*", "x"]


def test_a_leap_second_to_come_is_told_and_is_no_fault() -> None:
    for leap, word in ((LeapStatus.INSERT, "inserted"), (LeapStatus.DELETE, "left out")):
        with SimulatedChronyd() as server:
            server.tracking = replace(server.tracking, leap_status=leap)
            status, text = explain(server.address)
        assert status == 0
        assert f"A leap second is announced: a second will be {word}" in text
        assert f"(tracking: leap_status {leap.name})" in text


def test_a_name_cannot_reach_the_terminal() -> None:
    source = make_source(address="192.0.2.1", name="a\x1b[2J\nb{c}")
    with SimulatedChronyd(sources=[source]) as server:
        for option in ((), ("--json",)):
            output = run("explain", "-h", server.address, *option).stdout
            assert "\x1b" not in output
            assert "a\n" not in output


def test_a_pipe_gets_lines_of_eighty_characters() -> None:
    with SimulatedChronyd() as server:
        output = run("explain", "-h", server.address, COLUMNS="40").stdout

    assert 60 < max(map(len, output.splitlines())) <= 80


def test_color_repeats_the_verdict_and_nothing_else() -> None:
    with SimulatedChronyd() as server:
        plain = run("explain", "-h", server.address, FORCE_COLOR="").stdout
        colored = run("explain", "-h", server.address, FORCE_COLOR="1").stdout

    good = "OK: the clock is good."
    assert plain.startswith(good)
    assert colored.startswith(f"\x1b[32m{good}\x1b[0m\n")
    assert colored.count("\x1b") == 2


def test_a_terminal_gets_lines_of_its_width() -> None:
    with SimulatedChronyd() as server:
        command = (*PYCHRONY, "explain", "-h", server.address)
        with Terminal(*command, columns=50, rows=200) as terminal:
            terminal.wait_for(lambda: any("In short: " in line for line in terminal.lines))
            lengths = [len(line.rstrip()) for line in terminal.lines]

    assert 30 < max(lengths) < 50


def test_a_selected_source_that_is_silent_is_in_the_summary() -> None:
    with SimulatedChronyd(sources=[make_source(reachability=0, last_sample_ago=700)]) as server:
        status, text = explain(server.address)

    assert status == 1
    assert "It is the best of the sources" in text
    assert "It has answered before, but not in its last eight polls (one every" in text
    assert text.endswith("1 of 1 source is used, of which 1 silent by now.")


def test_nts_that_fails_is_the_cause() -> None:
    source = make_source(state=SourceState.NONSELECTABLE, reachability=0, last_sample_ago=None)
    select = make_select_data(state=SelectState.MISSING_SAMPLES, authentication=True)
    with SimulatedChronyd(
        sources=[source],
        select_data=[select],
        auth_data=[make_auth_data(attempts=3, cookies=0)],
        version="4.8",
        open_commands=EVERYTHING,
    ) as server:
        _, text = explain(server.address)

    assert "three attempts had no success so far" in text
    assert "(authdata: mode NTS, attempts 3, cookies 0)" in text
    assert "TCP port 4460" in text


def test_sources_that_chronyd_does_not_list_are_told_by_their_number() -> None:
    with SimulatedChronyd(activity=make_activity(unresolved=2), version="3.5") as server:
        _, text = explain(server.address)

    assert "chronyd has two more sources that it does not list here" in text


def test_a_source_that_may_be_offline_is_told_how_many_are() -> None:
    silent = make_source(state=SourceState.NONSELECTABLE, reachability=0, last_sample_ago=None)
    with SimulatedChronyd(
        sources=[make_source(), replace(silent, address="192.0.2.9")],
        activity=make_activity(online=1, offline=1),
    ) as server:
        _, text = explain(server.address)

    assert "chronyd was told that one source cannot be reached" in text
    assert "If this is one: `chronyc online 192.0.2.9`" in text


def test_no_answer_is_explained_with_the_exit_status_of_check() -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        status, text = explain(server.address, "-t", "0.1")

    assert status == 2
    assert text.startswith("CRITICAL: chronyd does not answer.")
    assert "What helps: " in text


def test_a_closed_port_is_critical_and_a_refusal_is_unknown() -> None:
    status, text = explain(f"127.0.0.1:{free_port()}")
    assert (status, "What helps: Start it" in text) == (2, True)

    with SimulatedChronyd(version="4.8", open_commands=["sources"]) as server:
        status, text = explain(server.address)
        document = json.loads(run("explain", "--json", "-h", server.address).stdout)
    assert status == 3
    assert text.startswith("UNKNOWN: nothing is known of the clock.")
    assert [finding["code"] for finding in document["findings"]] == ["REFUSED"]


@pytest.mark.parametrize(
    "arguments", [("explain", "--csv"), ("--csv", "explain"), ("explain", "--nosuch")]
)
def test_wrong_usage_has_the_exit_status_of_check(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith("pychrony: ")
    assert result.stderr.count("\n") == 1
