"""One open connection in C: fetching a record through it, and what becomes of it in the end."""

from __future__ import annotations

import os
import weakref
from time import monotonic_ns
from typing import Any, TypeVar

from . import _errors
from ._addresses import candidates
from ._binding import ffi, lib
from ._records import decoder, read_layout
from .exceptions import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
)
from .models import TrackingStatus

RecordT = TypeVar("RecordT")

# How long one of several addresses may stay silent before the next is tried.
_PROBE_NS = 3_000_000_000

REPORTS = {
    ffi.string(lib.chrony_get_report_name(number)).decode(): number
    for number in range(lib.chrony_get_number_supported_reports())
}


def _release(connection: Any, pid: int) -> None:
    """Close, also where nobody did: a forked child leaves the parent's files alone."""
    if os.getpid() == pid:
        lib.pychrony_close(connection)
    else:
        lib.pychrony_close_after_fork(connection)


class Link:
    """An open connection to one address. For one thread at a time."""

    def __init__(self, address: str) -> None:
        self._connection = lib.pychrony_open(os.fsencode(address))
        if self._connection == ffi.NULL:
            raise _errors.connection_error(address, ffi.errno)
        self.address = address
        self._pid = os.getpid()
        self._answer = lib.pychrony_get_answer(self._connection)
        self._decoders: dict[tuple[type[Any], int], Any] = {}
        self.close = weakref.finalize(self, _release, self._connection, self._pid)

    def read(self, report: str, record_class: type[RecordT], deadline: int) -> RecordT:
        """Read one record of a report, until `deadline` on the monotonic clock, in nanoseconds."""
        if os.getpid() != self._pid:
            raise RuntimeError(
                "this connection was opened before a fork; open one in the child process itself"
            )
        outcome = lib.pychrony_fetch(self._connection, REPORTS[report], 0, deadline)
        while outcome == lib.PYCHRONY_AGAIN:  # a moment has passed, in which signals are handled
            outcome = lib.pychrony_resume(self._connection, deadline)
        if outcome < 0:
            raise self._error(outcome, report)
        decode = self._decoders.get((record_class, outcome))
        if decode is None:
            layout = read_layout(lib.pychrony_get_layout(self._connection, outcome))
            decode = self._decoders[record_class, outcome] = decoder(record_class, layout)
        answer = self._answer
        return decode(ffi.buffer(answer.bytes, answer.size))

    def _error(self, outcome: int, report: str) -> ChronyError:
        if outcome == lib.PYCHRONY_TIMED_OUT:
            return _errors.timeout_error(f"{self.address}: no answer in time", self.address)
        code, system_error = self._answer.error, self._answer.system_error
        if system_error:
            return _errors.connection_error(self.address, system_error, code)
        return _errors.report_error(self.address, report, code)

    def answers(self, deadline: int) -> None:
        """Return once chronyd has answered, be it with a refusal.

        Raises:
            ChronyConnectionError: It has not.

        """
        try:
            self.read("tracking", TrackingStatus, deadline)
        except (ChronyPermissionError, ChronyDataError):
            if self._answer.system_error:
                raise


def open_link(target: tuple[str, int] | str | None, deadline: int) -> Link:
    """Open a connection to what a user gave as an address.

    Where there is a choice of several, it is the first that answers.
    """
    try:
        addresses = candidates(target)
    except OSError as error:
        raise ChronyConnectionError(f"address {target!r}: {error.strerror}") from error
    if len(addresses) == 1:
        return Link(addresses[0])
    failures: list[ChronyConnectionError | ChronyPermissionError] = []
    for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        try:
            return _probe(address, _share(deadline, left))
        except (ChronyConnectionError, ChronyPermissionError) as error:
            failures.append(error)
    raise _errors.none_answered(failures)


def _probe(address: str, deadline: int) -> Link:
    link = Link(address)
    try:
        link.answers(deadline)
    except BaseException:
        link.close()
        raise
    return link


def _share(deadline: int, left: int) -> int:
    """Return until when one of `left` addresses may be tried."""
    now = monotonic_ns()
    return deadline if left == 1 else now + min((deadline - now) // left, _PROBE_NS)
