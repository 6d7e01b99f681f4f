"""Interrupts, forks and ends of programs at the worst of moments."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pychrony import ChronyConnection, ChronyTimeoutError, get_tracking
from pychrony.testing import Faults, SimulatedChronyd
from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, client_files, wait_for
from tests.support.deadlines import HELD, MARGIN, PATIENT
from tests.support.interrupts import Interrupt, interrupts
from tests.support.many_sources import ManySources
from tests.support.processes import in_child, open_descriptors
from tests.support.reply_servers import DelayedServer

SECONDS = 2.0


def test_interrupts_never_leave_a_connection_locked(local_chronyd: Chronyd) -> None:
    n_interrupts = 0
    with (
        ChronyConnection(local_chronyd.socket_path, timeout=10.0) as connection,
        interrupts() as run,
    ):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or n_interrupts <= 100:
            n_interrupts += run(connection.get_tracking)
        begin = time.monotonic()
        assert connection.get_tracking().stratum == 8
        assert time.monotonic() - begin < 5  # without waiting for the turn until the timeout

    gc.collect()
    assert client_files(local_chronyd) == []


def test_a_connection_works_though_the_tracebacks_of_interrupts_are_kept() -> None:
    kept: list[BaseException] = []

    def call_and_keep_what_comes() -> None:
        try:
            connection.get_tracking()
        except Interrupt as interrupt:
            kept.append(interrupt)
            raise

    with (
        SimulatedChronyd() as server,
        ChronyConnection(server.address, timeout=10.0) as connection,
        interrupts() as run,
    ):
        end = time.monotonic() + 2 * SECONDS
        while time.monotonic() < end or len(kept) <= 100:
            run(call_and_keep_what_comes)
            begin = time.monotonic()
            assert connection.get_tracking().stratum == 3
            # Without waiting for the turn until the timeout. A busy machine loses answers.
            assert time.monotonic() - begin < 5
    kept.clear()  # and with them the connections that they kept
    gc.collect()


def test_interrupts_while_opening_leak_nothing(local_chronyd: Chronyd) -> None:
    get_tracking(local_chronyd.socket_path)
    gc.collect()  # what other tests have left
    before = open_descriptors()
    n_interrupts = 0
    with interrupts() as run:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or n_interrupts <= 100:
            n_interrupts += run(lambda: get_tracking(local_chronyd.socket_path, timeout=PATIENT))

    gc.collect()
    assert open_descriptors() == before
    assert client_files(local_chronyd) == []


def test_an_interrupt_while_the_socket_is_opened_leaves_none_though_it_is_kept(
    local_chronyd: Chronyd,
) -> None:
    def interrupt(_frame: FrameType, event: str, function: Any) -> None:
        if event == "c_return" and function.__name__ == "pychrony_open":
            raise Interrupt

    def run_interrupted(opens: Callable[[str], object]) -> None:
        sys.setprofile(interrupt)
        try:
            opens(local_chronyd.socket_path)
        finally:
            sys.setprofile(None)

    for opens in (get_tracking, lambda address: ChronyConnection(address).__enter__()):
        with pytest.raises(Interrupt) as kept:
            run_interrupted(opens)

        assert kept.traceback
        assert client_files(local_chronyd) == []


@pytest.mark.slow
@pytest.mark.parametrize("held", [False, True], ids=["one call each", "one connection"])
def test_a_program_may_end_while_a_daemon_thread_asks(
    start_chronyd: StartChronyd, held: bool
) -> None:
    daemon = start_chronyd(*LOCAL)
    program = """if True:
        import sys, threading, time
        from pychrony import ChronyConnection, get_tracking
        asked = threading.Event()
        def ask():
            with ChronyConnection(sys.argv[1], timeout=60) as connection:
                while True:
                    if len(sys.argv) > 2:
                        connection.get_tracking()
                    else:
                        get_tracking(sys.argv[1], timeout=60)
                    asked.set()
        threading.Thread(target=ask, daemon=True).start()
        asked.wait()
    """
    command = [sys.executable, "-c", program, daemon.socket_path, *["held"] * held]
    ends = [subprocess.run(command, timeout=PATIENT).returncode for _ in range(15)]

    assert ends == [0] * 15


def test_a_child_forked_during_a_call_is_refused_and_can_leave_the_block() -> None:
    with (
        SimulatedChronyd(faults=HELD) as server,
        ChronyConnection(server.address, timeout=PATIENT) as connection,
        ThreadPoolExecutor(1) as pool,
    ):
        call = pool.submit(connection.get_tracking)
        wait_for(lambda: server.requests > 0)
        with pytest.raises(RuntimeError, match="fork"):
            in_child(connection.get_tracking)
        in_child(lambda: connection.__exit__(None, None, None))
        server.faults = None

        assert call.result().stratum == 3


def test_leaving_the_block_waits_for_nobody() -> None:
    gc.collect()  # what other tests have left
    before = open_descriptors()
    with SimulatedChronyd(faults=HELD) as server, ThreadPoolExecutor(3) as pool:
        with ChronyConnection(server.address, timeout=PATIENT) as connection:
            calls = [pool.submit(connection.get_tracking) for _ in range(3)]
            wait_for(lambda: server.requests > 0)
            begin = time.monotonic()
        assert time.monotonic() - begin < MARGIN
        server.faults = None
    gc.collect()
    assert open_descriptors() == before
    # The one that was under way got its answer; those that waited learned that it was over.
    errors = [call.exception() for call in calls]
    assert sorted(type(error).__name__ for error in errors) == [
        *("NoneType", "RuntimeError", "RuntimeError")
    ]


def test_what_is_closed_amid_a_call_is_closed_after_it_though_a_failure_is_kept(
    folder: Path,
) -> None:
    with (
        SimulatedChronyd(address=folder / "s", faults=Faults(silent=True)) as server,
        ThreadPoolExecutor(1) as pool,
    ):
        with ChronyConnection(server.address, timeout=PATIENT) as connection:
            turn_queue: Any = connection._queue
            with pytest.raises(ChronyTimeoutError) as kept:
                connection.get_tracking(timeout=0.3)
            server.faults = HELD
            call = pool.submit(connection.get_tracking)
            wait_for(turn_queue._idle.empty)  # the call has begun

        server.faults = None
        assert call.result().stratum == 3
        assert os.listdir(folder) == ["s"]
    assert kept.traceback


def test_a_daemon_far_away_that_answers_in_time_is_heard() -> None:
    """It is asked again before it answers. tests/library asks one for which there is just time."""
    with DelayedServer(ManySources(1), 1.2) as server:
        assert get_tracking(server.address, timeout=PATIENT).stratum > 0


@pytest.mark.parametrize(("delay", "timeout"), [(0.6, 3.9), (1.2, 5.94)])
def test_a_slow_daemon_that_answers_in_time_is_heard(delay: float, timeout: float) -> None:
    """It answers one request after the other, also those that it was asked again."""
    with SimulatedChronyd(faults=Faults(delay=delay)) as server:
        assert get_tracking(server.address, timeout=timeout).stratum == 3


def test_no_timeout_waits_until_there_is_an_answer() -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        strata: list[int] = []
        thread = threading.Thread(
            target=lambda: strata.append(get_tracking(server.address, timeout=None).stratum)
        )
        thread.start()
        wait_for(lambda: server.requests > 0)
        server.faults = Faults()
        thread.join(PATIENT)
    assert strata == [3]
