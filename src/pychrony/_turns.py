"""How threads share a connection: its link goes from hand to hand."""

from __future__ import annotations

import weakref
from _queue import Empty, SimpleQueue  # of `queue`, which takes long to import
from collections import deque
from contextlib import suppress
from time import monotonic_ns
from typing import NoReturn

from . import _errors
from ._link import Forks, Link

CLOSED = "the connection is closed: call this inside its `with` block"

# How often a thread that waits for its turn looks whether the link was lost.
_LOOK_SECONDS = 0.05


class Turns:
    """The one link of an open connection, which threads take in turns.

    Whoever has the link holds the only reference to it. So an interrupt at the worst of moments can
    lose the link, which closes it, but never leaves a lock behind.
    """

    def __init__(self, link: Link) -> None:
        # In these, None stands for the end: there will be no more turns.
        self._idle: SimpleQueue[Link | None] = SimpleQueue()
        self._waiting: deque[SimpleQueue[Link | None]] = deque()
        self.follow(link)
        self.put(link)

    def follow(self, link: Link) -> None:
        """Remember which link it is, without keeping it."""
        self.address = link.address
        self._forks = Forks.count
        self._link = weakref.ref(link)

    def put(self, link: Link | None) -> None:
        """Hand the link to who has waited longest; if nobody does, to whoever comes next."""
        try:
            place = self._waiting.popleft()
        except IndexError:
            place = self._idle
        place.put(link)

    def take(self, deadline: int) -> Link | None:
        """Return the link when it is this thread's turn; None where it was lost."""
        if self._forks != Forks.count:
            raise RuntimeError(
                "this connection was opened before a fork; open one in the child process itself"
            )
        try:
            link = self._idle.get(False)
        except Empty:
            return self._wait(deadline)
        return link or self._refuse()

    def _wait(self, deadline: int) -> Link | None:
        place: SimpleQueue[Link | None] = SimpleQueue()
        self._waiting.append(place)
        try:
            while self._link() is not None:
                left = (deadline - monotonic_ns()) / 1e9
                if left <= 0:
                    message = f"{self.address}: other threads used the connection until the timeout"
                    raise _errors.timeout_error(message, self.address)
                # The link may have been put down before this place was known.
                for queue, seconds in (self._idle, 0), (place, min(left, _LOOK_SECONDS)):
                    with suppress(Empty):
                        return queue.get(True, seconds) or self._refuse()
            return None
        finally:
            self._leave(place)

    def _leave(self, place: SimpleQueue[Link | None]) -> None:
        try:
            self._waiting.remove(place)
        except ValueError:  # somebody has taken it for a link, which may have come too late
            with suppress(Empty):
                self.put(place.get(False))

    def _refuse(self) -> NoReturn:
        self.put(None)  # for the next one who waits
        raise RuntimeError(CLOSED)

    def end(self) -> None:
        """Close the link: now, or as soon as the call that is under way is over."""
        try:
            link = self._idle.get(False)
        except Empty:
            link = None
        if link is not None:
            link.close()
        self.put(None)
