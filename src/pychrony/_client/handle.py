"""The connection in C: open it, read reports through it, close it.

This is the one Python file that touches the compiled module. C's numbers do not leave it: here they
become exceptions, formats of fields and names of reports.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

from .._binding import ffi, lib
from ..exceptions import ChronyError
from . import decoding, failures, hints
from .lifetime import remember
from .log import Note
from .questions import CLIENTS, LIST, NAMED_LIST, RECORD, AnswerT, Question

# What the compiled module was built from.
VERSION = ffi.string(lib.pychrony_get_version()).decode()
LIBCHRONY_KIND = ffi.string(lib.pychrony_get_libchrony_kind()).decode()
LIBCHRONY_VERSION = ffi.string(lib.pychrony_get_libchrony_version()).decode()

# The reports that libchrony knows, each by its name with its number.
REPORTS = {
    ffi.string(lib.chrony_get_report_name(number)).decode(): number
    for number in range(lib.chrony_get_number_supported_reports())
}

_FORMATS = {
    lib.CHRONY_TYPE_UINTEGER: decoding.UNSIGNED,
    lib.CHRONY_TYPE_INTEGER: decoding.SIGNED,
    lib.CHRONY_TYPE_FLOAT: decoding.FLOAT,
    lib.CHRONY_TYPE_TIMESPEC: decoding.TIME,
    lib.CHRONY_TYPE_STRING: f"{lib.PYCHRONY_TEXT_SIZE}{decoding.TEXT}",
}
_STAGES = {
    lib.PYCHRONY_FINDING: hints.FINDING,
    lib.PYCHRONY_CONNECTING: hints.CONNECTING,
    lib.PYCHRONY_BINDING: hints.BINDING,
    lib.PYCHRONY_EXCHANGING: hints.EXCHANGING,
}

_OPERATIONS = {
    RECORD: lib.PYCHRONY_RECORD,
    LIST: lib.PYCHRONY_LIST,
    NAMED_LIST: lib.PYCHRONY_NAMED_LIST,
    CLIENTS: lib.PYCHRONY_CLIENTS,
}

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
        # The failures of the addresses that were tried before this one.
        self.passed_over: tuple[ChronyError, ...] = ()
        self._noted = 1, 0  # what the log knows of C's counts; 1, because it is opened below
        self._decoders: dict[tuple[type[Any], int], tuple[Callable[..., Any], int]] = {}
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
            if ffi.errno == errno.ENOMEM:
                raise failures.no_memory(self.address, lib.CHRONY_NO_MEMORY)
            failure = lib.pychrony_get_failure(self._connection)
            raise failures.connection_error(
                self.address, failure.system_error, _STAGES[failure.stage]
            )

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
        number = REPORTS.get(question.report, 0)
        operation = _OPERATIONS[question.kind]
        outcome = _fetch(self._connection, operation, number, question.index, deadline)
        while outcome == _AGAIN:  # between two calls Python handles signals
            outcome = _resume(self._connection, deadline)
        return self.take(question, outcome)

    def begin(self, question: Question[Any], deadline: int) -> int:
        """Ask without waiting, and return the outcome, which `wait_for` and `take` understand."""
        number = REPORTS.get(question.report, 0)
        operation = _OPERATIONS[question.kind]
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
            return self._take_failure(question, outcome)
        if question.kind == RECORD:
            key = question.record_class, outcome
            return (self._records.get(key) or self._record(*key))()
        records = self._take_list(question.record_class)
        if question.kind == NAMED_LIST:
            self._set_names(records)
        return records

    def _take_failure(self, question: Question[Any], outcome: int) -> Any:
        error = self._error(outcome, question.report)
        if not (question.optional and error.error_code == lib.CHRONY_DISABLED):
            raise error
        return None

    def _take_list(self, record_class: type[Any]) -> Any:
        found = lib.pychrony_get_list(self._connection)
        if found.n_records == 0:
            return []
        content = ffi.buffer(found.bytes, found.size)
        records, offset = [], 0
        for number in ffi.unpack(found.layouts, found.n_records):
            decode, size = self._decoder(record_class, number)
            records.append(decode(content, offset))
            offset += size
        return records

    def _set_names(self, records: list[Any]) -> None:
        """Set the names that were read with the records."""
        for number, record in enumerate(records):
            name = lib.pychrony_get_source_name(self._connection, number)
            if name:  # nobody has seen the record yet
                text = ffi.string(name).decode(errors="replace")
                object.__setattr__(record, "name", text)

    def _decoder(self, record_class: type[Any], number: int) -> tuple[Callable[..., Any], int]:
        """Return the decoder for records of a layout, and their size."""
        found = self._decoders.get((record_class, number))
        if found is None:
            layout = lib.pychrony_get_layout(self._connection, number)
            found = _make_decoder(record_class, _read_layout(layout)), layout.size
            self._decoders[record_class, number] = found
        return found

    def _record(self, record_class: type[Any], number: int) -> Callable[[], Any]:
        """Return a function that decodes the record that was read last in a layout."""
        layout = lib.pychrony_get_layout(self._connection, number)
        decode, size = self._decoder(record_class, number)
        record = partial(decode, ffi.buffer(layout.record, size), 0)
        self._records[record_class, number] = record
        return record

    def _error(self, outcome: int, report: str) -> ChronyError:
        if outcome == lib.PYCHRONY_TIMED_OUT:
            return failures.silence_error(self.address)
        if outcome == lib.PYCHRONY_TOO_MANY:
            limit, code = lib.PYCHRONY_MAX_RECORDS, lib.CHRONY_INVALID_RESPONSE
            return failures.too_many_error(self.address, report, limit, code)
        if outcome == lib.PYCHRONY_CHANGED:
            attempts, code = lib.PYCHRONY_MAX_ATTEMPTS, lib.CHRONY_UNEXPECTED_STATUS
            return failures.changed_error(self.address, report, attempts, code)
        failure = lib.pychrony_get_failure(self._connection)
        if failure.system_error:
            return failures.connection_error(
                self.address, failure.system_error, _STAGES[failure.stage], failure.error
            )
        name = ffi.typeof("chrony_err").elements.get(failure.error, "")
        text = ffi.string(lib.chrony_get_error_string(failure.error)).decode()
        error = failures.report_error(self.address, report, failure.error, name, text)
        return failures.refused(error, (*self.passed_over, error)) if self.passed_over else error

    def note_choice(self) -> Note:
        """Return the message for the log about the address that is used."""
        if not self.passed_over:
            return "%s: used", self.address
        return "%s: used; passed over: %s", self.address, "; ".join(map(str, self.passed_over))

    def take_notes(self) -> Sequence[Note]:
        """Return the messages for the log about all that was repaired since the last call."""
        now = self._counts.opened, self._counts.lost
        if now == self._noted:
            return ()
        before, self._noted = self._noted, now
        opened, lost = (new - old for new, old in zip(now, before, strict=True))
        notes = (
            (lost, "%s: answers were lost or late; times asked again: %d"),
            (opened, "%s: times the socket was opened again: %d"),
        )
        return [(message, self.address, number) for number, message in notes if number > 0]

    def has_answered(self) -> bool:
        """Return whether any answer has come."""
        return bool(lib.pychrony_has_answered(self._connection))


def _read_layout(layout: Any) -> tuple[tuple[str, int], ...]:
    """Return the names and C's types of a record's fields, in order."""
    described = [layout.fields[index] for index in range(layout.n_fields)]
    return tuple((ffi.string(field.name).decode(), field.type) for field in described)


@cache
def _make_decoder(
    record_class: type[Any], layout: tuple[tuple[str, int], ...]
) -> Callable[[Any, int], Any]:
    """Return the decoder for a class and a layout, which all handles share."""
    formats = tuple((name, _FORMATS.get(type_, "")) for name, type_ in layout)
    return decoding.make_decoder(record_class, formats)
