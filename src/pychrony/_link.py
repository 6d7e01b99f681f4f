"""One open connection in C: fetching a record through it, and what becomes of it in the end."""

from __future__ import annotations

import atexit
import errno
import os
import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar

from . import _errors
from ._binding import ffi, lib
from ._build import REPORTS
from ._log import Note
from ._records import decoder, read_layout
from .exceptions import ChronyDataError, ChronyError
from .models import Client

RecordT = TypeVar("RecordT")

_fetch = lib.pychrony_fetch  # looked up once: attributes of `lib` are slow to get

# The source has gone meanwhile, or its address is of a kind that cannot be asked about; or chronyd
# says no in another way.
_NO_NAME = (lib.CHRONY_UNEXPECTED_STATUS, lib.CHRONY_INVALID_ARGUMENT, lib.CHRONY_DISABLED)


class Forks:
    """How many forks lie between the process that imported this and the running one."""

    count = 0

    @classmethod
    def add(cls) -> None:
        cls.count += 1


os.register_at_fork(after_in_child=Forks.add)


class Exit:
    """Whether Python's exit handlers run. From then on no link keeps files between two calls."""

    begun = False


# References without callbacks, which would swallow an interrupt that comes while they run. Each
# step below is one operation of the set's, so threads need no lock.
_open_links: set[weakref.ref[Link]] = set()


def _remember(link: Link) -> None:
    _open_links.add(weakref.ref(link))
    if len(_open_links) % 64 == 0:
        for reference in _open_links.copy():
            if reference() is None:
                _open_links.discard(reference)


@atexit.register
def _remove_files() -> None:
    """Remove files, free no memory: a daemon thread may be in C with any of the links."""
    Exit.begun = True
    for reference in _open_links.copy():
        link = reference()
        if link is not None:
            link.remove_files()


