"""Many connections in C, behind one descriptor."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from .._binding import ffi, lib
from ..exceptions import ChronyError
from . import failures
from .compiled import OPERATIONS, REPORTS, Reader, make_error, make_open_error
from .lifetime import remember
from .questions import RECORD, AnswerT, Question


class Window:
    """Connections in C to many addresses at once, each in a place, behind one descriptor.

    The caller chooses the places. One thread at a time may use it, but for `wake`. It is closed
    when nothing refers to it any more.

    Raises:
        OSError: The system has no descriptors or no memory for it.

    """

    def __init__(self, n_places: int) -> None:
        self._reader = Reader()
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
        operation, number = OPERATIONS[question.kind], REPORTS[question.report]
        to = os.fsencode(address)
        lib.pychrony_fleet_begin(self._fleet, place, to, operation, number, deadline)

    def ask(self, place: int, question: Question[Any], deadline: int) -> None:
        """Ask something else on the connection in a place."""
        operation, number = OPERATIONS[question.kind], REPORTS[question.report]
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
        return make_error(connection, address, outcome, report, passed_over)

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
