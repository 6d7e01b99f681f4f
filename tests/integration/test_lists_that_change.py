"""Lists of a chronyd whose sources come and go while they are read."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from pychrony import ChronyConnection, ChronyDataError, ChronyError
from tests.conftest import StartChronyd
from tests.support.chronyd import Chronyd, find_program
from tests.support.deadlines import PATIENT
from tests.support.marked_sources import (
    FEW,
    LISTS,
    Records,
    read_marks,
    read_marks_or_error,
    records_of,
    source_line,
    source_lines,
)
from tests.support.relay import Relay

COUNT = (14).to_bytes(2, "big")  # the request for the number of sources
EXTRA = 200


@contextmanager
def commanding(daemon: Chronyd) -> Generator[Callable[[str], None], None, None]:
    """Yield what has chronyc give a command. It is one chronyc for all, and so a quick one."""
    chronyc = [find_program("chronyc"), "-n", "-h", daemon.socket_path]
    with subprocess.Popen(
        chronyc, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write("timeout 30000\n")  # milliseconds: a command that is sent again counts twice

        def give(command: str) -> None:
            stdin.write(f"{command}\n")
            assert stdout.readline() == "200 OK\n"

        yield give


@contextmanager
def repeating(daemon: Chronyd, *commands: str) -> Generator[None, None, None]:
    """Have chronyc give these commands over and over, from a thread."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            for command in commands:
                give(command)

    with commanding(daemon) as give, ThreadPoolExecutor(1) as pool:
        job = pool.submit(run)
        try:
            yield
        finally:
            stop.set()
            job.result()


@pytest.mark.parametrize("report", LISTS)
def test_a_list_that_changes_is_read_as_it_was_at_one_time(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*source_lines(1, FEW))
    states = [records_of(report, 1, *FEW), records_of(report, 1, *FEW, EXTRA)]
    with (
        repeating(daemon, f"add {source_line(1, EXTRA)}", f"delete 127.0.1.{EXTRA}"),
        ChronyConnection(daemon.socket_path, timeout=PATIENT) as connection,
    ):
        answers, unseen = list[Records | ChronyError](), states
        while unseen or len(answers) < 300:
            answers.append(read_marks_or_error(connection, report))
            unseen = [state for state in unseen if state != answers[-1]]
    lists = [answer for answer in answers if isinstance(answer, list)]

    assert [answer for answer in lists if answer not in states] == []
    for error in {str(answer) for answer in answers if isinstance(answer, ChronyError)}:
        assert "changed" in error


@pytest.mark.parametrize("report", LISTS)
def test_a_list_that_changes_at_every_look_is_an_error_that_says_so(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*source_lines(1, FEW))
    hosts = iter(range(EXTRA, 255))  # only more: a request that is sent again is a look, too

    def change(request: bytes) -> bool:
        if request[4:6] == COUNT:
            give(f"add {source_line(1, next(hosts))}")
        return True

    with (
        commanding(daemon) as give,
        Relay(daemon, change) as relay,
        ChronyConnection(relay.address, timeout=PATIENT) as connection,
        pytest.raises(ChronyDataError, match="changed"),
    ):
        read_marks(connection, report)


def test_names_are_those_of_the_sources_while_these_change(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*source_lines(1, FEW))
    with (
        repeating(daemon, f"add {source_line(1, EXTRA)}", f"delete 127.0.1.{EXTRA}"),
        ChronyConnection(daemon.socket_path, timeout=PATIENT) as connection,
    ):
        for _ in range(200):
            with suppress(ChronyDataError):
                sources = connection.get_sources(names=True)
                wrong = [s for s in sources[: len(FEW)] if s.name != s.address]
                assert wrong == []
                assert {s.name for s in sources[len(FEW) :]} <= {None, f"127.0.1.{EXTRA}"}
