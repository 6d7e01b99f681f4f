"""What a user gave as an address may stand for several: finding the one that answers."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic_ns
from typing import TypeVar

from . import _errors
from ._addresses import candidates, is_local
from ._link import Link
from ._log import log
from .exceptions import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
)
from .models import TrackingStatus

ResultT = TypeVar("ResultT")

Target = tuple[str, int] | str | None
Ask = Callable[[Link, int], ResultT]

# How long one of several addresses may stay silent before the next is tried. chronyd on this
# computer takes far less than the first; where it does not, it is asked again after the others.
_FIRST_LOCAL_NS = 250_000_000
_TURN_NS = 3_000_000_000


def open_link(target: Target, deadline: int) -> Link:
    """Open a connection; where there is a choice, to the first address that gives tracking.

    Where none does, it is one whose chronyd refuses that, for it may give other reports.
    """
    addresses = _candidates(target)
    if len(addresses) == 1:
        return Link(addresses[0])
    try:
        link, _ = _ask_each(addresses, _ask_tracking, deadline)
    except ChronyError as error:
        if not _errors.is_by_chronyd(error) or error.address is None:
            raise
        link = Link(error.address)
        link.passed_over = tuple(each for each in error.failures if each.address != error.address)
    return link


def open_and_ask(target: Target, ask: Ask[ResultT], deadline: int) -> tuple[Link, ResultT]:
    """Open a connection to the first address that answers this question; return both."""
    addresses = _candidates(target)
    if len(addresses) == 1:
        return _ask_one(addresses[0], ask, deadline, deadline)
    return _ask_each(addresses, ask, deadline)


def _ask_tracking(link: Link, deadline: int) -> TrackingStatus:
    return link.read("tracking", TrackingStatus, deadline)


def _candidates(target: Target) -> list[str]:
    try:
        return candidates(target)
    except OSError as error:
        host, port = target if isinstance(target, tuple) else (target, "")
        raise _errors.unknown_host(f"{host}:{port}", error) from error


def _ask_each(addresses: list[str], ask: Ask[ResultT], deadline: int) -> tuple[Link, ResultT]:
    """Ask one after the other, and who was silent again, until one answers or the time is over."""
    failures: dict[str, ChronyError] = {}
    silent = addresses
    while silent:
        for number, address in enumerate(silent):
            first = address not in failures
            until = _end_of_turn(address, first, len(silent), len(silent) - number, deadline)
            try:
                link, answer = _ask_one(address, ask, until, deadline)
            except (ChronyConnectionError, ChronyPermissionError, ChronyDataError) as error:
                failures[address] = error.with_traceback(None)
                error.__context__ = None  # what the caller was handling, if anything
                continue
            failures.pop(address, None)
            link.passed_over = tuple(failures.values())
            return link, answer
        in_time = monotonic_ns() < deadline
        silent = [each for each in silent if in_time and _is_silent(failures[each])]
    raise _errors.all_failed(tuple(failures.values()))


def _is_silent(failure: ChronyError) -> bool:
    return isinstance(failure, ChronyTimeoutError)


def _end_of_turn(address: str, first: bool, of: int, left: int, deadline: int) -> int:
    """Return until when an address may be silent, of which `left` have not had their turn yet."""
    if of == 1:
        return deadline
    now = monotonic_ns()
    limit = _FIRST_LOCAL_NS if first and is_local(address) else _TURN_NS
    return now + min((deadline - now) // left, limit)


def _ask_one(address: str, ask: Ask[ResultT], until: int, deadline: int) -> tuple[Link, ResultT]:
    """Open a connection and ask. Who has begun to answer gets all the time that there is."""
    link = Link(address)
    try:
        try:
            return link, ask(link, until)
        except ChronyTimeoutError:
            if until == deadline or not link.has_answered():
                raise
        return link, ask(link, deadline)
    except BaseException:
        notes = link.take_notes()
        link.close()  # not only when the exception is forgotten
        log(notes)
        raise
