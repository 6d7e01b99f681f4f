"""The command line on a terminal and away from one: color, watching, Ctrl-C, completion."""

from __future__ import annotations

import json
import re
import signal
from datetime import datetime, timezone

import pytest

from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, client_files, run_chronyc, wait_for
from tests.support.command_line import PYCHRONY, run, started
from tests.support.repeated_answers import repeated_answers
from tests.support.reply_servers import ReplyServer
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow  # a process for each answer

COLOR = re.compile(rb"\x1b\[[0-9;]*m")
BLOCKS = set("▁▂▃▄▅▆▇█")
QUICK = ("--watch", "0.05")
DRAWN = b"\x1b[J"  # the end of a drawing


def watching(daemon: Chronyd, report: str = "tracking") -> tuple[str, ...]:
    return (*PYCHRONY, report, "-h", daemon.socket_path, *QUICK)


def has_drawn(terminal: Terminal, times: int = 1) -> bool:
    """Return whether it was drawn so often, and the last drawing is there as a whole."""
    return terminal.raw.count(DRAWN) >= times and terminal.raw.endswith(DRAWN)


@pytest.mark.parametrize("report", ["tracking", "sources", "selectdata", "ntpdata"])
def test_a_terminal_shows_color_and_the_same_text_as_a_pipe(
    report: str, busy_chronyd: Chronyd
) -> None:
    with repeated_answers(busy_chronyd) as address:
        piped = run(report, "-a", "-h", address).stdout
        with Terminal(*PYCHRONY, report, "-a", "-h", address, rows=400) as terminal:
            assert terminal.wait_for_end() == 0

    assert COLOR.search(terminal.raw)
    assert COLOR.sub(b"", terminal.raw).decode().replace("\r\n", "\n") == piped
    assert terminal.text == piped.rstrip("\n")


