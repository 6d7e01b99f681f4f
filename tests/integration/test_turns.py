"""Threads, signal handlers and interrupts on one connection, at chosen moments."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest

import pychrony
from pychrony import ChronyConnection, ChronyTimeoutError
from pychrony.testing import SimulatedChronyd
from tests.support.chronyd import wait_for
from tests.support.deadlines import HELD, MARGIN, PATIENT

CLIENT = str(Path(pychrony.__file__).parent / "_client")
SHARING = ("blocking.py", "sharing.py", "handle.py")


class Interrupt(BaseException):
    """What a signal handler or a trace function raises."""


@pytest.fixture
def server() -> Generator[SimulatedChronyd]:
    with SimulatedChronyd() as running:
        yield running


@contextmanager
def switching_often() -> Generator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)


@contextmanager
def handler_of_signals(
    handle: Callable[[], object], server: SimulatedChronyd
) -> Generator[Callable[[], None]]:
    """Yield what sends the signal that is handled so. Then the server answers what it has held."""

    def handle_and_answer(_signum: int, _frame: FrameType | None) -> None:
        handle()
        server.faults = None

    before = signal.signal(signal.SIGUSR1, handle_and_answer)
    try:
        yield lambda: os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)


@contextmanager
def at_each_line(act: Callable[[], object], only: str = "") -> Generator[None]:
    """Act before each line that runs of what shares a connection, as a trace function may.

    Of one function, if wanted.
    """

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        folder, file = os.path.split(frame.f_code.co_filename)
        if folder != CLIENT or file not in SHARING or only not in ("", frame.f_code.co_name):
            return None
        if event == "line":
            act()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def attempts(connection: ChronyConnection) -> tuple[Callable[[], None], list[object]]:
    """Return what makes a call, and where it puts its outcomes."""
    outcomes: list[object] = []

    def attempt() -> None:
        begin = time.monotonic()
        try:
            outcomes.append(connection.get_tracking().stratum)
        except RuntimeError as error:
            outcomes.append(str(error))
        assert time.monotonic() - begin < MARGIN

    return attempt, outcomes


def open_and_close(server: SimulatedChronyd, times: int) -> None:
    for _ in range(times):
        with ChronyConnection(server.address):
            pass


def test_threads_that_open_connections_at_once_do_not_disturb_each_other(
    server: SimulatedChronyd,
) -> None:
    with ExitStack() as stack, switching_often(), ThreadPoolExecutor(8) as pool:
        for _ in range(62):
            stack.enter_context(ChronyConnection(server.address))
        for done in [pool.submit(open_and_close, server, 3000) for _ in range(8)]:
            done.result()


def test_handles_that_are_opened_while_others_are_tidied_up_do_no_harm(
    server: SimulatedChronyd,
) -> None:
    chance = Random(1)
    with at_each_line(lambda: open_and_close(server, chance.choice((0, 0, 69))), only="_remember"):
        open_and_close(server, 500)


@pytest.mark.parametrize("timeout", [PATIENT, None])
def test_a_signal_handler_that_uses_its_threads_connection_is_told_so_at_once(
    server: SimulatedChronyd, timeout: float | None
) -> None:
    server.faults = HELD
    with ChronyConnection(server.address, timeout=timeout) as connection:
        attempt, outcomes = attempts(connection)
        with handler_of_signals(attempt, server) as send_signal, ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: (wait_for(lambda: server.requests > 0), send_signal()))
            assert connection.get_tracking().stratum == 3

        assert len(outcomes) == 1
        assert "signal handler" in str(outcomes[0])
        assert connection.get_tracking().stratum == 3


def test_a_signal_handler_may_use_a_connection_of_its_own(server: SimulatedChronyd) -> None:
    with (
        SimulatedChronyd(faults=HELD) as slow,
        ChronyConnection(slow.address, timeout=PATIENT) as connection,
        ChronyConnection(server.address) as other,
    ):
        attempt, outcomes = attempts(other)
        with handler_of_signals(attempt, slow) as send_signal, ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: (wait_for(lambda: slow.requests > 0), send_signal()))
            assert connection.get_tracking().stratum == 3

    assert outcomes == [3]


def test_other_threads_wait_while_a_signal_handler_is_turned_away(
    server: SimulatedChronyd,
) -> None:
    server.faults = HELD
    with ChronyConnection(server.address, timeout=PATIENT) as connection:
        attempt, outcomes = attempts(connection)

        def disturb() -> int:
            wait_for(lambda: server.requests > 0)
            send_signal()
            return connection.get_tracking().stratum

        with handler_of_signals(attempt, server) as send_signal, ThreadPoolExecutor(1) as pool:
            other = pool.submit(disturb)
            assert connection.get_tracking().stratum == 3
            assert other.result() == 3

    assert len(outcomes) == 1
    assert "signal handler" in str(outcomes[0])


def test_a_handler_that_closes_the_connection_lets_the_call_finish(
    server: SimulatedChronyd,
) -> None:
    server.faults = HELD
    connection = ChronyConnection(server.address, timeout=PATIENT)
    connection.__enter__()
    with (
        handler_of_signals(connection.close, server) as send_signal,
        ThreadPoolExecutor(1) as pool,
    ):
        pool.submit(lambda: (wait_for(lambda: server.requests > 0), send_signal()))
        assert connection.get_tracking().stratum == 3

    with pytest.raises(RuntimeError, match="closed"):
        connection.get_tracking()


def test_whatever_calls_amid_a_call_is_answered_or_told_so_and_the_call_goes_on(
    server: SimulatedChronyd,
) -> None:
    """At each line that a trace function, a `__del__` or a signal handler may come at."""
    with ChronyConnection(server.address, timeout=None) as connection:
        attempt, outcomes = attempts(connection)
        for _ in range(2):
            with at_each_line(attempt):
                assert connection.get_tracking().stratum == 3
        assert connection.get_tracking().stratum == 3

    refusals = {str(outcome) for outcome in outcomes if outcome != 3}
    assert len(refusals) == 1
    assert "signal handler" in refusals.pop()
    assert 3 in outcomes  # before the call has the handle, and after


def test_an_interrupt_at_any_line_leaves_a_connection_that_works(
    server: SimulatedChronyd,
) -> None:
    lines = interrupted = 0

    def interrupt() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Interrupt

    with ChronyConnection(server.address, timeout=5.0) as connection:
        while interrupted == lines:
            lines += 1
            left = lines
            try:
                with at_each_line(interrupt):
                    connection.get_tracking()
            except Interrupt:
                interrupted += 1
            begin = time.monotonic()
            assert connection.get_tracking().stratum == 3
            assert time.monotonic() - begin < MARGIN

    assert interrupted > 20


def test_giving_up_may_be_interrupted_at_any_line_and_the_interrupt_be_kept(
    server: SimulatedChronyd,
) -> None:
    kept: list[Interrupt] = []
    lines = 0

    def interrupt() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Interrupt

    with (
        ChronyConnection(server.address, timeout=PATIENT) as connection,
        ThreadPoolExecutor(1) as pool,
    ):
        turn_queue: Any = connection._queue
        while len(kept) == lines:
            lines += 1
            left = lines
            server.faults = HELD
            other = pool.submit(connection.get_tracking)
            wait_for(turn_queue._idle.empty)  # the other thread has the handle
            try:
                with at_each_line(interrupt, only="_cancel"), suppress(ChronyTimeoutError):
                    connection.get_tracking(timeout=0.01)
            except Interrupt as interrupted:
                kept.append(interrupted)
            server.faults = None
            assert other.result().stratum == 3
            begin = time.monotonic()
            assert connection.get_tracking().stratum == 3
            assert time.monotonic() - begin < MARGIN

    assert len(kept) > 1


class Halting(deque[Any]):
    """A queue whose thread halts between taking its first item and going on."""

    def __init__(self, items: deque[Any]) -> None:
        super().__init__(items)
        self.taken, self.may_go_on = threading.Event(), threading.Event()

    def popleft(self) -> Any:
        item = super().popleft()
        if not self.taken.is_set():
            self.taken.set()
            self.may_go_on.wait(PATIENT)
        return item


def test_a_thread_that_gives_up_while_it_is_told_of_the_end_does_not_keep_it_from_others(
    server: SimulatedChronyd,
) -> None:
    server.faults = HELD
    connection = ChronyConnection(server.address)
    connection.__enter__()
    turn_queue: Any = connection._queue

    def ask(seconds: float) -> type[BaseException] | None:
        try:
            connection.get_tracking(timeout=seconds)
        except (ChronyTimeoutError, RuntimeError) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(4) as pool:
        pool.submit(ask, PATIENT)
        wait_for(turn_queue._idle.empty)  # this thread has the handle
        gives_up = pool.submit(ask, 2.0)
        wait_for(lambda: len(turn_queue._waiting) == 1)
        waits = pool.submit(ask, PATIENT)
        wait_for(lambda: len(turn_queue._waiting) == 2)
        turn_queue._waiting = queue = Halting(turn_queue._waiting)
        pool.submit(connection.__exit__, None, None, None)  # halts once it has the place
        assert queue.taken.wait(PATIENT)
        gives_up.result()
        queue.may_go_on.set()

        assert waits.result() is RuntimeError
        server.faults = None


def test_a_turn_that_comes_after_the_timeout_is_lost_though_the_timeout_is_kept(
    server: SimulatedChronyd,
) -> None:
    server.faults = HELD
    with (
        ChronyConnection(server.address, timeout=PATIENT) as connection,
        ThreadPoolExecutor(2) as pool,
    ):
        turn_queue: Any = connection._queue
        turn_queue._waiting = queue = Halting(turn_queue._waiting)
        has = pool.submit(connection.get_tracking)
        wait_for(turn_queue._idle.empty)
        late = pool.submit(connection.get_tracking, timeout=MARGIN)
        wait_for(lambda: len(queue) == 1)
        server.faults = None
        assert queue.taken.wait(PATIENT)  # the turn is about to be put where `late` waits
        assert isinstance(late.exception(), ChronyTimeoutError)
        queue.may_go_on.set()
        assert has.result().stratum == 3

        begin = time.monotonic()
        assert connection.get_tracking().stratum == 3
        assert time.monotonic() - begin < MARGIN
