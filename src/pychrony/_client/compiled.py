"""What the numbers of the compiled module mean, and how its records are read.

C's numbers become exceptions, formats of fields and names of reports in here.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from functools import cache
from typing import Any

from .._binding import ffi, lib
from ..exceptions import ChronyError
from . import decoding, failures, hints
from .questions import CLIENTS, LIST, NAMED_LIST, RECORD, Question

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

# What is asked in C for each kind of question.
OPERATIONS = {
    RECORD: lib.PYCHRONY_RECORD,
    LIST: lib.PYCHRONY_LIST,
    NAMED_LIST: lib.PYCHRONY_NAMED_LIST,
    CLIENTS: lib.PYCHRONY_CLIENTS,
}

# The error codes of a report that is refused to this process, or that chronyd is too old for.
NOT_GIVEN = (lib.CHRONY_UNAUTHORIZED, lib.CHRONY_OLD_SERVER)


class Reader:
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


def make_error(
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