@pytest.mark.parametrize(
    ("environment", "colored"),
    [
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({"TERM": ""}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_a_terminal_is_colored_unless_somebody_does_not_want_it(
    environment: dict[str, str], colored: bool, local_chronyd: Chronyd
) -> None:
    command = (*PYCHRONY, "tracking", "-h", local_chronyd.udp4)
    with Terminal(*command, environment=environment) as terminal:
        assert terminal.wait_for_end() == 0

    assert bool(COLOR.search(terminal.raw)) is colored


@pytest.mark.parametrize(
    ("environment", "colored"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_a_pipe_is_colored_only_by_force(
    environment: dict[str, str], colored: bool, local_chronyd: Chronyd
) -> None:
    text = run("tracking", "-h", local_chronyd.udp4, **environment).stdout
    machine = run("tracking", "--csv", "-h", local_chronyd.udp4, **environment).stdout

    assert ("\x1b[" in text) is colored
    assert "\x1b[" not in machine


def test_watching_refreshes_in_place_and_ends_cleanly(synchronized_chronyd: Chronyd) -> None:
    with Terminal(*watching(synchronized_chronyd)) as terminal:
        terminal.wait_for(lambda: bool(BLOCKS & set(terminal.text)) and has_drawn(terminal, 6))
        height = len(terminal.lines)
        labels = [line[:16] for line in terminal.lines[2:16]]
        terminal.press_ctrl_c()
        status = terminal.wait_for_end()

    expected = run_chronyc(synchronized_chronyd.socket_path, "-n", "tracking").stdout.splitlines()
    assert status == 0
    assert labels == [*(line[:16] for line in expected), "Error bound     "]
    assert [line.split()[0] for line in terminal.lines[17:]] == ["Fast", "Error"]
    assert len(terminal.lines) == height == 19
    assert terminal.cursor == (19, 0)  # below it, where the shell goes on
    assert terminal.has_cursor
    assert "Traceback" not in terminal.text
    assert "^C" not in terminal.text


def test_watching_sources_shows_the_clocks_last_minutes_too(busy_chronyd: Chronyd) -> None:
    with Terminal(*watching(busy_chronyd, "sources")) as terminal:
        terminal.wait_for(lambda: has_drawn(terminal, 4) and "^* 127.0.0.2 " in terminal.text)
        text = terminal.text

    assert re.search(r"^\^\* 127\.0\.0\.2 ", text, re.MULTILINE)
    assert re.search(r"^Fast by +[▁▂▃▄▅▆▇█]+ [+-]\d+[num]?s \(", text, re.MULTILINE)
    assert re.search(r"^Error bound [▁▂▃▄▅▆▇█]+ \d+[num]?s \(", text, re.MULTILINE)


def test_watching_fits_the_window_and_follows_it(busy_chronyd: Chronyd) -> None:
    with Terminal(*watching(busy_chronyd, "sources"), columns=50, rows=10) as terminal:
        terminal.wait_for(lambda: has_drawn(terminal, 4))
        small = terminal.lines
        terminal.resize(110, 30)
        terminal.wait_for(
            lambda: has_drawn(terminal) and bool(re.search(r"::1|127\.0\.0\.1 ", terminal.text))
        )
        large = terminal.lines
        terminal.press_ctrl_c()
        assert terminal.wait_for_end() == 0

    assert len(small) <= 10
    assert small[0].startswith("sources of ")
    assert small[2].startswith("MS Name/IP address")
    assert small[-1].startswith("Error bound")
    assert next(line for line in large if "+/-" in line).endswith((" slow", " fast"))
    assert sum(line.startswith("sources of ") for line in terminal.lines) == 1


def test_columns_goes_before_the_windows_own_width(synchronized_chronyd: Chronyd) -> None:
    with Terminal(*watching(synchronized_chronyd), environment={"COLUMNS": "20"}) as terminal:
        terminal.wait_for(lambda: has_drawn(terminal, 2))
        widths = {len(line) for line in terminal.lines}

    assert max(widths) == 20


def test_watching_in_a_locale_without_blocks_uses_plain_characters(
    synchronized_chronyd: Chronyd,
) -> None:
    command = watching(synchronized_chronyd)
    with Terminal(*command, environment={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}) as terminal:
        terminal.wait_for(lambda: has_drawn(terminal, 6))
        terminal.press_ctrl_c()
        assert terminal.wait_for_end() == 0

    assert terminal.raw.isascii()
    assert re.search(r"^Error bound [_.\-=+*%#]+ \d", terminal.text, re.MULTILINE)


def test_watching_waits_for_a_chronyd_that_restarts(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*LOCAL)
    command = (*PYCHRONY, "tracking", "-h", daemon.udp4, *QUICK)
    with Terminal(*command) as terminal:
        terminal.wait_for(lambda: "Stratum" in terminal.text)
        daemon.stop()
        terminal.wait_for(lambda: "no answer: " in terminal.text and "Stratum" not in terminal.text)
        daemon.start()
        terminal.wait_for(lambda: "Stratum" in terminal.text)
        terminal.press_ctrl_c()
        assert terminal.wait_for_end() == 0


@pytest.mark.who
def test_watching_a_chronyd_that_never_answered_is_exit_status_1() -> None:
    with Terminal(*PYCHRONY, "tracking", "-h", "/nonexistent", *QUICK) as terminal:
        assert terminal.wait_for_end() == 1

    assert terminal.lines[0].startswith("pychrony: /nonexistent: No such file or directory: ")


@pytest.mark.parametrize("report", ["tracking", "sources", "activity", "ntpdata"])
def test_watching_into_a_pipe_is_a_line_a_sample(report: str, busy_chronyd: Chronyd) -> None:
    with started(watching(busy_chronyd, report)) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)

    for line in lines:
        time, _, text = line.partition(" ")
        assert datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ")
        assert re.fullmatch(r".*\.\d{3}Z", time)  # a sample comes every 50 ms
        assert "127.0.0.2" in text or "sources online" in text
    assert (process.returncode, errors) == (0, "")
    assert "\x1b" not in rest


def test_samples_that_are_a_second_apart_have_times_in_seconds(local_chronyd: Chronyd) -> None:
    with started([*PYCHRONY, "activity", "-h", local_chronyd.udp4, "--watch", "1"]) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)

    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", line)


@pytest.mark.parametrize("report", ["tracking", "sources"])
def test_watching_as_json_is_a_document_a_line_with_its_time(
    report: str, busy_chronyd: Chronyd
) -> None:
    command = [*PYCHRONY, report, "--json", "-h", busy_chronyd.udp4, *QUICK]
    begin = datetime.now(timezone.utc).replace(microsecond=0)
    with started(command) as process:
        assert process.stdout is not None
        documents = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGINT)

    single = json.loads(run(report, "--json", "-h", busy_chronyd.udp4).stdout)
    times = [datetime.fromisoformat(document.pop("time")) for document in documents]
    # A sample that was late has the next one right behind it.
    assert begin <= times[0] <= times[1] <= times[2] <= datetime.now(timezone.utc)
    for document in documents:
        if report == "tracking":
            assert document.keys() == single.keys()
        else:
            assert [s["address"] for s in document.pop("sources")] == [s["address"] for s in single]
            assert document == {}


def test_watching_into_a_pipe_ends_by_sigterm_after_a_whole_line(busy_chronyd: Chronyd) -> None:
    with started(watching(busy_chronyd, "sources")) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.terminate()
        rest, errors = process.communicate(timeout=60)

    assert (process.returncode, errors) == (-signal.SIGTERM, "")
    assert all(line.endswith("\n") and "127.0.0.2" in line for line in lines)
    assert rest == "" or rest.endswith("\n")
    assert client_files(busy_chronyd) == []


def test_a_terminal_tells_how_many_sources_are_not_resolved(busy_chronyd: Chronyd) -> None:
    commands = [(*PYCHRONY, "sources", "-h", busy_chronyd.udp4, *more) for more in ((), ("-a",))]
    texts = []
    for command in commands:
        with Terminal(*command) as terminal:
            assert terminal.wait_for_end() == 0
        texts.append(terminal.lines)

    assert texts[0][-1] == "1 more whose name is not resolved (-a)"
    assert len(texts[0]) == len(texts[1])
    assert "not resolved" not in "".join(texts[1])
    assert "not resolved" not in run("sources", "-h", busy_chronyd.udp4).stdout


@pytest.mark.parametrize("options", [QUICK, (*QUICK, "--csv"), ("-a",)])
def test_a_reader_that_goes_away_ends_it_quietly(
    options: tuple[str, ...], busy_chronyd: Chronyd
) -> None:
    command = [*PYCHRONY, "sources", "-h", busy_chronyd.udp4, *options]
    with started(command) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()

    assert errors == ""
    assert process.returncode in (0, 1)  # 0 where all was written before


def test_waiting_shows_its_progress_in_place_on_a_terminal(unsynchronized_chronyd: Chronyd) -> None:
    command = (*PYCHRONY, "waitsync", "-h", unsynchronized_chronyd.udp4)
    with Terminal(*command) as terminal:
        terminal.wait_for(lambda: "is configured" in terminal.text)
        assert re.fullmatch(
            r"waiting for \d+s: not synchronized; no source is configured", terminal.text
        )
        terminal.press_ctrl_c()
        assert terminal.wait_for_end() == 130

    assert "Traceback" not in terminal.text


def test_ctrl_c_removes_a_line_of_progress_that_fills_the_window(
    unsynchronized_chronyd: Chronyd,
) -> None:
    command = (*PYCHRONY, "waitsync", "-h", unsynchronized_chronyd.udp4)
    with Terminal(*command, columns=40) as terminal:
        terminal.wait_for(lambda: terminal.text.endswith(">"))
        terminal.press_ctrl_c()
        assert terminal.wait_for_end() == 130

    assert terminal.text == ""


@pytest.mark.parametrize(("options", "status"), [((), 130), (QUICK, 0)])
def test_ctrl_c_while_an_answer_is_waited_for_is_no_traceback(
    options: tuple[str, ...], status: int
) -> None:
    requests: list[bytes] = []

    def take(request: bytes) -> list[bytes]:
        requests.append(request)
        return []

    with ReplyServer(take) as server:
        command = (*PYCHRONY, "tracking", "-h", server.address, "-t", "60", *options)
        with Terminal(*command) as terminal:
            wait_for(lambda: bool(requests))
            terminal.press_ctrl_c()
            assert terminal.wait_for_end() == status

    assert terminal.text in ("", "^C")
