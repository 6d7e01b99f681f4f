"""A call that is cancelled, at any of its awaits: the next one gets its own answer."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pychrony import AsyncChronyConnection, ChronyTimeoutError
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.many_sources import right_list
from tests.support.numbered import N_SOURCES, NumberedServer
from tests.support.reply_servers import ReplyServer
from tests.support.stepping import Stepping

SECONDS = 60
ERRORS = [asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit, ValueError]
Call = Callable[[AsyncChronyConnection], Any]
CALLS: dict[str, Call] = {
    "tracking": lambda connection: connection.get_tracking(),
    "sources": lambda connection: connection.get_sources(),
    "sources with names": lambda connection: connection.get_sources(names=True),
    "ntpdata": lambda connection: connection.get_ntp_data(),
    "check": lambda connection: connection.check(),
    "records": lambda connection: connection.read_records("sourcestats"),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


async def count_suspensions(coroutine: Any) -> int:
    stepping = Stepping(coroutine)
    await stepping
    return stepping.suspensions


async def next_is_right(connection: AsyncChronyConnection, numbered: NumberedServer) -> None:
    """Check that the questions that follow get their own answers."""
    last = numbered.number_of_last()
    for _ in range(2):
        number = (await connection.get_tracking()).stratum
        assert number > last
        last = number
    assert await connection.get_sources() == right_list("sources", N_SOURCES)


@each_call
def test_a_call_that_is_cancelled_at_any_await_leaves_its_answer_to_nobody(
    call: Call, numbered: NumberedServer
) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(numbered.address, timeout=SECONDS) as connection:
            n_cancelled = 0
            for number in range(1, await count_suspensions(call(connection)) + 1):
                try:
                    await Stepping(call(connection), number)
                except asyncio.CancelledError:
                    n_cancelled += 1  # else it took fewer: several answers came at once
                await next_is_right(connection, numbered)
            assert n_cancelled > 0
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("error", ERRORS)
def test_whatever_is_thrown_into_a_call_comes_out_of_it(
    error: type[BaseException], server: SimulatedChronyd
) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            server.faults = Faults(silent=True)
            thrown = error("this one")
            with pytest.raises(error) as caught:
                await Stepping(connection.get_tracking(), 1, lambda: thrown)
            assert caught.value is thrown
            server.faults = Faults()
            assert (await connection.get_tracking()).stratum == 3

    asyncio.run(main(), debug=True)


def test_opening_can_be_cancelled_at_any_await(
    numbered: NumberedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def main() -> None:
        connection = AsyncChronyConnection(timeout=SECONDS)
        n_suspensions = await count_suspensions(connection.open())
        assert n_suspensions >= 2  # the silent server, and the other one
        await connection.close()
        for number in range(1, n_suspensions + 1):
            try:
                await Stepping(connection.open(), number)
            except asyncio.CancelledError:
                assert [*tmp_path.glob("libchrony.*")] == []
                with pytest.raises(RuntimeError, match="closed"):
                    await connection.get_tracking()
            else:
                assert number > 1  # the second server was quick
                await connection.close()
        async with connection:
            assert connection.address == numbered.address
            await next_is_right(connection, numbered)

    with SimulatedChronyd(address=tmp_path / "s", faults=Faults(silent=True)) as silent:
        addresses = (silent.address, numbered.address)
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", addresses)
        asyncio.run(main(), debug=True)


def test_a_turn_that_is_handed_to_a_task_cancelled_at_that_moment_is_passed_on(
    server: SimulatedChronyd,
) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            server.faults = Faults(silent=True)
            tasks = [asyncio.create_task(connection.get_tracking()) for _ in range(3)]
            await asyncio.sleep(0)
            tasks[0].cancel()
            await asyncio.sleep(0)  # its turn is the second's now, which has not run since
            server.faults = Faults()
            tasks[1].cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert [type(result).__name__ for result in results] == [
                *("CancelledError", "CancelledError", "TrackingStatus")
            ]

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("n_cancelled", [10, 50, 99, 100])
def test_tasks_that_are_cancelled_while_they_wait_leave_the_others_their_turns(
    n_cancelled: int, numbered: NumberedServer
) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(numbered.address, timeout=SECONDS) as connection:
            tasks = [asyncio.create_task(connection.get_tracking()) for _ in range(100)]
            await asyncio.sleep(0)
            for task in tasks[:n_cancelled]:
                task.cancel()
            await asyncio.wait(tasks)
            assert any(task.cancelled() for task in tasks)
            assert not any(task.cancelled() for task in tasks[n_cancelled:])
            numbers = [task.result().stratum for task in tasks if not task.cancelled()]
            assert numbers == sorted(set(numbers))
            await next_is_right(connection, numbered)

    asyncio.run(main(), debug=True)


def test_wait_for_times_out_in_its_own_way(server: SimulatedChronyd) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            server.faults = Faults(silent=True)
            with pytest.raises(asyncio.TimeoutError) as caught:
                await asyncio.wait_for(connection.get_tracking(), 0.05)
            assert not isinstance(caught.value, ChronyTimeoutError)
            with pytest.raises(ChronyTimeoutError):
                await asyncio.wait_for(connection.get_tracking(timeout=0.05), SECONDS)
            server.faults = Faults()
            assert (await asyncio.wait_for(connection.get_tracking(), SECONDS)).stratum == 3

    asyncio.run(main(), debug=True)


async def first_of(*awaitables: Awaitable[Any]) -> None:
    """Wait for the first, and cancel the others."""
    tasks = [asyncio.ensure_future(each) for each in awaitables]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_a_connection_whose_calls_are_cancelled_at_random_stays_right(
    numbered: NumberedServer,
) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(numbered.address, timeout=SECONDS) as connection:
            for n in range(60):
                calls = [call(connection) for call in CALLS.values()]
                await first_of(asyncio.sleep(n / 4000), *calls)
            await next_is_right(connection, numbered)

    asyncio.run(main(), debug=True)


def test_a_coroutine_that_is_dropped_gives_its_turn_back(server: SimulatedChronyd) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            server.faults = Faults(silent=True)
            dropped = connection.get_tracking()
            dropped.send(None)
            waiting = asyncio.create_task(connection.get_tracking())
            await asyncio.sleep(0)
            assert not waiting.done()
            server.faults = Faults()
            del dropped
            gc.collect()
            assert (await waiting).stratum == 3

    asyncio.run(main(), debug=True)


def test_a_flood_of_late_answers_is_no_answer_to_the_next_question() -> None:
    daemon = NumberedServer()

    def flood(request: bytes) -> list[bytes]:
        return daemon._number(request) * 100

    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            for _ in range(20):
                last = (await connection.get_tracking()).stratum
                with suppress(asyncio.CancelledError):  # it may be quick
                    await Stepping(connection.get_tracking(), 1)
                assert (await connection.get_tracking()).stratum > last

    with daemon, ReplyServer(flood) as server:
        asyncio.run(main(), debug=True)
