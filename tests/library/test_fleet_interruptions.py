"""Fleets that are interrupted, cancelled, forked or left, or that may open nearly nothing."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import resource
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pychrony import Answer, Answers, ChronyConnectionError, Fleet
from pychrony.testing import SimulatedChronyd
from tests.support.chronyd import wait_for
from tests.support.fleet_answers import assert_each_has_its_answer, mix
from tests.support.interrupts import Interrupt, interrupts
from tests.support.processes import in_child, open_descriptors
from tests.support.responder import Responder

SOUND, SILENT, REFUSING = 0, 1, 2
CLASSES = {SILENT: "silent", REFUSING: "status=2"}
LONG = 30.0
ENOUGH = 50  # interrupts


@pytest.fixture
def responder(responder_program: Path) -> Generator[Responder]:
    with Responder(responder_program, CLASSES) as running:
        yield running


def threads() -> set[str]:
    return set(os.listdir("/proc/self/task"))


@pytest.mark.parametrize("way", ["for", "poll"])
@pytest.mark.slow
def test_interrupts_lose_no_answer_and_double_none(way: str, responder: Responder) -> None:
    addresses = mix(responder, {SOUND: 2000})
    n_interrupts = 0
    while n_interrupts < ENOUGH:
        n, taken = take_interrupted(way, Fleet(addresses, timeout=LONG).get_tracking())
        n_interrupts += n

        assert_each_has_its_answer(taken, addresses, responder.tracking)


def take_interrupted(way: str, answers: Answers[Any]) -> tuple[int, list[Answer[Any]]]:
    """Return how often there was an interrupt, and the answers."""
    taken: list[Answer[Any]] = []
    n_interrupts = 0

    def take() -> None:  # in C, where no interrupt comes between two answers
        if way == "for":
            taken.extend(answers)
        else:
            taken.extend(answers.poll())

    with answers, interrupts(longest=0.01) as run:
        while answers.done < answers.total:
            n_interrupts += run(take)
        taken.extend(answers)
    return n_interrupts, taken


@pytest.mark.slow
def test_cancelling_loses_no_answer_and_doubles_none(responder: Responder) -> None:
    addresses = mix(responder, {SOUND: 2000})
    before = open_descriptors()
    n_cancelled = 0
    while n_cancelled < ENOUGH:
        answers = Fleet(addresses, timeout=LONG).get_tracking()
        n, taken = asyncio.run(take_cancelled(answers), debug=True)
        n_cancelled += n

        assert_each_has_its_answer(taken, addresses, responder.tracking)
        assert open_descriptors() == before


async def take_cancelled(answers: Answers[Any]) -> tuple[int, list[Answer[Any]]]:
    """Return how often a task was cancelled, and the answers."""
    taken: list[Answer[Any]] = []
    n_cancelled = 0

    async def take() -> None:
        async for answer in answers:
            taken.append(answer)

    async with answers:
        while answers.done < answers.total:
            task = asyncio.create_task(take())
            await asyncio.sleep(random.uniform(0, 0.01))
            n_cancelled += task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        assert len(asyncio.all_tasks()) == 1
    return n_cancelled, taken


def test_a_fork_in_the_middle_leaves_the_answers_to_the_parent(responder: Responder) -> None:
    addresses = mix(responder, {SOUND: 3000})
    fleet = Fleet(addresses, timeout=LONG)

    def ask_anew() -> None:
        assert_each_has_its_answer(fleet.get_tracking(), addresses, responder.tracking)

    with fleet.get_tracking() as answers:
        taken = [*islice(answers, 1000)]
        for forbidden in (lambda: [*answers], answers.poll, answers.fileno):
            with pytest.raises(RuntimeError, match="fork"):
                in_child(forbidden)
        in_child(ask_anew)
        taken += islice(answers, 1000)
        in_child(answers.close)
        taken += answers

    assert_each_has_its_answer(taken, addresses, responder.tracking)


@pytest.mark.slow
def test_an_interrupt_after_any_call_of_c_leaves_no_descriptor(responder: Responder) -> None:
    """Python handles signals after each, also when the fleet's own descriptors are opened."""
    addresses = responder.addresses(1)
    taken, number = [], 0
    while len(taken) < len(addresses):
        number += 1
        before = open_descriptors()
        with interrupt_after_call_of_c(number), suppress(Interrupt):
            taken = [*Fleet(addresses, timeout=LONG).get_tracking()]
        if open_descriptors() != before:
            gc.collect()
        assert open_descriptors() == before, number

    assert number > 50


