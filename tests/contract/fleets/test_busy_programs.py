"""Programs that do other things between two answers: no target's time runs meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from pychrony import Answer, ChronyTimeoutError, Fleet
from tests.support.fleets import StartMany, addresses_of

TIMEOUT = 3.0
BUSY = 0.25
MANY = 30  # so many times BUSY are several times the timeout


@pytest.mark.slow
@pytest.mark.parametrize("question", ["get_tracking", "get_sources", "check"])
def test_a_loop_that_takes_long_for_each_answer_has_every_answer(
    start_many: StartMany, question: str
) -> None:
    fleet = Fleet(addresses_of(start_many(3)) * (MANY // 3), timeout=TIMEOUT)
    n_values = 0
    for answer in getattr(fleet, question)():
        n_values += answer.error is None
        time.sleep(BUSY)

    assert n_values == MANY


@pytest.mark.slow
def test_a_task_that_takes_long_for_each_answer_has_every_answer(start_many: StartMany) -> None:
    fleet = Fleet(addresses_of(start_many(3)) * (MANY // 3), timeout=TIMEOUT)

    async def count_values() -> int:
        n_values = 0
        async for answer in fleet.check():
            n_values += answer.error is None
            await asyncio.sleep(BUSY)
        return n_values

    assert asyncio.run(count_values()) == MANY


def test_answers_that_are_left_for_long_are_gone_on_with(
    start_many: StartMany, silent: str
) -> None:
    addresses = addresses_of(start_many(3)) * (MANY // 3)
    answers = Fleet([*addresses, silent], timeout=TIMEOUT).check()
    taken: list[Answer[Any]] = [next(iter(answers))]
    time.sleep(TIMEOUT * 1.5)
    taken += answers

    failed = {answer.index: type(answer.error) for answer in taken if answer.error is not None}
    assert (len(taken), failed) == (MANY + 1, {MANY: ChronyTimeoutError})


def test_waiting_takes_the_time_of_silent_targets(silent: str) -> None:
    fleet = Fleet([silent] * 100, timeout=0.1)

    async def take() -> list[Answer[Any]]:
        return [answer async for answer in fleet.get_tracking()]

    begun = time.monotonic()
    assert len([*fleet.get_tracking(), *asyncio.run(take())]) == 200
    assert time.monotonic() - begun < 30
