"""Interrupts at random moments, as Ctrl-C makes them."""

from __future__ import annotations

import gc
import random
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


class Interrupt(BaseException):
    """What the signal handler raises, as Python's own does KeyboardInterrupt."""


@contextmanager
def interrupts(
    shortest: float = 2e-5, longest: float = 6e-4
) -> Generator[Callable[[Callable[[], object]], bool]]:
    """Yield what calls a function again and again until it is interrupted at a random moment."""
    armed = False

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        nonlocal armed
        if armed:
            armed = False
            raise Interrupt

    def repeat(call: Callable[[], object]) -> None:
        nonlocal armed
        armed = True
        signal.setitimer(signal.ITIMER_REAL, random.uniform(shortest, longest))
        while armed:
            call()

    def run(call: Callable[[], object]) -> bool:
        try:
            repeat(call)
        except Interrupt:
            return True
        return False

    gc.collect()  # what other tests have left may have callbacks, which would swallow an interrupt
    before = signal.signal(signal.SIGALRM, interrupt)
    left = signal.setitimer(signal.ITIMER_REAL, 0)[0]  # the tests' own time limit
    try:
        yield run
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left)
