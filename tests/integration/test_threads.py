"""Threads on one connection, and on several."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pychrony import ChronyConnection, ChronyTimeoutError, get_tracking
from pychrony.testing import Faults, SimulatedChronyd, make_tracking
from tests.support.chronyd import Chronyd, wait_for
from tests.support.deadlines import HELD, MARGIN, PATIENT


def test_threads_take_turns_on_one_connection(local_chronyd: Chronyd) -> None:
    with ChronyConnection(local_chronyd.socket_path) as connection:
        strata: list[int] = []

        def read() -> None:
            strata.extend(connection.get_tracking().stratum for _ in range(200))

        threads = [threading.Thread(target=read) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert strata == [8] * 1200


def test_waiting_for_ones_turn_counts_against_the_timeout() -> None:
    with (
        SimulatedChronyd(faults=Faults(silent=True)) as server,
        ChronyConnection(server.address, timeout=0.5) as connection,
    ):
        times: list[float] = []

        def read() -> None:
            begin = time.monotonic()
            with pytest.raises(ChronyTimeoutError):
                connection.get_tracking()
            times.append(time.monotonic() - begin)

        threads = [threading.Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(times) == 8
    assert all(0.5 <= took < 0.5 + MARGIN for took in times)


def test_one_silent_daemon_delays_no_other(local_chronyd: Chronyd) -> None:
    with SimulatedChronyd(faults=HELD) as server, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(get_tracking, server.address, timeout=PATIENT)
        wait_for(lambda: server.requests > 0)
        begin = time.monotonic()
        for _ in range(20):
            get_tracking(local_chronyd.udp4)
        assert time.monotonic() - begin < MARGIN
        assert not waiting.done()
        server.faults = None
        assert waiting.result().stratum == 3


def test_no_answer_mixes_with_another_threads() -> None:
    wrong: list[str] = []

    def read(number: int) -> None:
        ip = f"198.51.100.{number}" if number % 2 else f"2001:db8::{number}"
        with (
            SimulatedChronyd(make_tracking(reference_ip=ip)) as server,
            ChronyConnection(server.address) as connection,
        ):
            answers = [connection.get_tracking().reference_ip for _ in range(1500)]
        wrong.extend(answer for answer in answers if answer != ip)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
