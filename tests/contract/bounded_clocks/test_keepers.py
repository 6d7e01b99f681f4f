"""Who asks chronyd in a block: one thread or task at a time, and none that nobody ends."""

from __future__ import annotations

import asyncio
import ctypes
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from types import FrameType
from typing import Any

import pytest

from pychrony import BoundedClock, ClockStatus
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.chronyd import wait_for
from tests.support.counting import count_requests
from tests.support.good_clocks import PATIENCE

NAME = "pychrony.BoundedClock"
LONG = 1000.0  # seconds: chronyd is not asked again


def keepers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == NAME]


def test_of_threads_that_begin_a_block_at_once_one_does(server: SimulatedChronyd) -> None:
    """The others begin while chronyd is asked for the first."""
    clock = BoundedClock(server.address, refresh=LONG, timeout=PATIENCE)
    server.faults = Faults(delay=0.2)
    with ThreadPoolExecutor(3) as pool:
        tries = [pool.submit(clock.__enter__) for _ in range(3)]
    refused = [each for each in tries if isinstance(each.exception(), RuntimeError)]
    assert len(refused) == 2
    assert len(keepers()) == 1

    clock.__exit__(None, None, None)
    assert keepers() == []


def test_of_tasks_that_begin_a_block_at_once_one_does(server: SimulatedChronyd) -> None:
    async def use() -> None:
        clock = BoundedClock(server.address, refresh=LONG, timeout=PATIENCE)
        tries = [clock.__aenter__() for _ in range(3)]
        found = await asyncio.gather(*tries, return_exceptions=True)
        assert [type(each) for each in found].count(RuntimeError) == 2
        await clock.__aexit__(None, None, None)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(use())


def test_where_no_thread_can_be_started_a_block_may_be_begun_later(
    server: SimulatedChronyd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Any) -> None:
        raise RuntimeError("can't start new thread")

    clock = BoundedClock(server.address, timeout=PATIENCE, refresh=1e-6)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError, match="can't start"):
            clock.__enter__()

    assert count_requests(server, clock.now) == 1  # it is in no block
    with clock:
        assert len(keepers()) == 1


def test_a_block_whose_beginning_is_interrupted_leaves_no_thread(server: SimulatedChronyd) -> None:
    """Wherever the interrupt comes: after so many lines."""
    clock = BoundedClock(server.address, timeout=PATIENCE, refresh=LONG)
    lines = last = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        if event == "line" and frame.f_code.co_filename.endswith("_bounded/clock.py"):
            lines += 1
            if lines == last:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    def begin() -> bool:
        nonlocal lines
        lines = 0
        sys.settrace(trace)
        try:
            clock.__enter__()
        except KeyboardInterrupt:
            return False
        finally:
            sys.settrace(None)
        return True

    last = 1
    while not begin():
        wait_for(lambda: not keepers())
        last += 1
    assert last > 30
    assert len(keepers()) == 1
    clock.__exit__(None, None, None)
    assert keepers() == []


def test_a_block_whose_beginning_is_cancelled_may_be_begun_later(server: SimulatedChronyd) -> None:
    async def use() -> None:
        server.faults = Faults(delay=60)
        clock = BoundedClock(server.address, timeout=PATIENCE)
        entering = asyncio.ensure_future(clock.__aenter__())
        while not server.requests:
            await asyncio.sleep(0)
        entering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await entering
        server.faults = Faults()
        async with clock:
            clock.now()

    asyncio.run(use())


def test_a_thread_that_has_no_memory_asks_again(server: SimulatedChronyd) -> None:
    with BoundedClock(server.address, refresh=0.001, timeout=PATIENCE) as clock:
        server.faults = Faults(delay=PATIENCE)  # until the status has been seen
        asked = server.requests
        wait_for(lambda: server.requests > asked)
        ident = ctypes.c_ulong(keepers()[0].ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(MemoryError))
        wait_for(lambda: clock.status is ClockStatus.FREE_RUNNING)
        server.faults = Faults()
        wait_for(lambda: clock.status is ClockStatus.SYNCHRONIZED)
        assert len(keepers()) == 1


def test_a_task_that_has_no_memory_asks_again(server: SimulatedChronyd) -> None:
    def fail(*_: Any) -> None:
        raise MemoryError

    async def wait_for_status(clock: BoundedClock, status: ClockStatus) -> None:
        while clock.status is not status:
            await asyncio.sleep(0.001)

    async def use() -> None:
        loop: Any = asyncio.get_running_loop()
        async with BoundedClock(server.address, timeout=PATIENCE, refresh=0.001) as clock:
            add_reader, loop.add_reader = loop.add_reader, fail
            await asyncio.wait_for(wait_for_status(clock, ClockStatus.FREE_RUNNING), 60)
            loop.add_reader = add_reader
            await asyncio.wait_for(wait_for_status(clock, ClockStatus.SYNCHRONIZED), 60)

    asyncio.run(use())
