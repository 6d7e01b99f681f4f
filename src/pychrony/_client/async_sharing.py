"""How tasks share a connection: they take turns with its handle."""

from __future__ import annotations

import weakref
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from .async_search import open_handle
from .event_loop import EventLoop, wake
from .failures import timeout_error
from .handle import Handle
from .lifetime import Exit
from .log import Note
from .questions import AnswerT, Question

if TYPE_CHECKING:
    from asyncio import Future

    from .addresses import Target

CLOSED = (
    "the connection is closed: use it inside its `async with` block, or from `open()` to `close()`"
)


class Turn:
    """The right to use the handle, and the handle, if it is open.

    Whoever has the turn has the only reference to it. When it is lost, by an interrupt at a bad
    moment, the next task makes another.
    """

    __slots__ = ("__weakref__", "handle")

    def __init__(self) -> None:
        self.handle: Handle | None = None


class Hold:
    """What a call holds: what wakes it while it waits, then its turn.

    The turn is kept nowhere else, and the call empties this at its end. Otherwise a traceback that
    a program keeps would keep the turn from all others.
    """

    turn: Turn | None = None
    waking: Future[None] | None = None


class TaskQueue:
    """The handle of a connection, and the tasks that wait for their turn with it.

    A task that ends hands its turn to the one that has waited longest. The turn is never free while
    a task waits for it, so that no other task can come in between.
    """

    def __init__(self, target: Target) -> None:
        self.address = ""
        self._target = target
        self._loop = EventLoop()
        self._closed = False
        self._waiting: deque[Hold] = deque()
        self._idle: Turn | None = Turn()
        self._turn = weakref.ref(self._idle)
        # Messages for the log. The task that has released the turn takes them.
        self.notes: list[Note] = []

    async def open(self, deadline: int) -> None:
        """Open the handle. No other task knows of the connection yet."""
        hold = Hold()
        try:
            await self._acquire(deadline, hold)
        finally:
            self._loop.run(self._release, hold)

    async def ask(self, deadline: int, question: Question[AnswerT]) -> AnswerT:
        """Wait for this task's turn, then ask, and return the answer."""
        self._loop.check()
        hold = Hold()
        try:
            handle = await self._acquire(deadline, hold)
            return await self._loop.read(handle, question, deadline)
        finally:
            self._loop.run(self._release, hold)

    def take_notes(self) -> list[Note]:
        """Return the messages for the log, each once."""
        notes, self.notes = self.notes, []
        return notes

    def close(self) -> None:
        """Close the handle: now, or as soon as the call that is under way is over."""
        self._loop.run(self._close)

    def _close(self) -> None:
        self._closed = True
        turn, self._idle = self._idle, None
        if turn is not None and turn.handle is not None:
            turn.handle.close()
        while self._waiting and self._loop.is_usable():
            waking = self._waiting.popleft().waking
            if waking is not None:
                wake(waking)

    async def _acquire(self, deadline: int, hold: Hold) -> Handle:
        """Wait for this task's turn, and return the handle.

        Open another handle if there is none, or if it has no files any more.

        Raises:
            ChronyTimeoutError: Other tasks had the turn until the deadline.
            RuntimeError: The connection is closed.

        """
        if not self._closed and self._turn() is None:
            hold.turn = Turn()
            self._turn = weakref.ref(hold.turn)
        elif self._idle is not None:
            hold.turn, self._idle = self._idle, None
        elif not self._closed:
            await self._wait(deadline, hold)
        if self._closed or hold.turn is None:
            raise RuntimeError(CLOSED)
        handle = hold.turn.handle
        if handle is None or handle.lacks_files:
            return await self._open(deadline, hold.turn)
        return handle

    async def _open(self, deadline: int, turn: Turn) -> Handle:
        handle = await open_handle(self._loop, self._target, deadline, self.notes)
        turn.handle, self.address = handle, handle.address
        self.notes.append(handle.note_choice())
        return handle

    async def _wait(self, deadline: int, hold: Hold) -> None:
        hold.waking = self._loop.make_future()
        self._waiting.append(hold)
        await self._loop.wait(hold.waking, deadline)
        if hold.turn is None and not self._closed:
            message = f"{self.address}: other tasks used the connection until the timeout"
            raise timeout_error(message, self.address)

    def _release(self, hold: Hold) -> None:
        """Leave the queue, and hand the turn to the next task. It may have come too late."""
        try:
            if hold.waking is not None:
                with suppress(ValueError):
                    self._waiting.remove(hold)
            if hold.turn is not None:
                self._pass_on(hold, hold.turn.handle)
        finally:
            hold.turn = hold.waking = None

    def _pass_on(self, hold: Hold, handle: Handle | None) -> None:
        if handle is not None:
            self.notes += handle.take_notes()
            if Exit.begun:
                handle.remove_files()
        if self._closed or hold.turn is not self._turn():  # another one was made meanwhile
            if handle is not None:
                handle.close()
            return
        while self._waiting and self._loop.is_usable():
            following = self._waiting.popleft()
            if following.waking is not None and not following.waking.done():
                following.turn, hold.turn = hold.turn, None
                following.waking.set_result(None)
                return
        self._idle = hold.turn
