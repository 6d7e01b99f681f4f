"""The end by SIGTERM or SIGHUP, which by itself would leave the client's socket behind."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

_AGAIN_SECONDS = 0.001
_ABOVE = 128  # what shells add to the number of the signal that ended a program


class Ended(BaseException):
    """A signal ends the program. Whoever catches this tidies up and raises it again."""


def end_by_signals(run: Callable[[], int]) -> int:
    """Return what `run` returns; or let it tidy up after a signal, and end the program by that.

    What started the program then sees which signal it was. Signals that were ignored when it
    started, as by nohup, stay ignored.
    """
    received: list[int] = []
    running = True

    def end(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if running:
            raise Ended

    numbers = [
        number
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is signal.SIG_DFL
    ]
    status = 0
    try:
        try:
            for number in numbers:
                signal.signal(number, end)
            with _raised_again(end):
                status = run()
        finally:
            running = False
    except Ended:
        pass
    finally:
        if received:
            gc.collect()  # closes a connection that was lost when the signal came at a bad moment
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
    if received:
        os.kill(os.getpid(), received[0])
        return _ABOVE + received[0]  # the first process of a container does not end by it
    return status


@contextmanager
def _raised_again(end: Callable[[int, FrameType | None], None]) -> Generator[None]:
    """Raise `Ended` once more where Python dropped it: in a `__del__` or another callback."""
    previous = sys.unraisablehook

    def hook(dropped: sys.UnraisableHookArgs) -> None:
        if not isinstance(dropped.exc_value, Ended):
            previous(dropped)
            return
        signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)  # not here: this too is a callback

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = previous
