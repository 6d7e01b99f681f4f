"""Connections in C, one or many at once: open, read reports, close.

This is the one Python file that touches the compiled module. C's numbers become exceptions, formats
of fields and names of reports in it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import Any, NamedTuple, cast

from .._binding import ffi, lib
from ..exceptions import ChronyError
from . import decoding, failures, hints
from .lifetime import remember
from .log import Note, note_choice, note_repairs
from .questions import CLIENTS, LIST, NAMED_LIST, RECORD, AnswerT, Question

# What the compiled module was built from.
VERSION = ffi.string(lib.pychrony_get_version()).decode()
LIBCHRONY_KIND = ffi.string(lib.pychrony_get_libchrony_kind()).decode()
LIBCHRONY_VERSION = ffi.string(lib.pychrony_get_libchrony_version()).decode()

MAX_IN_FLIGHT = lib.PYCHRONY_MAX_IN_FLIGHT  # requests of a list

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

# The error codes of a report that is refused to this process, or that chronyd is too old for.
NOT_GIVEN = (lib.CHRONY_UNAUTHORIZED, lib.CHRONY_OLD_SERVER)

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
        self._reader = _Reader()
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
        operation, number = _OPERATIONS[question.kind], REPORTS.get(question.report, 0)
        outcome = _fetch(self._connection, operation, number, question.index, deadline)
        while outcome == _AGAIN:  # between two calls Python handles signals
            outcome = _resume(self._connection, deadline)
        return self.take(question, outcome)

    def begin(self, question: Question[Any], deadline: int) -> int:
        """Ask without waiting, and return the outcome, which `wait_for` and `take` understand."""
        operation, number = _OPERATIONS[question.kind], REPORTS.get(question.report, 0)
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
            error = _make_error(self._connection, self.address, outcome, report, passed_over)
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


class Window:
    """Connections in C to many addresses at once, each in a place, behind one descriptor.

    The caller chooses the places. One thread at a time may use it, but for `wake`. It is closed
    when nothing refers to it any more.

    Raises:
        OSError: The system has no descriptors or no memory for it.

    """

    def __init__(self, n_places: int) -> None:
        self._reader = _Reader()
        self._n_places = n_places
        # In C, by `map`: an interrupt in between would leave descriptors open.
        made = map(lib.pychrony_fleet_new, [n_places])
        [self._fleet] = map(ffi.gc, made, [lib.pychrony_fleet_free])
        if self._fleet == ffi.NULL:
            raise OSError(ffi.errno, os.strerror(ffi.errno))
        remember(self)

    def fileno(self) -> int:
        """Return the descriptor, which is readable when `poll` has something to do."""
        return lib.pychrony_fleet_get_fd(self._fleet)

    def begin(self, place: int, address: str, question: Question[Any], deadline: int) -> None:
        """Connect a place to an address, and ask. What was there is closed."""
        operation, number = _OPERATIONS[question.kind], REPORTS[question.report]
        to = os.fsencode(address)
        lib.pychrony_fleet_begin(self._fleet, place, to, operation, number, deadline)

    def ask(self, place: int, question: Question[Any], deadline: int) -> None:
        """Ask something else on the connection in a place."""
        operation, number = _OPERATIONS[question.kind], REPORTS[question.report]
        lib.pychrony_fleet_ask(self._fleet, place, operation, number, deadline)

    def extend(self, time: int) -> None:
        """Give the exchanges that are under way so much more time, in nanoseconds."""
        lib.pychrony_fleet_extend(self._fleet, time)

    def poll(self, until: int) -> Iterable[tuple[int, int]]:
        """Go on with all exchanges. Return the places whose exchange is over, and the outcomes.

        Wait for one until `until`, but 50 ms at the most, and return 64 at the most. A place is
        returned each time, until something else is asked there or it is closed.
        """
        n = lib.pychrony_fleet_poll(self._fleet, until)
        places = ffi.unpack(lib.pychrony_fleet_get_places(self._fleet), n)
        return zip(places, ffi.unpack(lib.pychrony_fleet_get_outcomes(self._fleet), n), strict=True)

    def take(self, place: int, question: Question[AnswerT], outcome: int) -> AnswerT:
        """Return the answer of a place whose exchange is over, and did not fail."""
        connection = lib.pychrony_fleet_get_connection(self._fleet, place)
        if question.kind == RECORD:
            return self._reader.read_record(connection, question.record_class, outcome)
        return self._reader.read_list(connection, question)

    def make_error(
        self, place: int, address: str, report: str, outcome: int, passed_over: failures.Several
    ) -> ChronyError:
        """Return the exception for an exchange that failed."""
        connection = lib.pychrony_fleet_get_connection(self._fleet, place)
        if lib.pychrony_get_counts(connection).opened == 0:
            failure = lib.pychrony_get_failure(connection)
            return make_open_error(address, failure.system_error, failure.stage)
        return _make_error(connection, address, outcome, report, passed_over)

    def has_answered(self, place: int) -> bool:
        """Return whether any answer has come to a place."""
        connection = lib.pychrony_fleet_get_connection(self._fleet, place)
        return bool(lib.pychrony_has_answered(connection))

    def close_place(self, place: int) -> None:
        """Close the connection in a place, if there is one."""
        lib.pychrony_fleet_close(self._fleet, place)

    def wake(self) -> None:
        """Make the descriptor readable, and end a wait. Any thread may do that."""
        lib.pychrony_fleet_wake(self._fleet)

    def close(self) -> None:
        """Close everything at once. A thread that calls `wake` meanwhile frees it after that."""
        self._fleet = ffi.NULL

    def remove_files(self) -> None:
        """Remove the files of the clients' sockets. No answer comes through them any more."""
        for place in range(self._n_places):
            lib.pychrony_remove_files(lib.pychrony_fleet_get_connection(self._fleet, place))


