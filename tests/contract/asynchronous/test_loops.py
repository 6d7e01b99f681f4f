"""A connection and its event loop: another one, none, a closed one, one in debug mode, a fork."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from pychrony import AsyncChronyConnection, ChronyTimeoutError, TrackingStatus
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.numbered import NumberedServer
from tests.support.processes import in_child

SECONDS = 60
OTHER_LOOP = "opened in another event loop"


def run_until(loop: asyncio.AbstractEventLoop, condition: Callable[[], bool]) -> None:
    while not condition():
        loop.run_until_complete(asyncio.sleep(0.001))


def test_another_loop_may_not_use_it_but_can_close_and_open_it(server: SimulatedChronyd) -> None:
    connection = AsyncChronyConnection(server.address, timeout=SECONDS)

    async def use_again() -> None:
        for _ in range(2):
            with pytest.raises(RuntimeError, match=OTHER_LOOP):
                await connection.get_tracking()
        with pytest.raises(RuntimeError, match="open already"):
            await connection.open()
        await connection.close()
        async with connection:
            assert (await connection.get_tracking()).stratum == 3

    asyncio.run(connection.open(), debug=True)
    asyncio.run(use_again(), debug=True)


def test_another_thread_may_not_use_it_but_can_close_it(numbered: NumberedServer) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(numbered.address, timeout=SECONDS) as connection:
            loop = asyncio.get_running_loop()
            under_way = [asyncio.create_task(connection.get_tracking()) for _ in range(2)]
            await asyncio.sleep(0)
            with ThreadPoolExecutor(1) as pool:
                with pytest.raises(RuntimeError, match=OTHER_LOOP):
                    await loop.run_in_executor(pool, asyncio.run, connection.get_tracking())
                await loop.run_in_executor(pool, asyncio.run, connection.close())
            first, second = await asyncio.gather(*under_way, return_exceptions=True)
            assert isinstance(first, TrackingStatus)
            assert isinstance(second, (RuntimeError, TrackingStatus))  # it may have been quick
            with pytest.raises(RuntimeError, match="closed"):
                await connection.get_tracking()

    asyncio.run(main(), debug=True)


def test_without_a_loop_it_cannot_be_opened(server: SimulatedChronyd) -> None:
    opening = AsyncChronyConnection(server.address).open()
    with pytest.raises(RuntimeError, match="no running event loop"):
        opening.send(None)


@pytest.mark.parametrize("n_calls", [1, 3])
def test_a_loop_that_is_closed_amid_calls_leaves_nothing(
    n_calls: int, unix_server: SimulatedChronyd, capsys: pytest.CaptureFixture[str]
) -> None:
    unix_server.faults = Faults(silent=True)
    folder = Path(unix_server.address).parent

    async def ask(connection: AsyncChronyConnection) -> None:
        await connection.get_tracking()

    async def main() -> None:
        async with AsyncChronyConnection(unix_server.address, timeout=SECONDS) as connection:
            await asyncio.gather(*(ask(connection) for _ in range(n_calls)))

    loop = asyncio.new_event_loop()
    coroutine = main()
    task = loop.create_task(coroutine)
    before = unix_server.requests
    run_until(loop, lambda: unix_server.requests > before)
    assert [*folder.glob("libchrony.*")]
    complaints: list[str] = []
    loop.set_exception_handler(lambda _loop, context: complaints.append(context["message"]))
    loop.close()
    del task, coroutine, loop
    gc.collect()

    assert {*complaints} == {"Task was destroyed but it is pending!"}  # asyncio's own
    assert [*folder.glob("libchrony.*")] == []
    assert capsys.readouterr().err == ""


def test_a_connection_that_is_forgotten_is_closed(unix_server: SimulatedChronyd) -> None:
    folder = Path(unix_server.address).parent

    async def main() -> None:
        connection = AsyncChronyConnection(unix_server.address, timeout=SECONDS)
        await connection.open()
        assert (await connection.get_tracking()).stratum == 3
        assert [*folder.glob("libchrony.*")]
        del connection
        gc.collect()
        assert [*folder.glob("libchrony.*")] == []

    asyncio.run(main(), debug=True)


def watched() -> set[str]:
    """Return what is watched by epoll in this process, as the system tells it."""
    texts = [path.read_text() for path in Path("/proc/self/fdinfo").iterdir() if path.exists()]
    lines = [line for text in texts for line in text.splitlines()]
    return {line.split()[1] for line in lines if line.startswith("tfd:")}


def test_between_two_calls_the_loop_watches_no_socket(server: SimulatedChronyd) -> None:
    """What is closed while it is watched troubles the next that has its number."""

    async def main() -> None:
        await asyncio.sleep(0.001)
        others = watched()
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            for _ in range(3):
                await asyncio.gather(connection.get_tracking(), connection.get_sources())
                assert watched() == others

    asyncio.run(main(), debug=True)


def test_a_forked_child_can_only_close_it_and_leaves_the_parents_call_alone(
    unix_server: SimulatedChronyd,
) -> None:
    async def use_in_child(connection: AsyncChronyConnection) -> None:
        with pytest.raises(RuntimeError, match="before a fork"):
            await connection.get_tracking()
        await connection.close()
        async with AsyncChronyConnection(unix_server.address, timeout=SECONDS) as own:
            assert (await own.get_tracking()).stratum == 3

    async def main() -> None:
        async with AsyncChronyConnection(unix_server.address, timeout=SECONDS) as connection:
            unix_server.faults = Faults(silent=True)
            under_way = connection.get_tracking()
            others = watched()
            task = asyncio.create_task(under_way)
            while not (own := watched() - others):
                await asyncio.sleep(0.001)
            unix_server.faults = Faults()

            def child() -> None:
                with pytest.raises(asyncio.CancelledError):
                    under_way.throw(asyncio.CancelledError)
                asyncio.run(use_in_child(connection))

            in_child(child)
            assert own <= watched()
            assert (await task).stratum == 3
            assert (await connection.get_tracking()).stratum == 3

    asyncio.run(main())


def test_an_interrupt_of_the_keyboard_leaves_nothing(unix_server: SimulatedChronyd) -> None:
    folder = Path(unix_server.address).parent
    unix_server.faults = Faults(silent=True)
    program = """
        import asyncio, os, signal, sys
        from pychrony import AsyncChronyConnection

        async def main():
            asyncio.get_running_loop().slow_callback_duration = 60  # the computer may be busy
            async with AsyncChronyConnection(sys.argv[1], timeout=20) as connection:
                asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGINT)
                await asyncio.gather(*(connection.get_tracking() for _ in range(3)))

        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", dedent(program)]
    done = subprocess.run([*command, unix_server.address], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("interrupted\n", "")
    assert [*folder.glob("libchrony.*")] == []


def test_a_program_that_exits_without_closing_leaves_no_file(unix_server: SimulatedChronyd) -> None:
    folder = Path(unix_server.address).parent
    program = """
        import asyncio, sys
        from pychrony import AsyncChronyConnection

        async def main():
            global connection
            asyncio.get_running_loop().slow_callback_duration = 60  # the computer may be busy
            connection = AsyncChronyConnection(sys.argv[1], timeout=20)
            await connection.open()
            print((await connection.get_tracking()).stratum)

        asyncio.run(main())
    """
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", dedent(program)]
    done = subprocess.run([*command, unix_server.address], capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("3\n", "")
    assert [*folder.glob("libchrony.*")] == []


class Timed:
    """Awaits a coroutine. `longest` is the longest of its steps, in seconds of the processor."""

    def __init__(self, coroutine: Coroutine[Any, Any, object]) -> None:
        self._coroutine = coroutine
        self.longest = 0.0

    def __await__(self) -> Generator[Any, Any, None]:
        while True:
            begin = time.thread_time()
            try:
                waited_for = self._coroutine.send(None)
            except StopIteration:
                return
            finally:
                self.longest = max(self.longest, time.thread_time() - begin)
            yield waited_for


async def wait_for_call(call: Timed) -> None:
    await call


def test_a_call_holds_the_loop_for_a_moment_only(numbered: NumberedServer) -> None:
    async def main() -> list[float]:
        async with AsyncChronyConnection(numbered.address, timeout=SECONDS) as connection:
            calls = Timed(connection.check()), *(Timed(connection.get_ntp_data()) for _ in "abc")
            await asyncio.gather(*(wait_for_call(call) for call in calls))
            return [call.longest for call in calls]

    gc.disable()  # it takes long beside thousands of tests
    try:
        assert max(asyncio.run(main(), debug=True)) < 1.0
    finally:
        gc.enable()


def test_a_call_that_waits_for_its_answer_leaves_the_loop_to_others() -> None:
    async def main(address: str) -> int:
        async with AsyncChronyConnection(address, timeout=2.0) as connection:
            asking = asyncio.create_task(connection.get_tracking())
            turns = 0
            while not asking.done():
                await asyncio.sleep(0)
                turns += 1
            assert isinstance(asking.exception(), ChronyTimeoutError)
            return turns

    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        turns = asyncio.run(main(server.address))
    assert turns > 100  # it takes some ten steps itself; others have time for tens of thousands


def test_threads_with_loops_of_their_own_do_not_disturb_each_other(
    server: SimulatedChronyd,
) -> None:
    results: list[Any] = []

    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            calls = [connection.get_tracking() for _ in range(50)]
            results.extend(status.stratum for status in await asyncio.gather(*calls))

    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [3] * 200
