"""Lists of a chronyd that pauses, or is another one at the next look."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from pychrony import ChronyConnection, ChronyConnectionError, ChronyError, ChronyTimeoutError
from tests.conftest import PickAddress, StartChronyd
from tests.support.chronyd import Chronyd
from tests.support.deadlines import MARGIN
from tests.support.marked_sources import (
    FEW,
    LISTS,
    MANY,
    Records,
    read_marks,
    read_marks_or_error,
    records_of,
    source_lines,
)
from tests.support.relay import Relay, at_request

OPEN_LISTS = LISTS[:2]  # over UDP


@contextmanager
def reading(
    address: str, report: str, timeout: float
) -> Generator[list[Records | ChronyError], None, None]:
    """Read a list over and over on one connection, from a thread. Yield what it came to so far."""
    stop, answers = threading.Event(), list[Records | ChronyError]()

    def run() -> None:
        while not stop.is_set():
            answers.append(read_marks_or_error(connection, report))

    with ChronyConnection(address, timeout=timeout) as connection, ThreadPoolExecutor(1) as pool:
        job = pool.submit(run)
        try:
            yield answers
        finally:
            stop.set()
            job.result()


@pytest.mark.parametrize("report", LISTS)
def test_a_daemon_that_stops_mid_list_costs_the_timeout_and_no_more(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*source_lines(1, MANY))
    with (
        Relay(daemon, at_request(20, daemon.pause)) as relay,
        ChronyConnection(relay.address, timeout=2.0) as connection,
    ):
        begin = time.monotonic()
        with pytest.raises(ChronyTimeoutError):
            read_marks(connection, report)
        took = time.monotonic() - begin
        daemon.resume()

        assert 2.0 <= took < 2.0 + MARGIN
        for _ in range(10):
            again = read_marks(connection, report, timeout=60.0)
            assert again == records_of(report, 1, *MANY)


def test_a_daemon_paused_while_lists_are_read_is_waited_for_until_the_deadline(
    start_chronyd: StartChronyd, pick_address: PickAddress
) -> None:
    daemon = start_chronyd(*source_lines(1, MANY))
    with reading(pick_address(daemon), "get_sources", timeout=0.3) as answers:
        for _ in range(2):
            seen = len(answers)
            daemon.wait_for(lambda seen=seen: len(answers) > seen)
            daemon.pause()
            begin = time.monotonic()
            daemon.wait_for(lambda: isinstance(answers[-1], ChronyTimeoutError))
            assert time.monotonic() - begin < 0.3 + MARGIN
            daemon.resume()
            daemon.wait_for(lambda: isinstance(answers[-1], list))
    lists = [answer for answer in answers if isinstance(answer, list)]
    errors = [answer for answer in answers if isinstance(answer, ChronyError)]

    assert [answer for answer in lists if answer != records_of("get_sources", 1, *MANY)] == []
    assert {type(error) for error in errors} == {ChronyTimeoutError}


@pytest.mark.parametrize("report", OPEN_LISTS)
def test_a_daemon_restarted_between_lists_is_read_as_it_is_now(
    report: str, start_chronyd: StartChronyd, pick_address: PickAddress
) -> None:
    daemon = start_chronyd()
    with ChronyConnection(pick_address(daemon)) as connection:
        for network, hosts in ((1, MANY), (2, FEW), (3, range(0)), (4, MANY)):
            daemon.config_lines = source_lines(network, hosts)
            daemon.restart()
            assert read_marks(connection, report) == records_of(report, network, *hosts)


@pytest.mark.parametrize("report", LISTS)
def test_a_daemon_restarted_while_lists_are_read_is_not_mixed_with_the_one_before(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*source_lines(1, MANY))
    check_restarts(daemon, daemon.socket_path, report)


@pytest.mark.parametrize("report", OPEN_LISTS)
def test_a_daemon_restarted_while_lists_are_read_over_udp_is_not_mixed_either(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*source_lines(1, MANY))
    check_restarts(daemon, daemon.udp4, report)


def check_restarts(daemon: Chronyd, address: str, report: str) -> None:
    states = [records_of(report, network, *MANY) for network in (1, 2)]
    with reading(address, report, timeout=2.0) as answers:
        for turn in range(1, 9):
            daemon.config_lines = source_lines(1 + turn % 2, MANY)
            daemon.restart()
            daemon.wait_for(lambda turn=turn: answers[-1:] == [states[turn % 2]])
    lists = [answer for answer in answers if isinstance(answer, list)]
    errors = [answer for answer in answers if isinstance(answer, ChronyError)]

    assert [answer for answer in lists if answer not in states] == []
    assert [error for error in errors if not isinstance(error, ChronyConnectionError)] == []
