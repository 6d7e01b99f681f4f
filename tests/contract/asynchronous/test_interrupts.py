"""Interrupts that come at any line of a call: the connection still works."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import pychrony
from pychrony import AsyncChronyConnection, ChronyConnectionError
from pychrony.testing import Faults, SimulatedChronyd

CLIENT = str(Path(pychrony.__file__).parent / "_client")
SECONDS = 60
FILES = ("asynchronous.py", "async_sharing.py", "event_loop.py", "handle.py")


class Interrupt(BaseException):
    """What a signal handler raises."""


@contextmanager
def interrupted_at(number: int) -> Generator[None]:
    """Raise an Interrupt at that line, of those that run of what asks, in this task."""
    task, left = asyncio.current_task(), number

    def trace(frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal left
        folder, file = os.path.split(frame.f_code.co_filename)
        if folder != CLIENT or file not in FILES:
            return None
        if event == "line" and asyncio.current_task() is task:
            left -= 1
            if left == 0:
                raise Interrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


async def interrupt_at_each_line(call: Callable[[], Any], check: Callable[[], Any]) -> int:
    """Interrupt a call at each of its lines, and check after each. Return how many lines it has."""
    number = 0
    while True:
        number += 1
        try:
            with interrupted_at(number):
                await call()
        except Interrupt:
            pass  # while it is kept, it may keep a turn
        else:
            return number
        await check()


def test_a_call_may_be_interrupted_at_any_line(server: SimulatedChronyd) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:

            async def check() -> None:
                tasks = [connection.get_tracking() for _ in range(2)]
                assert [status.stratum for status in await asyncio.gather(*tasks)] == [3, 3]

            assert await interrupt_at_each_line(connection.get_tracking, check) > 50

    asyncio.run(main())


def test_waiting_for_ones_turn_may_be_interrupted_at_any_line(server: SimulatedChronyd) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:

            async def wait_for_turn() -> None:
                """Wait for the turn of another task, which is cancelled then."""
                holder = asyncio.ensure_future(connection.get_tracking())
                await asyncio.sleep(0)
                asyncio.get_running_loop().call_soon(holder.cancel)
                await connection.get_tracking()

            async def check() -> None:
                assert (await connection.get_tracking()).stratum == 3

            assert await interrupt_at_each_line(wait_for_turn, check) > 50

    asyncio.run(main())


def test_opening_and_closing_may_be_interrupted_at_any_line(
    unix_server: SimulatedChronyd, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(unix_server.address).parent
    addresses = ("/nonexistent/chronyd.sock", unix_server.address)
    monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", addresses)

    async def main() -> None:
        async def open_and_close() -> None:
            connection = AsyncChronyConnection(timeout=SECONDS)
            await connection.open()
            await connection.close()

        async def check() -> None:
            if [*folder.glob("libchrony.*")]:
                gc.collect()
            assert [*folder.glob("libchrony.*")] == []

        assert await interrupt_at_each_line(open_and_close, check) > 50

    asyncio.run(main())


def test_a_call_that_is_interrupted_at_any_line_leaves_nothing_in_the_loop(
    server: SimulatedChronyd,
) -> None:
    """The loop would take the next socket with the same number for the one that was closed."""
    server.faults = Faults(delay=0.01)

    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def open_and_close() -> None:
            async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
                await connection.get_tracking()

        async def check() -> None:
            closed = [fd for fd in range(1000) if not os.path.exists(f"/proc/self/fd/{fd}")]
            assert [fd for fd in closed if loop.remove_reader(fd) or loop.remove_writer(fd)] == []

        assert await interrupt_at_each_line(open_and_close, check) > 50

    asyncio.run(main())


def test_a_turn_that_an_interrupt_has_lost_is_made_anew(server: SimulatedChronyd) -> None:
    """Where the new one cannot be opened, the next task tries again."""

    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            queue: Any = connection._queue
            queue._idle = None
            gc.collect()
            address, queue._target = queue._target, "/nonexistent/chronyd.sock"
            for _ in range(2):
                with pytest.raises(ChronyConnectionError):
                    await connection.get_tracking()
            queue._target = address
            tasks = [connection.get_tracking() for _ in range(2)]
            assert [status.stratum for status in await asyncio.gather(*tasks)] == [3, 3]

    asyncio.run(main())
