"""The answers of a fleet, as they come: for loops of both kinds, and for other event loops."""

from __future__ import annotations

import sys
from _thread import RLock  # `threading` takes long to import
from collections.abc import Iterator
from time import monotonic_ns
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .answer import Answer, T
from .event_loop import EventLoop, wake
from .lifetime import Forks
from .round import Round

if TYPE_CHECKING:
    from asyncio import Future

AnswersT = TypeVar("AnswersT", bound="Answers[Any]")

_FOREVER_NS = 2**62
_NOW = 0

CLOSED = "these answers are closed: take them inside the `with` block, or before `close()`"
FORKED = "these answers were begun before a fork; ask the fleet again in the child process itself"
ELSEWHERE = "another thread takes these answers already"
INTERRUPTED = "this thread is taking these answers already, as below a signal handler"
AWAITED = "another task waits for these answers already"


class Answers(Generic[T]):
    """The answers of a `Fleet` to one question, an `Answer` for each target, as they come.

    Take them by `for` or by `async for`. Each target has exactly one answer, whether it is a value
    or an error. After a `break` or Ctrl-C, another loop over the same answers goes on with the
    rest. One thread or task at a time may take them.

    All that is open is closed at once by `close()`, by the end of a `with` or `async with` block,
    and when nothing refers to the answers any more. Nobody is waited for.

    Another event loop waits until `fileno()` is readable, and then calls `poll()`.

    Example:
        >>> with Fleet([None]).get_tracking() as answers:
        ...     for answer in answers:
        ...         print(answer.get().stratum, answers.done, answers.total)
        3 1 1

    """

    # Only fleets make them. The type is Any, so that documentation tools do not show Round.
    def __init__(self, round_: Any) -> None:
        self._round: Round[T] = round_
        self._lock = RLock()  # an interrupt may leave it locked by this thread
        self._forks = Forks.count
        self._is_closed = False
        # The event loop in which a task waits, what it waits for, and the descriptor.
        self._waiter: tuple[EventLoop, Future[None], int] | None = None

    @property
    def total(self) -> int:
        """The number of targets."""
        return self._round.total

    @property
    def done(self) -> int:
        """The number of answers that were taken so far."""
        return self._round.done

    def __iter__(self) -> Iterator[Answer[T]]:
        """Take the answers, and wait for them.

        Raises:
            RuntimeError: They are closed, another thread takes them, or the process was forked.

        """
        # `map` takes an answer in C, and hands it over: no interrupt can come in between.
        return map(self._round.ready.pop, _Positions(self))

    def __aiter__(self: AnswersT) -> AnswersT:
        return self

    async def __anext__(self) -> Answer[T]:
        """Take the next answer, and wait for it in the running event loop.

        Raises:
            RuntimeError: They are closed, another task takes them, or the process was forked.

        """
        while not self._has_ready():
            if self._round.is_over() and not self._round.is_advancing:
                raise StopAsyncIteration
            await self._wait_for_turn()
            self._advance(_NOW)
        ready, n_taken = self._round.ready, 1
        try:
            return ready[0]
        except BaseException:  # an interrupt came first
            n_taken = 0
            raise
        finally:  # not by a call, after which an interrupt may come
            del ready[:n_taken]

    def poll(self) -> list[Answer[T]]:
        """Take the answers that are there now, without waiting.

        Returns:
            Any number of answers. When `done` is `total`, there will be no more.

        Raises:
            RuntimeError: They are closed, another thread takes them, or the process was forked.

        Example:
            >>> from select import select
            >>> from pychrony import Fleet
            >>> answers = Fleet([None]).get_activity()
            >>> while answers.done < answers.total:
            ...     _ = select([answers], [], [])
            ...     for answer in answers.poll():
            ...         print(answer.get().online)
            3

        """
        self._round.busy_since = monotonic_ns()  # who polls has waited, for all that is known
        self._advance(_NOW)
        ready = self._round.ready
        n_taken = len(ready)
        try:
            return ready[:n_taken]
        except BaseException:  # an interrupt came first
            n_taken = 0
            raise
        finally:  # not by a call, after which an interrupt may come
            del ready[:n_taken]

    def fileno(self) -> int:
        """Return a descriptor that is readable when `poll()` has something to do.

        Returns:
            The descriptor, until the answers are closed. Take it out of the event loop before.

        Raises:
            OSError: This process or the system has no descriptor left. `poll()` then says so of
                each target.
            RuntimeError: They are closed, another thread takes them, or the process was forked.

        Example:
            >>> answers = Fleet([None]).get_activity()
            >>> answers.fileno() > 2
            True

        """
        self._acquire()
        try:
            return self._round.fileno()
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close everything at once. Answers that were not taken are dropped.

        Raises:
            RuntimeError: Another thread is taking answers.

        """
        if not self._lock.acquire(blocking=False):
            raise RuntimeError(ELSEWHERE)
        self._is_closed = True
        self._lock.release()
        waiter = self._waiter
        if waiter is None:
            self._close()
        else:  # the descriptor leaves the event loop in the loop's own thread, before it is closed
            waiter[0].run(self._close)

    def __enter__(self: AnswersT) -> AnswersT:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self: AnswersT) -> AnswersT:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _close(self) -> None:
        self._end_wait(self._waiter)
        if not self._lock.acquire(blocking=False):
            return  # a thread that has just begun to take answers closes them at once
        try:
            if not self._is_within_advance():
                self._round.close()
        finally:
            self._lock.release()

    def _has_ready(self) -> bool:
        """Return whether there is an answer to take.

        Raises:
            RuntimeError: They cannot be taken.

        """
        if self._forks != Forks.count:
            raise RuntimeError(FORKED)
        if self._is_closed:
            raise RuntimeError(CLOSED)
        return bool(self._round.ready) and not self._round.is_advancing

    def _acquire(self) -> None:
        """Lock them, without waiting.

        Raises:
            RuntimeError: They cannot be taken.

        """
        self._has_ready()
        if not self._lock.acquire(blocking=False):
            raise RuntimeError(ELSEWHERE)

    def _advance(self, until: int) -> None:
        """Go on with all targets. Wait until `until` at the most, if nothing can be done."""
        self._acquire()
        try:
            if self._is_within_advance():
                raise RuntimeError(INTERRUPTED)
            self._round.advance(until)
        finally:
            if self._is_closed:  # by a signal handler
                self._round.close()
            self._lock.release()

    def _is_within_advance(self) -> bool:
        """Return whether this thread is within `advance`, and a signal handler has come.

        Its frames tell. A flag would have to be set and cleared, and an interrupt may come between
        any two lines.
        """
        if not self._round.is_advancing:
            return False
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            if frame.f_code is Round.advance.__code__ and frame.f_locals["self"] is self._round:
                return True
            frame = frame.f_back
        return False

    async def _wait_for_turn(self) -> None:
        """Wait until something can be done. Others get their turn in any case."""
        if self._waiter is not None and not self._waiter[1].done():  # done: an interrupt left it
            raise RuntimeError(AWAITED)
        try:
            fd = self._round.fileno()
        except OSError:
            import asyncio  # the event loop has imported it

            await asyncio.sleep(0)
            return
        loop = EventLoop()
        waiter = loop, loop.make_future(), fd
        begun = monotonic_ns()
        try:
            self._waiter = waiter
            loop.add_reader(fd, waiter[1])
            await waiter[1]
        finally:
            self._round.busy_since += monotonic_ns() - begun
            loop.run(self._end_wait, waiter)

    def _end_wait(self, waiter: tuple[EventLoop, Future[None], int] | None) -> None:
        """Take the descriptor out of the event loop, and let the task that waits go on."""
        if waiter is None or self._waiter is not waiter:
            return
        self._waiter = None
        loop, future, fd = waiter
        if loop.is_usable():
            loop.remove_reader(fd)
            wake(future)


class _Positions(Generic[T]):
    """Tells, without an end, at which place among the ready answers the next one is."""

    def __init__(self, answers: Answers[T]) -> None:
        self._answers = answers

    def __iter__(self) -> _Positions[T]:
        return self

    def __next__(self) -> int:
        answers = self._answers
        while not answers._has_ready():
            if answers._round.is_over() and not answers._round.is_advancing:
                raise StopIteration
            answers._advance(_FOREVER_NS)
        return 0
