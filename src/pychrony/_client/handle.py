"""A connection in C to one address: open, read reports, close."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from .._binding import ffi, lib
from . import failures
from .compiled import OPERATIONS, REPORTS, Reader, make_error, make_open_error
from .lifetime import remember
from .log import Note, note_choice, note_repairs
from .questions import RECORD, AnswerT, Question

# Looked up once, because attributes of `lib` are slow.
_WAITING = (lib.PYCHRONY_WANTS_READ, lib.PYCHRONY_WANTS_WRITE)
_fetch, _resume, _AGAIN = lib.pychrony_fetch, lib.pychrony_resume, lib.PYCHRONY_AGAIN


class Wait(NamedTuple):
    """What the next step of an exchange waits for."""

    fd: int
    writing: bool  # the descriptor is to be writable, else readable
    until: int  # when the step is due all the same, in nanoseconds of the monotonic clock


class Handle:
    """An open connection in C to one address. One thread at a time may use it.

    It is closed when nothing refers to it any more. Each method that reads takes a `deadline` on
    the monotonic clock, in nanoseconds, and passes it down to C.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.lacks_files = False  # the files of its socket: without them no answer comes
        self.passed_over: failures.Several = ()
        self._noted = 1, 0  # what the log knows of C's counts; 1, because it is opened below
        self._reader = Reader()
        self._records: dict[tuple[type[Any], int], Callable[[], Any]] = {}
        # Own it before it is opened, and let C free it: an interrupt may come after any line.
        self._connection = ffi.gc(lib.pychrony_new(), lib.pychrony_free)
        self._counts = lib.pychrony_get_counts(self._connection)
        remember(self)
        try:
            self._open()
        except BaseException:
            self.close()  # now: whoever keeps the exception keeps this object too
            raise

    def _open(self) -> None:
        if lib.pychrony_open(self._connection, os.fsencode(self.address)) != 0:
            system_error = ffi.errno
            failure = lib.pychrony_get_failure(self._connection)
            raise make_open_error(self.address, system_error, failure.stage)

    def close(self) -> None:
        """Close it at once."""
        self._counts = lib.pychrony_get_counts(ffi.NULL)
        connection, self._connection = self._connection, ffi.NULL
        ffi.release(connection)

    def remove_files(self) -> None:
        """Remove the files of the client's socket. No answer comes through it any more."""
        self.lacks_files = True
        lib.pychrony_remove_files(self._connection)

    def read(self, question: Question[AnswerT], deadline: int) -> AnswerT:
        """Ask, wait for the answer, and return it."""
        operation, number = OPERATIONS[question.kind], REPORTS.get(question.report, 0)
        outcome = _fetch(self._connection, operation, number, question.index, deadline)
        while outcome == _AGAIN:  # between two calls Python handles signals
            outcome = _resume(self._connection, deadline)
        return self.take(question, outcome)

    def begin(self, question: Question[Any], deadline: int) -> int:
        """Ask without waiting, and return the outcome, which `wait_for` and `take` understand."""
        operation, number = OPERATIONS[question.kind], REPORTS.get(question.report, 0)
        return lib.pychrony_begin(self._connection, operation, number, question.index, deadline)

    def step(self, deadline: int) -> int:
        """Go on without waiting, and return the outcome."""
        return lib.pychrony_step(self._connection, deadline)

    def wait_for(self, outcome: int) -> Wait | None:
        """Return what the next step waits for. None means: the exchange is over."""
        if outcome not in _WAITING:
            return None
        fd = lib.pychrony_get_fd(self._connection)
        until = lib.pychrony_get_wake_at(self._connection)
        return Wait(fd, outcome == lib.PYCHRONY_WANTS_WRITE, until)

    def take(self, question: Question[AnswerT], outcome: int) -> AnswerT:
        """Return the answer to a question whose exchange is over, or raise its error."""
        if outcome < 0:
            passed_over, report = self.passed_over, question.report
            error = make_error(self._connection, self.address, outcome, report, passed_over)
            if not (question.optional and error.error_code == lib.CHRONY_DISABLED):
                raise error
            return cast("AnswerT", None)
        if question.kind == RECORD:
            key = question.record_class, outcome
            return (self._records.get(key) or self._record(*key))()
        return self._reader.read_list(self._connection, question)

    def _record(self, record_class: type[Any], number: int) -> Callable[[], Any]:
        """Return a function that decodes the record that was read last in a layout."""
        layout = lib.pychrony_get_layout(self._connection, number)
        decode, size = self._reader.find_decoder(self._connection, record_class, number)
        record = partial(decode, ffi.buffer(layout.record, size), 0)
        self._records[record_class, number] = record
        return record

    def note_choice(self) -> Note:
        """Return the message for the log about the address that is used."""
        return note_choice(self.address, self.passed_over)

    def take_notes(self) -> Sequence[Note]:
        """Return the messages for the log about all that was repaired since the last call."""
        now = self._counts.opened, self._counts.lost
        if now == self._noted:
            return ()
        before, self._noted = self._noted, now
        return note_repairs(self.address, now[0] - before[0], now[1] - before[1])

    def has_answered(self) -> bool:
        """Return whether any answer has come."""
        return bool(lib.pychrony_has_answered(self._connection))