@contextmanager
def interrupt_after_call_of_c(number: int) -> Generator[None]:
    n_calls = 0

    def count(_frame: FrameType, event: str, _function: object) -> None:
        nonlocal n_calls
        n_calls += event == "c_return"
        if n_calls == number:
            sys.setprofile(None)
            raise Interrupt

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)


def take_all(answers: Answers[Any]) -> None:
    assert len([*answers]) == answers.total


def take_some(answers: Answers[Any]) -> None:
    with answers:
        for _ in islice(answers, 3):
            pass


def drop(answers: Answers[Any]) -> None:
    next(iter(answers))


def fail(answers: Answers[Any]) -> None:
    with suppress(ZeroDivisionError), answers:
        for answer in answers:
            answer.index // 0


def take_some_in_a_loop(answers: Answers[Any]) -> None:
    async def take() -> None:
        async with answers:
            async for _ in answers:
                return

    asyncio.run(take())


def end_the_loop(answers: Answers[Any]) -> None:
    async def take() -> None:
        async for _ in answers:
            pass

    async def leave() -> None:
        tasks.append(asyncio.create_task(take()))
        await asyncio.sleep(0.01)

    tasks: list[asyncio.Task[None]] = []
    asyncio.run(leave())


@pytest.mark.parametrize(
    "leave", [take_all, take_some, drop, fail, take_some_in_a_loop, end_the_loop]
)
def test_nothing_is_left_however_the_answers_are_left(
    leave: Callable[[Answers[Any]], None], responder: Responder, tmp_path: Path
) -> None:
    with SimulatedChronyd(address=tmp_path / "chronyd.sock") as server:
        addresses = [*mix(responder, {SOUND: 300, SILENT: 300, REFUSING: 300})]
        addresses += [server.address, f"localhost:{responder.port}"] * 10
        descriptors, before = open_descriptors(), threads()

        leave(Fleet(addresses, timeout=0.2).get_tracking())
        gc.collect()

        wait_for(lambda: threads() <= before)  # look-ups of names go on to their end
        assert open_descriptors() == descriptors
        assert os.listdir(tmp_path) == ["chronyd.sock"]


def in_child_with(n_descriptors: int | None, function: Callable[[], Any]) -> Any:
    """Return what the function returns in a child process that has so few descriptors.

    None: it can have no further one.
    """

    def limited() -> Any:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        most = lowest_free_descriptor() if n_descriptors is None else n_descriptors
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return function()

    return in_child(limited)


def lowest_free_descriptor() -> int:
    with Path(os.devnull).open() as file:
        return file.fileno()


@pytest.mark.slow
@pytest.mark.parametrize("concurrency", [None, 1000])
def test_sixty_four_descriptors_are_enough_for_thousands(
    concurrency: int | None, responder: Responder
) -> None:
    addresses = mix(responder, {SOUND: 3000, SILENT: 20, REFUSING: 20})

    def ask() -> list[tuple[int, object, str]]:
        answers = Fleet(addresses, timeout=2.0, concurrency=concurrency).get_tracking()
        return [(a.index, a.value, type(a.error).__name__) for a in answers]

    found = in_child_with(64, ask)
    errors = dict.fromkeys(addresses, "NoneType")
    errors |= dict.fromkeys(responder.addresses(20, SILENT), "ChronyTimeoutError")
    errors |= dict.fromkeys(responder.addresses(20, REFUSING), "ChronyPermissionError")

    assert sorted(index for index, _, _ in found) == [*range(len(addresses))]
    assert [error for _, _, error in found] == [errors[addresses[i]] for i, _, _ in found]
    values = [(value, addresses[i]) for i, value, error in found if error == "NoneType"]
    assert all(value == responder.tracking(address) for value, address in values)


def test_without_any_descriptor_each_target_says_so(responder: Responder) -> None:
    addresses = mix(responder, {SOUND: 1000})

    def ask() -> list[tuple[int, str]]:
        return [(a.index, type(a.error).__name__) for a in Fleet(addresses).get_tracking()]

    found = in_child_with(None, ask)

    assert sorted(index for index, _ in found) == [*range(1000)]
    assert {error for _, error in found} == {ChronyConnectionError.__name__}
