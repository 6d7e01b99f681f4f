"""Interrupts: a loop that is gone on with still has exactly one answer for each target."""

from __future__ import annotations

import gc
import signal
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from select import select
from types import FrameType
from typing import Any

import pytest

from pychrony import Answer, Answers, Fleet
from tests.support.fleets import StartMany, addresses_of
from tests.support.interrupts import interrupts
from tests.support.processes import open_descriptors


@contextmanager
def interrupted_at_every(nth: int, event: str) -> Generator[Callable[[], None], None, None]:
    """Raise a KeyboardInterrupt at each n-th line, or operation, of the package's own code.

    Not in `poll`: once it has let go of its answers no signal can come before it returns them, but
    a trace function can. Python ends tracing where that raises: what is yielded begins it again.
    """
    count = 0

    def trace(frame: FrameType, what: str, _argument: object) -> Any:
        nonlocal count
        code = frame.f_code
        if "/pychrony/_client/" not in code.co_filename or code is Answers.poll.__code__:
            return None
        frame.f_trace_opcodes = event == "opcode"
        if what == event:
            count += 1
            if count % nth == 0:
                raise KeyboardInterrupt
        return trace

    def begin() -> None:
        if event == "opcode":
            # Some of Python 3.12 look for it where tracing begins, and in this frame alone.
            sys._getframe().f_trace_opcodes = True
        sys.settrace(trace)

    begin()
    try:
        yield begin
    finally:
        sys.settrace(None)


def take_one(answers: Answers[Any]) -> list[Answer[Any]]:
    return [answer for answer in (next(iter(answers), None),) if answer is not None]


def take_ready(answers: Answers[Any]) -> list[Answer[Any]]:
    return answers.poll()


def test_an_interrupt_just_before_answers_are_handed_over_costs_none(
    start_many: StartMany,
) -> None:
    """At each line of `poll` in turn."""
    addresses = addresses_of(start_many(3))
    for nth in range(1, 8):
        answers = Fleet(addresses, timeout=20).get_tracking()
        found: list[int] = []
        lines = 0

        def trace(frame: FrameType, what: str, _argument: object, *, nth: int = nth) -> Any:
            nonlocal lines
            if frame.f_code is not Answers.poll.__code__:
                return None
            lines += what == "line"
            if what == "line" and lines == nth:
                raise KeyboardInterrupt
            return trace

        while len(found) < 3:
            sys.settrace(trace)
            try:
                taken = answers.poll()
            except KeyboardInterrupt:
                continue
            finally:
                sys.settrace(None)
            found += [answer.index for answer in taken]
            lines = 0
        assert sorted(found) == [0, 1, 2]


@pytest.mark.parametrize("take", [take_one, take_ready])
@pytest.mark.parametrize(
    # A turn must come to its end now and then: it takes some hundreds of lines.
    ("event", "nth"),
    [("line", 997), ("line", 1000), ("line", 1999), ("opcode", 5003), ("opcode", 7001)],
)
def test_an_interrupt_between_any_two_lines_costs_no_answer_and_makes_none_twice(
    start_many: StartMany,
    take: Callable[[Answers[Any]], list[Answer[Any]]],
    event: str,
    nth: int,
) -> None:
    gc.collect()  # what other tests have left
    before = open_descriptors()
    addresses = addresses_of(start_many(4)) * 40
    started = open_descriptors()
    list(Fleet(addresses[:1]).check())  # making a decoder takes more lines than are let pass
    answers = Fleet(addresses, concurrency=4, timeout=20).check(max_error=1)
    found: Counter[int] = Counter()
    interrupts = 0

    with interrupted_at_every(nth, event) as begin:
        while sum(found.values()) < 160 and interrupts < 10_000:
            try:
                taken = take(answers)
            except KeyboardInterrupt:
                interrupts += 1
                begin()
                continue
            found.update(answer.index for answer in taken)

    assert interrupts > 5
    assert found == Counter(range(160))
    answers.close()
    assert open_descriptors() == started
    assert before < started


def test_signals_at_random_moments_cost_no_answer_and_make_none_twice(
    start_many: StartMany,
) -> None:
    answers = Fleet(addresses_of(start_many(3)) * 300, timeout=20).get_tracking()
    taken: list[Answer[Any]] = []
    n_interrupts = 0
    with interrupts(longest=0.01) as run:
        while answers.done < answers.total:
            # In C, where no interrupt comes between taking an answer and keeping it.
            n_interrupts += run(lambda: taken.extend(answers))

    assert n_interrupts > 0
    assert Counter(answer.index for answer in taken) == Counter(range(900))
    assert list(answers) == []


def test_after_an_interrupt_the_descriptor_is_readable_while_answers_are_left() -> None:
    n_left = 0
    for nth in range(1, 250):  # a poll has fewer lines
        answers = Fleet(["/nowhere/chronyd.sock"]).get_tracking()
        answers.fileno()
        try:
            with interrupted_at_every(nth, "line"):
                answers.poll()
        except KeyboardInterrupt:
            if answers.done < answers.total:
                n_left += 1
                assert select([answers], [], [], 0)[0]

    assert n_left > 20


def test_an_interrupt_ends_the_wait_at_once(silent: str) -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def wait_for_interrupt() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        list(answers)

    answers = Fleet([silent], timeout=None).get_tracking()
    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            wait_for_interrupt()
    finally:
        signal.signal(signal.SIGALRM, previous)

    assert (answers.done, answers.total) == (0, 1)
