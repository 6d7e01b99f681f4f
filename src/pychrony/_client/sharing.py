"""How threads share a connection: they take turns with its handle."""

from __future__ import annotations

import sys
import weakref
from _queue import Empty, SimpleQueue  # of `queue`, which takes long to import
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic_ns
from types import FrameType
from typing import Any

from .failures import timeout_error
from .handle import Handle
from .lifetime import Exit, Forks
from .log import Note
from .questions import AnswerT, Question

CLOSED = "the connection is closed: use it inside its `with` block, or from `open()` to `close()`"
FORKED = "this connection was opened before a fork; open one in the child process itself"
INTERRUPTED = (
    "this thread is in another call on the connection already; a signal handler, a `__del__` or a "
    "trace function must open a connection of its own"
)

# How often a thread that waits for its turn checks whether the turn was lost.
_LOOK_SECONDS = 0.05


class Turn:
    """The right to use a handle. The thread that has it holds the only reference to it.

    The handle itself does not tell who has the right. Tracebacks of failed calls may still refer to
    the handle.
    """

    __slots__ = ("__weakref__", "handle")

    def __init__(self, handle: Handle) -> None:
        self.handle = handle


class Hold:
    """What a call holds: its place while it waits, then its turn.

    The call's functions keep neither anywhere else, and the call empties this at its end. Otherwise
    a traceback that a program keeps would keep the turn, or the place, from all others.
    """

    turn: Turn | None = None
    place: Any = None


class TurnQueue:
    """The handle of an open connection, and the threads that wait for their turn with it.

    An interrupt at a bad moment can lose the turn, but it never leaves a lock behind. The next
    thread then opens another handle. If two threads do so at once, there are two handles for a
    while. The one that was opened last stays.
    """

    def __init__(self, open_handle: Callable[[int], Handle], deadline: int) -> None:
        self._open_handle = open_handle
        self._forks = Forks.count
        self._closed = False
        # None in place of a turn means that the connection was closed.
        self._idle: SimpleQueue[Turn | None] = SimpleQueue()
        self._waiting: deque[SimpleQueue[Turn | None]] = deque()
        # Messages for the log. The thread that has released the turn takes them.
        self.notes: deque[Note] = deque()
        hold = Hold()
        self._open(deadline, hold)
        self.release(hold)

    def ask(self, deadline: int, question: Question[AnswerT]) -> AnswerT:
        """Wait for this thread's turn, then ask, and return the answer."""
        hold = Hold()
        try:
            return self.acquire(deadline, hold).read(question, deadline)
        finally:
            try:
                self.release(hold)
            finally:
                hold.turn = hold.place = None

    def take_notes(self) -> Iterator[Note]:
        """Yield the messages for the log, each once."""
        with suppress(IndexError):
            while True:
                yield self.notes.popleft()

    def close(self) -> None:
        """Close the handle: now, or as soon as the call that is under way is over."""
        self._closed = True
        with suppress(Empty):
            while True:
                turn = self._idle.get(False)
                if turn is not None:
                    turn.handle.close()
        with suppress(IndexError):
            while True:
                self._waiting.popleft().put(None)

    def _open(self, deadline: int, hold: Hold) -> Handle:
        """Open the handle, or another one. Remember the turn by a weak reference alone."""
        hold.turn = Turn(self._open_handle(deadline))
        self.address = hold.turn.handle.address
        self._turn = weakref.ref(hold.turn)
        self.notes.append(hold.turn.handle.note_choice())
        return hold.turn.handle

    def release(self, hold: Hold) -> None:
        """Give the turn to the thread that has waited longest. If none waits, to the next."""
        if hold.turn is not None:
            if notes := hold.turn.handle.take_notes():
                self.notes.extend(notes)
            if Exit.begun:
                hold.turn.handle.remove_files()
            if hold.turn is self._turn():
                self._next().put(hold.turn)
            else:
                hold.turn.handle.close()  # another one was opened meanwhile
        if self._closed:
            self.close()

    def _next(self) -> SimpleQueue[Turn | None]:
        try:
            return self._waiting.popleft()
        except IndexError:
            return self._idle

    def acquire(self, deadline: int, hold: Hold) -> Handle:
        """Wait for this thread's turn, and return the handle.

        Open another handle if the turn was lost, or if the handle has no files any more.

        Raises:
            ChronyTimeoutError: Other threads had the turn until the deadline.
            RuntimeError: The connection is closed, or this thread must not wait for it.

        """
        if self._forks != Forks.count:
            raise RuntimeError(FORKED)
        try:
            hold.turn = self._idle.get(False)
        except Empty:
            self._wait(deadline, hold)
        if self._closed:
            raise RuntimeError(CLOSED)
        if hold.turn is None or hold.turn.handle.lacks_files:
            return self._open(deadline, hold)
        return hold.turn.handle

    def _wait(self, deadline: int, hold: Hold) -> None:
        if self._is_interrupted():
            raise RuntimeError(INTERRUPTED)
        hold.place = SimpleQueue()
        try:
            self._waiting.append(hold.place)
            while hold.turn is None and self._turn() is not None and not self._closed:
                left = (deadline - monotonic_ns()) / 1e9
                if left <= 0:
                    message = f"{self.address}: other threads used the connection until the timeout"
                    raise timeout_error(message, self.address)
                # The turn may have been released before this place was in the queue.
                with suppress(Empty):
                    hold.turn = self._idle.get(False)
                    return
                with suppress(Empty):
                    hold.turn = hold.place.get(True, min(left, _LOOK_SECONDS))
        finally:
            self._cancel(hold)

    def _cancel(self, hold: Hold) -> None:
        """Leave the queue. Pass on a turn that has come too late."""
        try:
            self._waiting.remove(hold.place)
        except ValueError:
            # Another thread has taken the place to put a turn there. It may have come too late.
            if not hold.place.empty():
                self._next().put(hold.place.get(False))

    def _is_interrupted(self) -> bool:
        """Return whether this thread is within another call on this connection.

        Its frames tell. A flag would have to be set and cleared, and an interrupt may come between
        any two lines.
        """
        calls = 0
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            calls += frame.f_code is TurnQueue.ask.__code__ and frame.f_locals["self"] is self
            frame = frame.f_back
        return calls > 1
