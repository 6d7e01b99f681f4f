"""How threads share a connection: its link goes from hand to hand."""

from __future__ import annotations

import sys
import weakref
from _queue import Empty, SimpleQueue  # of `queue`, which takes long to import
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns
from typing import Any, TypeVar

from . import _errors
from ._link import Exit, Forks, Link

ResultT = TypeVar("ResultT")

CLOSED = "the connection is closed: call this inside its `with` block"
FORKED = "this connection was opened before a fork; open one in the child process itself"
INTERRUPTED = (
    "this thread is amid another call on the connection; a signal handler, a `__del__` or a trace "
    "function needs one of its own"
)

# How often a thread that waits for its turn looks whether the link was lost.
_LOOK_SECONDS = 0.05


class Turns:
    """The one link of an open connection, which threads take in turns.

    Whoever has the link holds the only reference to it. So an interrupt at the worst of moments can
    lose the link, which closes it, but never leaves a lock behind: whoever comes next opens
    another. Two who do so at once have two for a while; the one that was opened last stays.
    """

    def __init__(self, open_link: Callable[[int], Link], deadline: int) -> None:
        self._open_link = open_link
        self._forks = Forks.count
        self._closed = False
        # Where None is put instead of a link, the connection was closed.
        self._idle: SimpleQueue[Link | None] = SimpleQueue()
        self._waiting: deque[SimpleQueue[Link | None]] = deque()
        link = self._open(deadline)
        if Exit.begun:
            link.remove_files()
        self._idle.put(link)

    def call(self, deadline: int, read: Callable[..., ResultT], *arguments: Any) -> ResultT:
        """Return what a method of the link returns, once it is this thread's turn."""
        link = None
        try:
            link = self._take(deadline) or self._open(deadline)
            return read(link, *arguments, deadline)
        finally:
            try:
                if link is not None and Exit.begun:
                    link.remove_files()
                if link is not None and link is self._link() and not self._closed:
                    self._next().put(link)
            finally:
                del link  # an interrupt's traceback, which may be kept, must not keep it

    def end(self) -> None:
        """Close the link: now, or as soon as the call that is under way is over."""
        self._closed = True
        with suppress(Empty):
            while link := self._idle.get(False):
                link.close()
        with suppress(IndexError):
            while True:
                self._waiting.popleft().put(None)

    def _open(self, deadline: int) -> Link:
        """Open the link, or another where it was lost, and remember it without keeping it."""
        link = self._open_link(deadline)
        self.address = link.address
        self._link = weakref.ref(link)
        return link

    def _next(self) -> SimpleQueue[Link | None]:
        """Return where the link goes: to who has waited longest, else to whoever comes next."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return self._idle

    def _take(self, deadline: int) -> Link | None:
        """Return the link when it is this thread's turn; None where it was lost, or is of no use.

        Raises:
            ChronyTimeoutError: Others had it until the deadline.
            RuntimeError: It is not for this thread to wait for.

        """
        if self._forks != Forks.count:
            raise RuntimeError(FORKED)
        try:
            link = self._idle.get(False)
        except Empty:
            link = self._wait(deadline)
        if self._closed:
            del link
            raise RuntimeError(CLOSED)
        return None if link is None or link.lacks_files else link

    def _wait(self, deadline: int) -> Link | None:
        if self._is_interrupted():
            raise RuntimeError(INTERRUPTED)
        place: SimpleQueue[Link | None] = SimpleQueue()
        try:
            self._waiting.append(place)
            while self._link() is not None and not self._closed:
                left = (deadline - monotonic_ns()) / 1e9
                if left <= 0:
                    message = f"{self.address}: other threads used the connection until the timeout"
                    raise _errors.timeout_error(message, self.address)
                # The link may have been put down before this place was known.
                for queue, seconds in (self._idle, 0), (place, min(left, _LOOK_SECONDS)):
                    with suppress(Empty):
                        return queue.get(True, seconds)
            return None
        finally:
            self._leave(place)

    def _leave(self, place: SimpleQueue[Link | None]) -> None:
        try:
            self._waiting.remove(place)
        except ValueError:  # somebody has taken it for a link, which may have come too late
            with suppress(Empty):
                late = place.get(False)
                self._next().put(late)

    def _is_interrupted(self) -> bool:
        """Return whether this thread is amid another call on this connection.

        Its frames tell. A mark would have to be set and taken away, and an interrupt may come
        between any two lines.
        """
        calls, frame = 0, sys._getframe()
        while frame is not None:
            calls += frame.f_code is Turns.call.__code__ and frame.f_locals["self"] is self
            frame = frame.f_back
        return calls > 1
