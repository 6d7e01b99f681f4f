"""Look up host names on threads of our own, for whoever must not wait.

The system's look-up cannot be interrupted. It may hang for minutes.
"""

from __future__ import annotations

import errno
import weakref
from _queue import Empty, SimpleQueue  # of `queue`, which takes long to import
from _thread import start_new_thread  # `threading` takes long to import
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

from ..exceptions import ChronyConnectionError
from .addresses import Target, describe, is_host_name
from .failures import timeout_error, unknown_host
from .search import Candidate, find_candidates

# The addresses to try, best first, or why there are none.
Found: TypeAlias = list[Candidate] | Exception

_MAX_THREADS = 64


class Resolver:
    """Finds the addresses of targets, by at most 64 threads of its own.

    A thread ends when nothing is left to look up. Python's exit does not wait for it.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Target, Callable[[Found], object]]] = deque()
        # A thread holds one of these. Each step below is one operation of a deque, so threads need
        # no lock.
        self._permits = deque(range(_MAX_THREADS))

    def look_up(self, target: Target, tell: Callable[[Found], object]) -> None:
        """Find the addresses, and call `tell` with them, or with the error.

        It is called once, in any thread, maybe before this returns. It must not raise.
        """
        if not is_host_name(target):
            tell(_find(target))
            return
        self._waiting.append((target, tell))
        try:
            self._start_thread()
        except RuntimeError as error:  # there can be no more threads
            if len(self._permits) == _MAX_THREADS:
                self._refuse(OSError(errno.EAGAIN, str(error)))

    def _start_thread(self) -> None:
        try:
            permit = self._permits.pop()
        except IndexError:
            return  # the threads that there are look it up
        try:
            start_new_thread(self._work, (permit,))
        except BaseException:
            self._permits.append(permit)
            raise

    def _work(self, permit: int) -> None:
        """Look up until nothing is left. Then give the permit back, and look once more.

        Something may have come in between, and have found no permit.
        """
        while True:
            with suppress(IndexError):
                while True:
                    target, tell = self._waiting.popleft()
                    tell(_find(target))
                    del target, tell
            self._permits.append(permit)
            if not self._waiting:
                return
            try:
                permit = self._permits.pop()
            except IndexError:
                return

    def _refuse(self, error: OSError) -> None:
        """Say of all that waits why it is not looked up."""
        with suppress(IndexError):
            while True:
                target, tell = self._waiting.popleft()
                tell(unknown_host(describe(target), error))


def find_in_time(target: Target, timeout: float) -> list[Candidate]:
    """Return the addresses to try, best first, as `find_candidates` does, but wait no longer.

    Raises:
        ChronyConnectionError: The host's name could not be resolved, and there is nothing else.
        ChronyTimeoutError: It was not looked up in so many seconds.

    """
    answers: SimpleQueue[Found] = SimpleQueue()
    Resolver().look_up(target, answers.put)
    try:
        found = answers.get(timeout=timeout)
    except Empty:
        message = f"{describe(target)}: the name was not looked up in time"
        raise timeout_error(message) from None
    if isinstance(found, Exception):
        raise found
    return found


def _find(target: Target) -> Found:
    try:
        return find_candidates(target)
    except ChronyConnectionError as error:
        return error.with_traceback(None)
    except Exception as error:
        return error


class LookUps:
    """Looks up the names of a round's targets, by their numbers."""

    def __init__(self) -> None:
        self.found: deque[tuple[int, Found]] = deque()  # threads append, and the round takes
        self._resolver = Resolver()

    def begin(self, index: int, target: Target, window: Any) -> None:
        """Look up a target. Note what was found, and wake up the window, if it is there yet."""
        self._resolver.look_up(target, partial(self._tell, index, weakref.ref(window)))

    def _tell(self, index: int, window: weakref.ref[Any], found: Found) -> None:
        self.found.append((index, found))
        living = window()  # a look-up that hangs shall not keep the window open
        if living is not None:
            living.wake()
