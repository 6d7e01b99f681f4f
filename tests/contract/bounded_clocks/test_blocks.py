"""BoundedClock with a thread, with a task and without either; forks, and what is left behind."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
import time
import weakref
from types import FrameType
from typing import Any

import pytest

from pychrony import BoundedClock, ClockStatus, bounded_now
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.chronyd import wait_for
from tests.support.counting import count_requests
from tests.support.good_clocks import BOUND_NS, PATIENCE, good_tracking

NAME = "pychrony.BoundedClock"
LONG = 1000.0  # seconds: chronyd is not asked again


def keepers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == NAME]


def test_a_single_reading_has_the_bound_of_chronyd(server: SimulatedChronyd) -> None:
    before, interval, after = (
        time.time_ns(),
        bounded_now(server.address, timeout=PATIENCE),
        time.time_ns(),
    )

    assert before <= interval.midpoint_ns <= after
    assert interval.error_ns >= BOUND_NS
    assert interval.status is ClockStatus.SYNCHRONIZED
    assert count_requests(server, lambda: bounded_now(server.address, timeout=PATIENCE)) == 1


def test_an_extra_error_is_in_the_bound(server: SimulatedChronyd) -> None:
    interval = bounded_now(server.address, timeout=PATIENCE, extra_error=0.25)

    assert 250_000_000 + BOUND_NS <= interval.error_ns < 500_000_000


def test_in_a_block_a_reading_asks_nobody(server: SimulatedChronyd) -> None:
    def read() -> None:
        with BoundedClock(server.address, timeout=PATIENCE, refresh=LONG) as clock:
            for _ in range(100):
                clock.now()

    assert count_requests(server, read) == 1


def test_readings_leave_nothing_behind(server: SimulatedChronyd) -> None:
    with BoundedClock(server.address, timeout=PATIENCE, refresh=LONG) as clock:
        clock.now()
        gc.collect()
        before = sys.getallocatedblocks()
        for _ in range(10_000):
            clock.now()
        taken = sys.getallocatedblocks() - before

    assert taken < 1000


def test_without_a_block_chronyd_is_asked_when_the_report_is_older_than_refresh(
    server: SimulatedChronyd,
) -> None:
    def read(refresh: float, times: int) -> None:
        clock = BoundedClock(server.address, timeout=PATIENCE, refresh=refresh)
        for _ in range(times):
            assert clock.now().status is ClockStatus.SYNCHRONIZED

    assert count_requests(server, lambda: read(LONG, 100)) == 1
    assert count_requests(server, lambda: read(1e-9, 3)) == 3


def test_without_a_block_the_status_is_that_of_the_last_report(server: SimulatedChronyd) -> None:
    clock = BoundedClock(server.address, timeout=PATIENCE, refresh=1e-9)
    for _ in range(2):
        status = clock.now().status
        assert clock.status is status
        server.stop()
    assert status is ClockStatus.FREE_RUNNING


def test_a_thread_asks_again_and_again_and_ends_with_the_block(server: SimulatedChronyd) -> None:
    with BoundedClock(server.address, timeout=PATIENCE, refresh=0.001):
        assert len(keepers()) == 1
        wait_for(lambda: server.requests > 5)

    assert keepers() == []

    def begin_and_end() -> None:
        with BoundedClock(server.address, timeout=PATIENCE, refresh=LONG):
            pass

    assert count_requests(server, begin_and_end) == 1


def test_a_block_that_ends_does_not_wait_for_the_next_question(server: SimulatedChronyd) -> None:
    before = time.monotonic()
    with BoundedClock(server.address, timeout=PATIENCE, refresh=LONG):
        pass

    assert time.monotonic() - before < LONG / 2


def test_a_clock_may_be_used_after_its_block_and_in_another(server: SimulatedChronyd) -> None:
    clock = BoundedClock(server.address, timeout=PATIENCE)
    for _ in range(2):
        with clock:
            clock.now()
        clock.now()

    assert keepers() == []


def test_a_clock_is_in_one_block_at_a_time(server: SimulatedChronyd) -> None:
    with (
        BoundedClock(server.address, timeout=PATIENCE) as clock,
        pytest.raises(RuntimeError, match="in a block already"),
        clock,
    ):
        pass


def test_a_task_asks_again_and_again_and_ends_with_the_block(server: SimulatedChronyd) -> None:
    async def use() -> None:
        async with BoundedClock(server.address, timeout=PATIENCE, refresh=0.001) as clock:
            assert keepers() == []
            while server.requests < 5:
                assert clock.now().status is ClockStatus.SYNCHRONIZED
                await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(use())


def test_a_task_that_is_cancelled_leaves_its_block(server: SimulatedChronyd) -> None:
    async def use(entered: asyncio.Event) -> None:
        async with BoundedClock(server.address, timeout=PATIENCE):
            entered.set()
            await asyncio.sleep(LONG)

    async def cancel() -> None:
        entered = asyncio.Event()
        task = asyncio.ensure_future(use(entered))
        await entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(cancel())


def test_threads_share_a_clock(server: SimulatedChronyd) -> None:
    errors: list[int] = []

    def read() -> None:
        errors.extend(clock.now().error_ns for _ in range(1000))

    with BoundedClock(server.address, timeout=PATIENCE, refresh=0.001) as clock:
        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(errors) == 4000
    assert min(errors) >= BOUND_NS


def test_a_signal_handler_may_read_a_clock_that_it_interrupts(server: SimulatedChronyd) -> None:
    """Wherever it comes: after so many lines of Python in a reading that asks."""
    clock = BoundedClock(server.address, timeout=PATIENCE, refresh=1e-9)
    lines = 0
    interrupted = range(0)

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if event == "line" and frame.f_code.co_filename.endswith("_bounded/clock.py"):
            lines += 1
            if lines in interrupted:
                sys.settrace(None)
                signal.raise_signal(signal.SIGUSR1)
        return trace

    def read() -> None:
        nonlocal lines
        lines = 0
        sys.settrace(trace)
        try:
            clock.now()
        finally:
            sys.settrace(None)

    handled: list[ClockStatus] = []
    before = signal.signal(signal.SIGUSR1, lambda *_: handled.append(clock.now().status))
    try:
        read()
        total = lines
        for number in range(1, total + 1):
            interrupted = range(number, number + 1)
            read()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert handled == [ClockStatus.SYNCHRONIZED] * total


def test_a_reading_waits_for_no_question(server: SimulatedChronyd) -> None:
    """The thread waits for an answer, and readings do not."""
    with BoundedClock(server.address, refresh=0.001, timeout=PATIENCE) as clock:
        server.faults = Faults(delay=60)
        asked = server.requests
        wait_for(lambda: server.requests > asked)
        before = time.monotonic()
        for _ in range(100):
            assert clock.now().status is ClockStatus.SYNCHRONIZED
        taken = time.monotonic() - before
        server.faults = Faults()

    assert taken < 30


@pytest.mark.parametrize("in_block", [False, True])
def test_a_forked_child_asks_anew_and_the_parent_goes_on(
    in_block: bool, server: SimulatedChronyd
) -> None:
    clock = BoundedClock(server.address, refresh=LONG, timeout=PATIENCE)
    if in_block:
        clock.__enter__()
    clock.now()
    asked = server.requests
    child = os.fork()
    if child == 0:
        known = clock.status is ClockStatus.UNKNOWN and clock.now().error_ns >= BOUND_NS
        if in_block:
            clock.__exit__(None, None, None)
        os._exit(0 if known and not keepers() else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert server.requests > asked
    server.stop()  # the parent does not ask: it would not be answered
    assert clock.now().status is ClockStatus.SYNCHRONIZED
    if in_block:
        clock.__exit__(None, None, None)


def test_a_forked_child_keeps_what_contradicts_chronyd(server: SimulatedChronyd) -> None:
    """As where somebody has set the clock: chronyd says that all is well."""
    server.tracking = good_tracking(offset=0.005, ref_time_ns=1)
    clock = BoundedClock(server.address, timeout=PATIENCE, refresh=1e-9)
    clock.now()
    server.tracking = good_tracking(offset=0.0, ref_time_ns=1)
    assert clock.now().error_ns > 5_000_000
    child = os.fork()
    if child == 0:
        os._exit(0 if clock.now().error_ns > 5_000_000 else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0


def test_a_clock_that_nobody_has_any_more_is_gone(server: SimulatedChronyd) -> None:
    """Nothing runs then: what does may swallow an interrupt."""
    clock = BoundedClock(server.address, timeout=PATIENCE)
    clock.now()
    assert [each.__callback__ for each in weakref.getweakrefs(clock)] == [None]
    left = weakref.ref(clock)
    del clock
    gc.collect()

    assert left() is None