class Link:
    """An open connection to one address, closed when it is forgotten. For one thread at a time."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.lacks_files = False  # of its socket; no answer comes any more
        # Why those addresses failed that were to be preferred to this one.
        self.passed_over: tuple[ChronyError, ...] = ()
        self._noted = 1, 0  # of what C counts; it is opened below
        self._decoders: dict[tuple[type[Any], int], tuple[Callable[..., Any], int]] = {}
        self._records: dict[tuple[type[Any], int], Callable[[], Any]] = {}
        # Owned before it is opened, and freed by C: an interrupt may come between any two lines.
        self._connection = ffi.gc(lib.pychrony_new(), lib.pychrony_free)
        self._counts = lib.pychrony_get_counts(self._connection)
        _remember(self)
        try:
            self._open()
        except BaseException:
            self.close()  # not only when the exception is forgotten
            raise

    def _open(self) -> None:
        if lib.pychrony_open(self._connection, os.fsencode(self.address)) != 0:
            if ffi.errno == errno.ENOMEM:
                raise _errors.no_memory(self.address)
            failure = lib.pychrony_get_failure(self._connection)
            raise _errors.connection_error(self.address, failure.system_error, failure.stage)

    def close(self) -> None:
        """Close it at once."""
        self._counts = lib.pychrony_get_counts(ffi.NULL)
        connection, self._connection = self._connection, ffi.NULL
        ffi.release(connection)

    def remove_files(self) -> None:
        """Remove the files of the client's socket; no answer will come through it any more."""
        self.lacks_files = True
        lib.pychrony_remove_files(self._connection)

    def read(self, report: str, record_class: type[RecordT], deadline: int) -> RecordT:
        """Read one record of a report, until `deadline` on the monotonic clock, in nanoseconds."""
        layout = _fetch(self._connection, REPORTS[report], 0, deadline)
        if layout < 0:
            layout = self._finish(layout, report, deadline)
        record = self._records.get((record_class, layout)) or self._record(record_class, layout)
        return record()

    def read_if_enabled(
        self, report: str, record_class: type[RecordT], deadline: int
    ) -> RecordT | None:
        """Read one record of a report; None where chronyd has turned off what it is about."""
        try:
            return self.read(report, record_class, deadline)
        except ChronyDataError as error:
            if error.error_code == lib.CHRONY_DISABLED:
                return None
            raise

    def read_list(
        self, report: str, record_class: type[RecordT], names: bool, deadline: int
    ) -> list[RecordT]:
        """Read all records of a report, and if wanted the sources' names."""
        outcome = lib.pychrony_fetch_list(self._connection, REPORTS[report], deadline)
        records = self._records_of(outcome, report, record_class, deadline)
        if names:
            self._add_names(records, deadline)
        return records

    def read_clients(self, deadline: int) -> list[Client]:
        """Read the clients of chronyd's NTP server, which is no report of libchrony's."""
        outcome = lib.pychrony_fetch_clients(self._connection, deadline)
        return self._records_of(outcome, "clients", Client, deadline)

    def _records_of(
        self, outcome: int, report: str, record_class: type[RecordT], deadline: int
    ) -> list[RecordT]:
        """Return the records of a list, once it is there."""
        if self._finish(outcome, report, deadline) == 0:
            return []
        found = lib.pychrony_get_list(self._connection)
        content = ffi.buffer(found.bytes, found.size)
        records, offset = [], 0
        for number in ffi.unpack(found.layouts, found.n_records):
            decode, size = self._decoder(record_class, number)
            records.append(decode(content, offset))
            offset += size
        return records

    def read_fields(self, report: str, index: int, deadline: int) -> dict[str, int | float | str]:
        """Read one record of a report by libchrony's own names."""
        outcome = _fetch(self._connection, REPORTS[report], index, deadline)
        number = self._finish(outcome, report, deadline)
        layout = lib.pychrony_get_layout(self._connection, number)
        decode, size = self._decoder(dict, number)
        return decode(ffi.buffer(layout.record, size), 0)

    def _add_names(self, records: Iterable[Any], deadline: int) -> None:
        """Give NTP sources the names that chronyd's configuration has for them."""
        for record in records:
            if record.is_reference_clock():
                continue
            try:
                name = self._source_name(record.address, deadline)
            except ChronyDataError as error:
                if error.error_code == lib.CHRONY_OLD_SERVER:
                    return
                if error.error_code in _NO_NAME:
                    continue
                raise
            object.__setattr__(record, "name", name)  # nobody has seen the record yet

    def _source_name(self, address: str, deadline: int) -> str:
        outcome = lib.pychrony_fetch_source_name(self._connection, address.encode(), deadline)
        self._finish(outcome, "sourcename", deadline)
        return ffi.string(lib.pychrony_get_source_name(self._connection)).decode(errors="replace")

    def _finish(self, outcome: int, report: str, deadline: int) -> int:
        """Go on with an exchange until it is over. What it came to, if that was no failure."""
        while outcome == lib.PYCHRONY_AGAIN:  # a moment has passed, in which signals are handled
            outcome = lib.pychrony_resume(self._connection, deadline)
        if outcome < 0:
            raise self._error(outcome, report)
        return outcome

    def _decoder(self, record_class: type[Any], number: int) -> tuple[Callable[..., Any], int]:
        """Return what decodes records of a layout, and their size."""
        found = self._decoders.get((record_class, number))
        if found is None:
            layout = lib.pychrony_get_layout(self._connection, number)
            found = decoder(record_class, read_layout(layout)), layout.size
            self._decoders[record_class, number] = found
        return found

    def _record(self, record_class: type[Any], number: int) -> Callable[[], Any]:
        """Return what makes an instance of the record that was read last in a layout."""
        layout = lib.pychrony_get_layout(self._connection, number)
        decode, size = self._decoder(record_class, number)
        record = partial(decode, ffi.buffer(layout.record, size), 0)
        self._records[record_class, number] = record
        return record

    def _error(self, outcome: int, report: str) -> ChronyError:
        if outcome == lib.PYCHRONY_TIMED_OUT:
            return _errors.silence_error(self.address)
        if outcome != lib.PYCHRONY_FAILED:
            return _errors.list_error(self.address, report, outcome)
        failure = lib.pychrony_get_failure(self._connection)
        if failure.system_error:
            return _errors.connection_error(
                self.address, failure.system_error, failure.stage, failure.error
            )
        error = _errors.report_error(self.address, report, failure.error)
        return _errors.refused(error, (*self.passed_over, error)) if self.passed_over else error

    def note_choice(self) -> Note:
        """Return what the log says of an address that is used."""
        if not self.passed_over:
            return "%s: used", self.address
        return "%s: used; passed over: %s", self.address, "; ".join(map(str, self.passed_over))

    def take_notes(self) -> Sequence[Note]:
        """Return what the log says of all that was mended since the last time."""
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
        """Return whether anything was ever answered."""
        return bool(lib.pychrony_has_answered(self._connection))
