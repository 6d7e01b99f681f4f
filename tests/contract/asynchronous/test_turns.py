"""Tasks on one connection take turns, first come first served."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from typing import Any

import pytest

from pychrony import AsyncChronyConnection, ChronyTimeoutError
from pychrony._client.async_sharing import Hold
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.numbered import NumberedServer

SECONDS = 60
N_TASKS = 1000


def test_each_of_a_thousand_tasks_gets_its_own_answer_in_the_order_they_came() -> None:
    async def main() -> None:
        async with AsyncChronyConnection(numbered.address, timeout=SECONDS) as connection:
            calls = (connection.get_tracking() for _ in range(N_TASKS))
            numbers = [status.stratum for status in await asyncio.gather(*calls)]
            assert numbers == sorted(set(numbers))
            assert len(asyncio.all_tasks()) == 1

    numbered = NumberedServer(delay=0)
    with numbered:
        asyncio.run(main())


def test_a_task_that_asks_again_at_once_waits_behind_the_others() -> None:
    order: list[str] = []

    async def ask(connection: AsyncChronyConnection, name: str, times: int) -> None:
        for _ in range(times):
            await connection.get_tracking()
            order.append(name)

    async def main() -> None:
        async with AsyncChronyConnection(numbered.address, timeout=SECONDS) as connection:
            await asyncio.gather(*(ask(connection, name, 3) for name in "abc"))

    numbered = NumberedServer(delay=0.05)
    with numbered:
        asyncio.run(main(), debug=True)
    assert "".join(order) == "abcabcabc"


def test_waiting_for_ones_turn_counts_against_the_timeout(server: SimulatedChronyd) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            server.faults = Faults(silent=True)
            holder = asyncio.create_task(connection.get_tracking())
            await asyncio.sleep(0)
            begin = time.monotonic()
            with pytest.raises(ChronyTimeoutError) as caught:
                await connection.get_sources(timeout=0.2)
            took = time.monotonic() - begin
            assert 0.199 <= took < SECONDS / 2  # uvloop's timers know milliseconds only
            assert str(caught.value) == (
                f"{server.address}: other tasks used the connection until the timeout"
            )
            assert caught.value.address == server.address
            holder.cancel()
            server.faults = Faults()
            assert len(await connection.get_sources()) == 3

    asyncio.run(main(), debug=True)


def test_tasks_that_have_given_up_waiting_leave_nothing(server: SimulatedChronyd) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            server.faults = Faults(silent=True)
            holder = asyncio.create_task(connection.get_tracking())
            await asyncio.sleep(0)
            calls = [asyncio.create_task(connection.get_tracking()) for _ in range(50)]
            calls += [asyncio.create_task(connection.get_tracking(timeout=0.05)) for _ in range(50)]
            await asyncio.sleep(0)
            for call in calls[:50]:
                call.cancel()
            await asyncio.wait(calls)
            assert all(call.cancelled() or call.exception() for call in calls)
            del calls, call
            gc.collect()
            holds = [each for each in gc.get_objects() if isinstance(each, Hold)]
            assert len(holds) == 1  # the holder's
            assert n_timers() == 1
            holder.cancel()
            await asyncio.wait([holder])
            assert n_timers() == 0

    asyncio.run(main())


def n_timers() -> int:
    """Return how many timers an event loop, also uvloop's, would still call."""
    timers: list[Any] = [o for o in gc.get_objects() if type(o).__name__ == "TimerHandle"]
    return sum(not timer.cancelled() for timer in timers)


def test_closing_lets_the_call_that_is_under_way_finish(server: SimulatedChronyd) -> None:
    async def main() -> None:
        connection = AsyncChronyConnection(server.address, timeout=SECONDS)
        await connection.open()
        server.faults = Faults(silent=True)
        tasks = [asyncio.create_task(connection.get_tracking()) for _ in range(3)]
        await asyncio.sleep(0)
        begin = time.monotonic()
        await connection.close()
        assert time.monotonic() - begin < SECONDS / 2
        server.faults = Faults()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert time.monotonic() - begin < SECONDS / 2
        assert [type(result).__name__ for result in results] == [
            *("TrackingStatus", "RuntimeError", "RuntimeError")
        ]
        assert "the connection is closed" in str(results[1])
        async with connection:
            assert (await connection.get_tracking()).stratum == 3

    asyncio.run(main(), debug=True)


