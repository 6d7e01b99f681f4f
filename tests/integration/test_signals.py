"""The command line ended by a signal: nothing is left behind, and the signal is what ended it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pychrony.testing import SimulatedChronyd
from tests.support.chronyd import Chronyd, client_files, temporary_directory, wait_for
from tests.support.command_line import PYCHRONY
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow  # a process for each signal

ENDING = [signal.SIGTERM, signal.SIGHUP]
WATCH = ("tracking", "--watch", "0.02")
COMMANDS = [
    (*WATCH, "-t", "60"),
    ("sources", "--watch", "--json", "-t", "60"),
    ("tracking", "-t", "60"),
    ("waitsync",),
]
MOMENTS = 24
LAST_MOMENT = 4.0  # seconds after the start: on a busy computer all takes long


@pytest.fixture(scope="module")
def silent_chronyd() -> Iterator[Chronyd]:
    """Return one that takes requests and never answers."""
    with temporary_directory() as directory, Chronyd(directory) as daemon:
        daemon.pause()
        yield daemon


def start(address: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PYCHRONY, *arguments, "-h", address],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_all_signals,
    )


def heed_all_signals() -> None:
    """Start as from a shell, even where the tests run in the background or under nohup."""
    for number in (signal.SIGINT, *ENDING):
        signal.signal(number, signal.SIG_DFL)


def end_by(process: subprocess.Popen[str], number: int) -> str:
    """Return what it wrote on stderr, once it has ended by that very signal."""
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -number
    return errors


@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_signal_while_chronyd_is_silent_ends_it_and_leaves_nothing(
    arguments: tuple[str, ...], number: int, silent_chronyd: Chronyd
) -> None:
    process = start(silent_chronyd.socket_path, *arguments)
    wait_for(lambda: client_files(silent_chronyd) != [])

    assert end_by(process, number) == ""
    assert client_files(silent_chronyd) == []


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_while_it_waits_for_the_clock_ends_it_and_leaves_nothing(
    number: int, chronyd_address: str, simulated_chronyd: SimulatedChronyd
) -> None:
    simulated_chronyd.sources = ()
    process = start(chronyd_address, "waitsync")
    wait_for(lambda: simulated_chronyd.requests > 2)

    end_by(process, number)
    assert [path.name for path in Path(chronyd_address).parent.iterdir()] == ["chronyd.sock"]


DROPS = """
import os, signal, sys, time
from pychrony._cli.signals import end_by_signals

class Dropping:
    def __del__(self):
        os.kill(os.getpid(), int(sys.argv[1]))
        time.sleep(0)

def run():
    Dropping()
    time.sleep(60)
    return 0

sys.exit(end_by_signals(run))
"""


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_that_python_drops_ends_it_all_the_same(number: int) -> None:
    command = [sys.executable, "-c", DROPS, str(int(number))]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=50, preexec_fn=heed_all_signals
    )

    assert (done.returncode, done.stderr) == (-number, "")


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_at_any_moment_of_watching_ends_it_and_leaves_nothing(
    number: int, synchronized_chronyd: Chronyd
) -> None:
    begin = time.monotonic()
    process = start(synchronized_chronyd.socket_path, *WATCH)
    assert process.stdout is not None
    assert process.stdout.readline()
    until_first_line = time.monotonic() - begin
    end_by(process, number)
    last = min(1.5 * until_first_line, LAST_MOMENT)
    for moment in range(MOMENTS):
        process = start(synchronized_chronyd.socket_path, *WATCH)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(last * moment / MOMENTS)
        assert end_by(process, number) == ""
        assert client_files(synchronized_chronyd) == []


def test_a_signal_that_was_ignored_when_it_started_stays_ignored(
    synchronized_chronyd: Chronyd,
) -> None:
    command = [*PYCHRONY, *WATCH, "-h", synchronized_chronyd.socket_path]
    with subprocess.Popen(["nohup", *command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        for _ in range(10):
            assert process.stdout.readline()
        process.terminate()
    assert process.returncode == -signal.SIGTERM
    assert client_files(synchronized_chronyd) == []


def test_a_terminal_is_left_in_order(synchronized_chronyd: Chronyd) -> None:
    command = (*PYCHRONY, *WATCH, "-h", synchronized_chronyd.socket_path)
    with Terminal(*command) as terminal:
        terminal.wait_for(lambda: terminal.raw.count(b"\x1b[J") > 3)
        terminal.process.terminate()
        assert terminal.wait_for_end() == -signal.SIGTERM

    assert terminal.lines[0].startswith("tracking of ")
    assert terminal.cursor == (len(terminal.lines), 0)
    assert terminal.has_cursor
    assert "Traceback" not in terminal.text
    assert client_files(synchronized_chronyd) == []


def test_the_line_of_progress_is_removed(unsynchronized_chronyd: Chronyd) -> None:
    command = (*PYCHRONY, "waitsync", "-h", unsynchronized_chronyd.socket_path)
    with Terminal(*command) as terminal:
        terminal.wait_for(lambda: "waiting for " in terminal.text)
        terminal.process.terminate()
        assert terminal.wait_for_end() == -signal.SIGTERM

    assert not re.search("waiting|Traceback", terminal.text)


@pytest.mark.parametrize("arguments", [WATCH, ("waitsync",)], ids=" ".join)
def test_a_terminal_that_is_taken_away_ends_it_and_leaves_nothing(
    arguments: tuple[str, ...], unsynchronized_chronyd: Chronyd
) -> None:
    command = (*PYCHRONY, *arguments, "-h", unsynchronized_chronyd.socket_path)
    with Terminal(*command) as terminal:
        terminal.wait_for(lambda: "ynchroni" in terminal.text)
        terminal.hang_up()
        assert terminal.process.wait(60) == -signal.SIGHUP
    assert client_files(unsynchronized_chronyd) == []


def test_a_program_that_exits_on_sigterm_leaves_nothing(local_chronyd: Chronyd) -> None:
    program = """if True:
        import signal, sys
        from pychrony import ChronyConnection
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        with ChronyConnection(sys.argv[1]) as connection:
            while True:
                print(connection.get_tracking().stratum, flush=True)
    """
    command = [sys.executable, "-c", program, local_chronyd.socket_path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.terminate()
        process.stdout.read()
    assert process.returncode == 0
    assert client_files(local_chronyd) == []
