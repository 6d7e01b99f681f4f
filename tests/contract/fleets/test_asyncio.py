"""Fleets in event loops: `async for`, cancellation, fairness, loops that are closed."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest

from pychrony import Answer, Answers, Fleet
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.fleets import StartMany, addresses_of
from tests.support.processes import in_child, open_descriptors


@pytest.fixture
def silent_chronyd() -> Generator[SimulatedChronyd, None, None]:
    """Return one that answers nothing, and counts what it is asked."""
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        yield server


async def until_asked(server: SimulatedChronyd) -> None:
    """Return when the task that asks it has nothing to do but wait."""
    while not server.requests:
        await asyncio.sleep(0.001)


async def take_all(answers: Answers[Any]) -> list[Answer[Any]]:
    return [answer async for answer in answers]


def record_removals(patch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets the name of each thread that takes a descriptor out of the loop."""
    threads: list[str] = []
    loop = asyncio.get_running_loop()
    remove = loop.remove_reader

    def remove_reader(fd: int) -> bool:
        threads.append(threading.current_thread().name)
        return remove(fd)

    patch.setattr(loop, "remove_reader", remove_reader)
    return threads


def test_each_target_has_its_own_answer(start_many: StartMany) -> None:
    addresses = addresses_of(start_many(5)) * 20

    async def main() -> dict[int, int]:
        async with Fleet(addresses, timeout=60, concurrency=7).get_tracking() as answers:
            return {answer.index: answer.get().stratum async for answer in answers}

    assert asyncio.run(main()) == {n: n % 5 + 1 for n in range(100)}


def test_other_tasks_go_on_meanwhile(start_many: StartMany, silent: str) -> None:
    addresses = [*addresses_of(start_many(3)) * 200, silent]
    fleet = Fleet(addresses, timeout=0.5, concurrency=20)  # it is waited for thirty times
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def main() -> int:
        task = asyncio.create_task(count())
        found = await take_all(fleet.get_tracking())
        task.cancel()
        return len(found)

    assert asyncio.run(main()) == 601
    assert turns > 10


def test_a_cancelled_task_leaves_answers_that_can_be_gone_on_with(
    start_many: StartMany, silent: str
) -> None:
    fleet = Fleet([*addresses_of(start_many(4)), silent], timeout=1)

    async def main() -> list[int]:
        found: list[int] = []

        async def take(answers: Answers[Any]) -> None:
            async for answer in answers:
                found.append(answer.index)

        answers = fleet.get_tracking()
        for _ in range(20):
            task = asyncio.create_task(take(answers))
            await asyncio.sleep(0.001)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await take(answers)
        return found

    assert sorted(asyncio.run(main())) == [0, 1, 2, 3, 4]


def test_a_time_limit_around_the_loop_holds(silent: str) -> None:
    async def main() -> None:
        answers = Fleet([silent], timeout=60).get_tracking()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(take_all(answers), 0.1)
        answers.close()

    begun = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - begun < 30


def test_a_second_task_at_the_same_time_is_told_so(silent: str) -> None:
    async def main() -> None:
        answers = Fleet([silent], timeout=60).get_tracking()
        task = asyncio.create_task(take_all(answers))
        await asyncio.sleep(0.05)
        with pytest.raises(RuntimeError, match="another task waits for these answers already"):
            await take_all(answers)
        answers.close()
        with pytest.raises(RuntimeError, match="these answers are closed"):
            await task

    asyncio.run(main())


def test_a_loop_that_is_closed_amidst_leaves_nothing_open(
    silent_chronyd: SimulatedChronyd,
) -> None:
    gc.collect()  # what other tests have left
    before = open_descriptors()
    loop = asyncio.new_event_loop()
    answers = Fleet([silent_chronyd.address], timeout=60).get_tracking()
    task = loop.create_task(take_all(answers))
    loop.run_until_complete(until_asked(silent_chronyd))
    loop.close()

    answers.close()
    del task, loop
    gc.collect()  # asyncio complains of the task here, and not in another test

    assert open_descriptors() == before


@pytest.mark.parametrize("debug", [False, True])
def test_another_thread_can_close_them_while_a_task_waits(
    silent_chronyd: SimulatedChronyd, debug: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> set[str]:
        answers = Fleet([silent_chronyd.address], timeout=60).get_tracking()
        task = asyncio.create_task(take_all(answers))
        await until_asked(silent_chronyd)
        removed_by = record_removals(monkeypatch)
        await asyncio.to_thread(answers.close)
        with pytest.raises(RuntimeError, match="these answers are closed"):
            await asyncio.wait_for(task, 30)
        return {*removed_by}

    gc.collect()  # what other tests have left
    before = open_descriptors()
    assert asyncio.run(main(), debug=debug) == {threading.current_thread().name}
    assert open_descriptors() == before


def test_a_wait_that_another_thread_destroys_ends_in_the_loops_own(
    silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> set[str]:
        answers = Fleet([silent], timeout=60).get_tracking()
        waiting = answers.__anext__()
        future = waiting.send(None)
        removed_by = record_removals(monkeypatch)
        await asyncio.to_thread(waiting.close)
        await asyncio.sleep(0.05)
        assert future.done()
        answers.close()
        return {*removed_by}

    assert asyncio.run(main(), debug=True) == {threading.current_thread().name}


def test_answers_that_were_begun_in_one_loop_are_gone_on_with_in_another_and_by_for(
    start_many: StartMany,
) -> None:
    answers = Fleet(addresses_of(start_many(6)), concurrency=2).get_tracking()

    async def take_one() -> int:
        return (await answers.__anext__()).index

    found = [asyncio.run(take_one()), asyncio.run(take_one())]
    found += [answer.index for answer in answers]

    assert sorted(found) == list(range(6))


def test_a_forked_child_leaves_the_parents_loop_alone(start_many: StartMany, silent: str) -> None:
    fleet = Fleet([*addresses_of(start_many(2)), silent], timeout=1)

    async def main() -> list[Answer[Any]]:
        answers = fleet.get_tracking()
        task = asyncio.create_task(take_all(answers))
        await asyncio.sleep(0.1)
        in_child(answers.close)
        return await task

    assert len(asyncio.run(main())) == 3


def test_a_debugging_loop_has_nothing_to_complain_of(
    start_many: StartMany, caplog: pytest.LogCaptureFixture
) -> None:
    addresses = addresses_of(start_many(3)) * 100

    async def main() -> list[Answer[Any]]:
        asyncio.get_running_loop().slow_callback_duration = 60  # the computer may be busy
        return await take_all(Fleet(addresses).get_tracking())

    found = asyncio.run(main(), debug=True)

    assert len(found) == 300
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


def test_importing_pychrony_imports_no_asyncio() -> None:
    program = "import sys, pychrony; print('asyncio' in sys.modules)"
    output = subprocess.check_output([sys.executable, "-c", program], text=True)

    assert output.strip() == "False"