class _Reader:
    """Makes records of bytes. All connections that it reads from number their layouts alike."""

    def __init__(self) -> None:
        self._decoders: dict[tuple[type[Any], int], tuple[Callable[..., Any], int]] = {}

    def read_record(self, connection: Any, record_class: type[Any], number: int) -> Any:
        """Return the only record of the list that was read, which has that layout."""
        decode, size = self.find_decoder(connection, record_class, number)
        return decode(ffi.buffer(lib.pychrony_get_list(connection).bytes, size), 0)

    def read_list(self, connection: Any, question: Question[Any]) -> Any:
        """Return the records of the list that was read."""
        found = lib.pychrony_get_list(connection)
        if found.n_records == 0:
            return []
        content = ffi.buffer(found.bytes, found.size)
        records, offset = [], 0
        for number in ffi.unpack(found.layouts, found.n_records):
            decode, size = self.find_decoder(connection, question.record_class, number)
            records.append(decode(content, offset))
            offset += size
        if question.kind == NAMED_LIST:
            self._set_names(connection, records)
        return records

    def _set_names(self, connection: Any, records: list[Any]) -> None:
        """Set the names that were read with the records, which nobody has seen yet."""
        for number, record in enumerate(records):
            if name := lib.pychrony_get_source_name(connection, number):
                object.__setattr__(record, "name", ffi.string(name).decode(errors="replace"))

    def find_decoder(
        self, connection: Any, record_class: type[Any], number: int
    ) -> tuple[Callable[..., Any], int]:
        """Return the decoder for records of a layout, and their size."""
        found = self._decoders.get((record_class, number))
        if found is None:
            layout = lib.pychrony_get_layout(connection, number)
            found = _make_decoder(record_class, _read_layout(layout)), layout.size
            self._decoders[record_class, number] = found
        return found


def make_open_error(
    address: str, system_error: int, stage: int = lib.PYCHRONY_CONNECTING
) -> ChronyError:
    """Return the exception for a connection that could not be opened."""
    if system_error == errno.ENOMEM:
        return failures.no_memory(address, lib.CHRONY_NO_MEMORY)
    return failures.connection_error(address, system_error, _STAGES[stage])


def _make_error(
    connection: Any, address: str, outcome: int, report: str, passed_over: failures.Several
) -> ChronyError:
    if outcome == lib.PYCHRONY_TIMED_OUT:
        return failures.silence_error(address)
    if outcome == lib.PYCHRONY_TOO_MANY:
        limit, code = lib.PYCHRONY_MAX_RECORDS, lib.CHRONY_INVALID_RESPONSE
        return failures.too_many_error(address, report, limit, code)
    if outcome == lib.PYCHRONY_CHANGED:
        attempts, code = lib.PYCHRONY_MAX_ATTEMPTS, lib.CHRONY_UNEXPECTED_STATUS
        return failures.changed_error(address, report, attempts, code)
    failure = lib.pychrony_get_failure(connection)
    if failure.system_error:
        return failures.connection_error(
            address, failure.system_error, _STAGES[failure.stage], failure.error
        )
    name = ffi.typeof("chrony_err").elements.get(failure.error, "")
    text = ffi.string(lib.chrony_get_error_string(failure.error)).decode()
    error = failures.report_error(address, report, failure.error, name, text)
    return failures.refused(error, (*passed_over, error)) if passed_over else error


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
