"""Wait in asyncio's event loop: for chronyd's answers, host names, and one's turn."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import suppress
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from .addresses import Target, is_host_name
from .handle import Handle, Wait
from .lifetime import Forks
from .questions import AnswerT, Question
from .resolving import Found, Resolver
from .search import Candidate, find_candidates
from .sharing import FORKED

if TYPE_CHECKING:
    from asyncio import Future

OTHER_LOOP = "this connection was opened in another event loop; open one in this loop itself"


class EventLoop:
    """The event loop that a connection is opened in.

    Raises:
        RuntimeError: No event loop is running.

    """

    def __init__(self) -> None:
        import asyncio  # not everybody needs it; who has a running loop has imported it

        self._find_running: Callable[[], Any] = asyncio.get_running_loop
        self._loop = asyncio.get_running_loop()
        self._sleep = asyncio.sleep
        self._forks = Forks.count

    def check(self) -> None:
        """Check that the caller runs in this loop.

        Raises:
            RuntimeError: It does not.

        """
        if self._forks != Forks.count:
            raise RuntimeError(FORKED)
        if self._find_running() is not self._loop:
            raise RuntimeError(OTHER_LOOP)

    def is_usable(self) -> bool:
        """Return whether it may be told anything. A forked child's loop is its parent's too."""
        return self._forks == Forks.count and not self._loop.is_closed()

    def run(self, call: Callable[..., None], *arguments: Any) -> None:
        """Call what touches the state that tasks share: here, or soon in the loop's own thread.

        Python may destroy a coroutine that nobody needs in any thread.
        """
        if self.is_usable() and self._loop.is_running() and not self._is_here():
            with suppress(RuntimeError):  # it was closed meanwhile
                self._loop.call_soon_threadsafe(call, *arguments)
        else:
            call(*arguments)

    def _is_here(self) -> bool:
        try:
            return self._find_running() is self._loop
        except RuntimeError:
            return False

    def make_future(self) -> Future[Any]:
        """Return something to wait for."""
        return self._loop.create_future()

    def add_reader(self, fd: int, future: Future[Any]) -> None:
        """End the wait for a future when a descriptor is readable."""
        self._loop.add_reader(fd, wake, future)

    def remove_reader(self, fd: int) -> None:
        """Watch a descriptor no more."""
        self._loop.remove_reader(fd)

    async def wait(self, future: Future[Any], until: int) -> None:
        """Wait for a future. It is done, without a result, at that time at the latest."""
        left = max(until - monotonic_ns(), 0) / 1e9
        timer = self._loop.call_later(left, wake, future)
        try:
            await future
        finally:
            timer.cancel()

    async def read(self, handle: Handle, question: Question[AnswerT], deadline: int) -> AnswerT:
        """Ask, wait for the answer, and return it. Others get their turn in any case."""
        outcome = handle.begin(question, deadline)
        wait = handle.wait_for(outcome)
        if wait is None:  # a chronyd on the same processor has answered already
            await self._sleep(0)
        while wait is not None:
            await self._wait_for_socket(wait)
            outcome = handle.step(deadline)
            wait = handle.wait_for(outcome)
        return handle.take(question, outcome)

    async def _wait_for_socket(self, wait: Wait) -> None:
        """Wait until the socket is ready, or a step is due.

        Take the socket out of the loop before anything else happens. A step may close it.
        """
        future = self.make_future()
        add = self._loop.add_writer if wait.writing else self._loop.add_reader
        try:
            try:
                add(wait.fd, wake, future)
                await self.wait(future, wait.until)
            finally:
                self._take_out(wait)
        except BaseException:
            # An interrupt may have kept it from being taken out. The loop would take the next
            # socket with this number for it, and never see that one ready.
            self._take_out(wait)
            raise

    def _take_out(self, wait: Wait) -> None:
        if self.is_usable():
            remove = self._loop.remove_writer if wait.writing else self._loop.remove_reader
            remove(wait.fd)

    async def find_candidates(self, target: Target) -> list[Candidate]:
        """Return the addresses to try, best first.

        Raises:
            ChronyConnectionError: The host's name could not be resolved.

        """
        if not is_host_name(target):
            return find_candidates(target)
        future: Future[Found] = self.make_future()
        reference = weakref.ref(future)  # a look-up that hangs shall keep nothing
        Resolver().look_up(target, lambda found: _tell(reference, found))
        found = await future
        if isinstance(found, Exception):
            raise found
        return found


def wake(future: Future[Any], result: Any = None) -> None:
    """End the wait for a future, if somebody still waits for it."""
    if not future.done():
        future.set_result(result)


def _tell(reference: weakref.ref[Future[Found]], found: Found) -> None:
    """Tell the task that waits what was found. This runs in a thread of the look-up."""
    future = reference()
    if future is not None:
        with suppress(RuntimeError):  # the loop was closed meanwhile
            future.get_loop().call_soon_threadsafe(wake, future, found)
