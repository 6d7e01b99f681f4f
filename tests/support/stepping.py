"""Stop a coroutine at a chosen suspension: cancel it there, or throw something else in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

ResultT = TypeVar("ResultT")


class Stepping(Generic[ResultT]):
    """Awaits a coroutine, and throws an exception into it when it is suspended for the n-th time.

    With no number it throws nothing, and counts the suspensions.

    Args:
        coroutine: What to await.
        number: At which suspension to throw, from 1.
        error: What to throw.
        before: What to do right before that.

    """

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, ResultT],
        number: int | None = None,
        error: Callable[[], BaseException] = asyncio.CancelledError,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._coroutine = coroutine
        self._number = number
        self._error = error
        self._before = before
        self.suspensions = 0

    def __await__(self) -> Generator[Any, Any, ResultT]:
        try:
            waited_for = self._coroutine.send(None)
            while True:
                self.suspensions += 1
                if self.suspensions == self._number:
                    self._before()
                    waited_for = self._coroutine.throw(self._error())
                    raise AssertionError(f"went on to wait for {waited_for}")
                try:
                    result = yield waited_for
                except BaseException as error:  # the task was cancelled
                    waited_for = self._coroutine.throw(error)
                else:
                    waited_for = self._coroutine.send(result)
        except StopIteration as stop:
            return stop.value
