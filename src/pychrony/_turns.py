"""How threads share a connection: its link goes from hand to hand."""

from __future__ import annotations

import sys
import weakref
from _queue import Empty, SimpleQueue  # of `queue`, which takes long to import
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic_ns
from types import FrameType
from typing import Any, TypeVar

from . import _errors
from ._link import Exit, Forks, Link
from ._log import Note

ResultT = TypeVar("ResultT")

CLOSED = "the connection is closed: use it inside its `with` block, or from `open()` to `close()`"
FORKED = "this connection was opened before a fork; open one in the child process itself"
INTERRUPTED = (
    "this thread is in another call on the connection already; a signal handler, a `__del__` or a "
    "trace function must open a connection of its own"
)

# How often a thread that waits for its turn looks whether the link was lost.
_LOOK_SECONDS = 0.05


class Turn:
    """The right to use a link. Whoever has it holds the only reference to it.

    The link itself does not tell who has it: tracebacks of calls that failed may refer to it still.
    """

    __slots__ = ("__weakref__", "link")

    def __init__(self, link: Link) -> None:
        self.link = link


class Hold:
    """What a call holds: its place while it waits, then its turn.

    Its functions have them here alone. It is emptied in the end: the traceback of an exception may
    be kept, and would keep a turn from all others, or the place where one is put.
    """

    turn: Turn | None = None
    place: Any = None


class Turns:
    """The one link of an open connection, which threads take in turns.

    An interrupt at the worst of moments can lose the turn, but never leaves a lock behind: whoever
    comes next opens another link. Two who do so at once have two for a while; the one that was
    opened last stays.
    """

    def __init__(self, open_link: Callable[[int], Link], deadline: int) -> None:
        self._open_link = open_link
        self._forks = Forks.count
        self._closed = False
        # Where None is put instead of a turn, the connection was closed.
        self._idle: SimpleQueue[Turn | None] = SimpleQueue()
        self._waiting: deque[SimpleQueue[Turn | None]] = deque()
        # For the log: whoever has put down the turn takes them.
        self.notes: deque[Note] = deque()
        hold = Hold()
        self._open(deadline, hold)
        self._put(hold)

    def call(self, deadline: int, read: Callable[..., ResultT], *arguments: Any) -> ResultT:
        """Return what a method of the link returns, once it is this thread's turn."""
        hold = Hold()
        try:
            return read(self._take(deadline, hold), *arguments, deadline)
        finally:
            try:
                self._put(hold)
            finally:
                hold.turn = hold.place = None

    def take_notes(self) -> Iterator[Note]:
        """Yield what is to be logged, each once."""
        with suppress(IndexError):
            while True:
                yield self.notes.popleft()

    def end(self) -> None:
        """Close the link: now, or as soon as the call that is under way is over."""
        self._closed = True
        with suppress(Empty):
            while True:
                turn = self._idle.get(False)
                if turn is not None:
                    turn.link.close()
        with suppress(IndexError):
            while True:
                self._waiting.popleft().put(None)

    def _open(self, deadline: int, hold: Hold) -> Link:
        """Open the link, or another, and remember whose turn it is without keeping that."""
        hold.turn = Turn(self._open_link(deadline))
        self.address = hold.turn.link.address
        self._turn = weakref.ref(hold.turn)
        self.notes.append(hold.turn.link.note_choice())
        return hold.turn.link

    def _put(self, hold: Hold) -> None:
        """Hand the turn to who has waited longest; if nobody does, to whoever comes next."""
        if hold.turn is not None:
            if notes := hold.turn.link.take_notes():
                self.notes.extend(notes)
            if Exit.begun:
                hold.turn.link.remove_files()
            if hold.turn is self._turn():
                self._next().put(hold.turn)
            else:
                hold.turn.link.close()  # another one was opened meanwhile
        if self._closed:
            self.end()

    def _next(self) -> SimpleQueue[Turn | None]:
        try:
            return self._waiting.popleft()
        except IndexError:
            return self._idle

    def _take(self, deadline: int, hold: Hold) -> Link:
        """Hold the turn when it is this thread's; a new one where it was lost, or is of no use.

        Return its link.

        Raises:
            ChronyTimeoutError: Others had it until the deadline.
            RuntimeError: It is not for this thread to wait for.

        """
        if self._forks != Forks.count:
            raise RuntimeError(FORKED)
        try:
            hold.turn = self._idle.get(False)
        except Empty:
            self._wait(deadline, hold)
        if self._closed:
            raise RuntimeError(CLOSED)
        if hold.turn is None or hold.turn.link.lacks_files:
            return self._open(deadline, hold)
        return hold.turn.link

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
                    raise _errors.timeout_error(message, self.address)
                # The turn may have been put down before this place was known.
                with suppress(Empty):
                    hold.turn = self._idle.get(False)
                    return
                with suppress(Empty):
                    hold.turn = hold.place.get(True, min(left, _LOOK_SECONDS))
        finally:
            self._leave(hold)

    def _leave(self, hold: Hold) -> None:
        try:
            self._waiting.remove(hold.place)
        except ValueError:
            # Somebody has taken it to put a turn there, which may have come too late.
            if not hold.place.empty():
                self._next().put(hold.place.get(False))

    def _is_interrupted(self) -> bool:
        """Return whether this thread is within another call on this connection.

        Its frames tell. A mark would have to be set and taken away, and an interrupt may come
        between any two lines.
        """
        calls = 0
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            calls += frame.f_code is Turns.call.__code__ and frame.f_locals["self"] is self
            frame = frame.f_back
        return calls > 1
