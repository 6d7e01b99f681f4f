"""Find the first of several addresses that answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import monotonic_ns
from types import TracebackType
from typing import TypeAlias, TypeVar

from ..exceptions import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
)
from .addresses import Target, candidates, describe, is_local, without_twins
from .failures import all_failed, is_by_chronyd, unknown_host
from .handle import Handle
from .log import Note, log
from .methods import Reports
from .questions import AnswerT, Question
from .sharing import CLOSED
from .timeouts import Timeout, deadline_after

OneCallT = TypeVar("OneCallT", bound="OneCall")

# An address to try, as libchrony takes it. Among others, why a host name has none.
Candidate: TypeAlias = str | ChronyError

# How long one of several addresses may be silent before the next is tried. chronyd on this computer
# is much faster than the first limit. If it is not, it is asked again after the others.
_FIRST_LOCAL_NS = 250_000_000
_TURN_NS = 3_000_000_000

# After these failures another address is tried.
_PASSABLE = (ChronyConnectionError, ChronyPermissionError, ChronyDataError)


class Search:
    """Which of several addresses is asked next, and until when. It asks nobody itself.

    Iterate over the addresses and the ends of their turns. Tell each failure to `pass_over`.
    """

    def __init__(self, candidates: Sequence[Candidate], deadline: int) -> None:
        self._addresses = [each for each in candidates if isinstance(each, str)]
        self._is_choice = len(candidates) > 1
        self._deadline = deadline
        self._failures = {
            each.address or "": each for each in candidates if isinstance(each, ChronyError)
        }

    def __iter__(self) -> Iterator[tuple[str, int]]:
        waiting = self._addresses
        while waiting:
            for number, address in enumerate(waiting):
                until = self._deadline
                if len(waiting) > 1:
                    until = self._end_of_turn(address, len(waiting) - number)
                yield address, until
            waiting = self._find_silent() if monotonic_ns() < self._deadline else []

    def extend(self, time: int) -> None:
        """Give it so much more time, in nanoseconds."""
        self._deadline += time

    def pass_over(self, address: str, error: BaseException) -> bool:
        """Note why an address did not answer. Return whether another one may."""
        if not self._is_choice or not isinstance(error, _PASSABLE):
            return False
        self._failures[address] = error.with_traceback(None)
        error.__context__ = None  # whatever the caller was handling
        return True

    def list_passed_over(self, address: str) -> tuple[ChronyError, ...]:
        """Return the failures of all others, now that this address has answered."""
        return tuple(error for each, error in self._failures.items() if each != address)

    def make_error(self) -> ChronyError:
        """Return the exception for the failure of all."""
        return all_failed(tuple(self._failures.values()))

    def _end_of_turn(self, address: str, n_left: int) -> int:
        """Return until when an address may be silent, if so many have not had their turn yet."""
        now = monotonic_ns()
        was_asked = address in self._failures
        limit = _FIRST_LOCAL_NS if is_local(address) and not was_asked else _TURN_NS
        return now + min((self._deadline - now) // n_left, limit)

    def _find_silent(self) -> list[str]:
        """Return the addresses that did not answer in their time. They are asked again."""
        failures = self._failures.items()
        return [each for each, error in failures if isinstance(error, ChronyTimeoutError)]


class OneCall(Reports):
    """A connection for one answer. Opening it and all that is read share one deadline.

    The first question opens it, to the first address that answers this question. One thread at a
    time may use it.
    """

    def __init__(self, target: Target, deadline: int) -> None:
        self._candidates = find_candidates(target)
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

    @property
    def only_address(self) -> str | None:
        """The address, where there is no choice."""
        return find_only(self._candidates)

    def _find_deadline(self, timeout: Timeout) -> int:
        return self._deadline if timeout == "connection" else deadline_after(timeout)

    def _ask(self, timeout: Timeout, question: Question[AnswerT]) -> AnswerT:
        deadline = self._find_deadline(timeout)
        if self._handle is not None:
            return self._handle.read(question, deadline)
        search = Search(self._candidates, deadline)
        for address, until in search:
            try:
                self._handle = Handle(address)
                try:
                    answer = self._handle.read(question, until)
                except ChronyTimeoutError:
                    if until == deadline or not self._handle.has_answered():
                        raise
                    # It has begun to answer. Give it all the time that is left.
                    answer = self._handle.read(question, deadline)
            except BaseException as error:
                self._close()  # now: whoever keeps the exception keeps this object too
                if not search.pass_over(address, error):
                    raise
            else:
                self._handle.passed_over = search.list_passed_over(address)
                return answer
        raise search.make_error()

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
    if call.only_address is not None:
        return Handle(call.only_address)
    try:
        call.get_tracking()
    except ChronyError as error:
        return open_refusing(error)
    return call.handle


def open_refusing(error: ChronyError) -> Handle:
    """Open a connection to the address whose chronyd refused tracking.

    Raises:
        ChronyError: The error itself, where no chronyd did.

    """
    if not is_by_chronyd(error) or error.address is None:
        raise error
    handle = Handle(error.address)
    handle.passed_over = tuple(each for each in error.failures if each.address != error.address)
    return handle


def find_candidates(target: Target) -> list[Candidate]:
    """Return the addresses to try, best first. Of several, a host name may be unknown.

    Raises:
        ChronyConnectionError: The host's name could not be resolved, and there is nothing else.

    """
    found: list[Candidate] = []
    for place in target if isinstance(target, list) else [target]:
        try:
            found += candidates(place)
        except OSError as error:
            failure = unknown_host(describe(place), error)
            if not isinstance(target, list):
                raise failure from error
            found.append(failure)
    return without_twins(found)


def find_only(candidates: Sequence[Candidate]) -> str | None:
    """Return the address, where there is no choice."""
    if len(candidates) != 1:
        return None
    return candidates[0] if isinstance(candidates[0], str) else None