def test_a_connection_that_is_not_open_says_so(server: SimulatedChronyd) -> None:
    async def main() -> None:
        connection = AsyncChronyConnection(server.address)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="use it inside its `async with` block"):
                await connection.get_tracking()
            with pytest.raises(RuntimeError, match="use it inside its `async with` block"):
                _ = connection.transport
            await connection.close()
            async with connection:
                with pytest.raises(RuntimeError, match="open already"):
                    await connection.open()
                assert (await connection.get_tracking()).stratum == 3

    asyncio.run(main(), debug=True)


def test_of_two_tasks_that_open_a_connection_one_fails(
    numbered: NumberedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = ("/nonexistent/chronyd.sock", numbered.address)
    monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", addresses)

    async def main() -> None:
        connection = AsyncChronyConnection(timeout=SECONDS)
        results = await asyncio.gather(connection.open(), connection.open(), return_exceptions=True)
        # Whichever is answered first has opened it.
        assert {str(each) for each in results} == {"None", "this connection is open already"}
        assert (await connection.get_tracking()).stratum > 1
        await connection.close()

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), "3", True])
def test_a_malformed_timeout_is_a_value_error(timeout: float, server: SimulatedChronyd) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address) as connection:
            with pytest.raises(ValueError, match="timeout must be a positive number"):
                await connection.get_tracking(timeout=timeout)
            with pytest.raises(ValueError, match="is none of"):
                await connection.read_record("nosuch")
            with pytest.raises(ValueError, match="index must be"):
                await connection.read_record("sources", -1)

    with pytest.raises(ValueError, match="timeout must be a positive number"):
        AsyncChronyConnection(server.address, timeout=timeout)
    asyncio.run(main(), debug=True)


def test_a_call_without_a_timeout_waits_as_long_as_it_takes(server: SimulatedChronyd) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=None) as connection:
            server.faults = Faults(silent=True)
            tasks = [asyncio.create_task(connection.get_tracking()) for _ in range(2)]
            await asyncio.sleep(0.2)
            server.faults = Faults()
            assert [task.stratum for task in await asyncio.gather(*tasks)] == [3, 3]

    asyncio.run(main(), debug=True)


if sys.version_info >= (3, 11):

    async def ask_in_group(connection: AsyncChronyConnection, tasks: list[Any]) -> None:
        async with asyncio.TaskGroup() as group:
            tasks += [group.create_task(connection.get_sources()) for _ in range(3)]
            group.create_task(connection.get_tracking(timeout=0.1))

    def test_in_a_task_group_one_failure_ends_the_others(server: SimulatedChronyd) -> None:
        async def main() -> None:
            async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
                server.faults = Faults(silent=True)
                others: list[Any] = []
                asking = ask_in_group(connection, others)
                [error] = await asyncio.gather(asking, return_exceptions=True)
                assert [type(each) for each in getattr(error, "exceptions", ())] == [
                    ChronyTimeoutError
                ]
                assert [task.cancelled() for task in others] == [True] * 3
                server.faults = Faults()
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(connection.get_tracking()) for _ in range(3)]
                assert [task.result().stratum for task in tasks] == [3, 3, 3]

        asyncio.run(main(), debug=True)

    def test_a_timeout_of_asyncio_is_its_own_error(server: SimulatedChronyd) -> None:
        async def main() -> None:
            async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
                server.faults = Faults(silent=True)
                with pytest.raises(TimeoutError) as caught:
                    async with asyncio.timeout(0.1):
                        await connection.get_tracking()
                assert not isinstance(caught.value, ChronyTimeoutError)
                server.faults = Faults()
                async with asyncio.timeout(SECONDS):
                    assert (await connection.get_tracking()).stratum == 3

        asyncio.run(main(), debug=True)
