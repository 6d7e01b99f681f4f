"""Find the first of several addresses that answers."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns
from types import TracebackType
from typing import Any, TypeVar

from ..exceptions import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
)
from .addresses import Target, candidates, is_local
from .failures import all_failed, is_by_chronyd, unknown_host
from .handle import Handle
from .log import Note, log
from .methods import Reports
from .sharing import CLOSED, ResultT
from .timeouts import Timeout, deadline_after

OneCallT = TypeVar("OneCallT", bound="OneCall")

# How long one of several addresses may be silent before the next is tried. chronyd on this computer
# is much faster than the first limit. If it is not, it is asked again after the others.
_FIRST_LOCAL_NS = 250_000_000
_TURN_NS = 3_000_000_000

# After these failures another address is tried.
_PASSABLE = (ChronyConnectionError, ChronyPermissionError, ChronyDataError)


class OneCall(Reports):
    """A connection for one answer. Opening it and all that is read share one deadline.

    The first question opens it, to the first address that answers this question. One thread at a
    time may use it.
    """

    def __init__(self, target: Target, deadline: int) -> None:
        self.addresses = _find_addresses(target)
        self._deadline = deadline
        self._handle: Handle | None = None

    def __enter__(self: OneCallT) -> OneCallT:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._handle is not None:
            self._close(self._handle.note_choice())

    @property
    def handle(self) -> Handle:
        """The open handle.

        Raises:
            RuntimeError: It is not open.

        """
        if self._handle is None:
            raise RuntimeError(CLOSED)
        return self._handle

    @property
    def address(self) -> str:
        """The address that answered."""
        return self.handle.address

    def _ask(self, timeout: Timeout, read: Callable[..., ResultT], *arguments: Any) -> ResultT:
        deadline = self._deadline if timeout == "connection" else deadline_after(timeout)
        if self._handle is not None:
            return read(self._handle, *arguments, deadline)
        failures: dict[str, ChronyError] = {}
        addresses = self.addresses
        while addresses:
            for number, address in enumerate(addresses):
                until = deadline
                if len(addresses) > 1:
                    n_left = len(addresses) - number
                    until = _end_of_turn(address, address in failures, n_left, deadline)
                try:
                    self._handle = Handle(address)
                    try:
                        answer = read(self._handle, *arguments, until)
                    except ChronyTimeoutError:
                        if until == deadline or not self._handle.has_answered():
                            raise
                        # It has begun to answer. Give it all the time that is left.
                        answer = read(self._handle, *arguments, deadline)
                except BaseException as error:
                    self._close()  # now: whoever keeps the exception keeps this object too
                    if len(self.addresses) == 1 or not isinstance(error, _PASSABLE):
                        raise
                    failures[address] = error.with_traceback(None)
                    error.__context__ = None  # whatever the caller was handling
                else:
                    failures.pop(address, None)
                    self._handle.passed_over = tuple(failures.values())
                    return answer
            addresses = _find_silent(failures) if monotonic_ns() < deadline else []
        raise all_failed(tuple(failures.values()))

    def _close(self, *choice: Note) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            notes = handle.take_notes()
            handle.close()
            log([*choice, *notes])


def open_handle(target: Target, deadline: int) -> Handle:
    """Open a connection. Where there is a choice, take the first address that gives tracking.

    If none does, take one whose chronyd refuses tracking. It may give other reports.
    """
    call = OneCall(target, deadline)
    if len(call.addresses) == 1:
        return Handle(call.addresses[0])
    try:
        call.get_tracking()
    except ChronyError as error:
        if not is_by_chronyd(error) or error.address is None:
            raise
        handle = Handle(error.address)
        handle.passed_over = tuple(each for each in error.failures if each.address != error.address)
        return handle
    return call.handle


def _find_addresses(target: Target) -> list[str]:
    try:
        return candidates(target)
    except OSError as error:
        host, port = target if isinstance(target, tuple) else (target, "")
        raise unknown_host(f"{host}:{port}", error) from error


def _end_of_turn(address: str, was_asked: bool, n_left: int, deadline: int) -> int:
    """Return until when an address may be silent, if so many have not had their turn yet."""
    now = monotonic_ns()
    limit = _FIRST_LOCAL_NS if is_local(address) and not was_asked else _TURN_NS
    return now + min((deadline - now) // n_left, limit)


def _find_silent(failures: dict[str, ChronyError]) -> list[str]:
    """Return the addresses that did not answer in their time. They are asked again."""
    return [each for each, error in failures.items() if isinstance(error, ChronyTimeoutError)]
