"""Find the first of several addresses that answers, in an event loop."""

from __future__ import annotations

from collections.abc import Sequence

from ..exceptions import ChronyError, ChronyTimeoutError
from .addresses import Target
from .event_loop import EventLoop
from .handle import Handle
from .log import Note
from .questions import TRACKING
from .search import Search, open_refusing


async def open_handle(loop: EventLoop, target: Target, deadline: int, notes: list[Note]) -> Handle:
    """Open a connection. Where there is a choice, take the first address that gives tracking.

    If none does, take one whose chronyd refuses tracking. It may give other reports. Append what
    was repaired meanwhile to `notes`.
    """
    addresses = await loop.find_addresses(target)
    if len(addresses) == 1:
        return Handle(addresses[0])
    try:
        return await _open_first(loop, addresses, deadline, notes)
    except ChronyError as error:
        return open_refusing(error)


async def _open_first(
    loop: EventLoop, addresses: Sequence[str], deadline: int, notes: list[Note]
) -> Handle:
    search = Search(addresses, deadline)
    for address, until in search:
        handle = None
        try:
            handle = Handle(address)
            await _try(loop, handle, until, deadline)
        except BaseException as error:
            if handle is not None:
                notes += handle.take_notes()
                handle.close()  # now: whoever keeps the exception keeps this object too
            if not search.pass_over(address, error):
                raise
        else:
            handle.passed_over = search.list_passed_over(address)
            return handle
    raise search.make_error()


async def _try(loop: EventLoop, handle: Handle, until: int, deadline: int) -> None:
    """Ask for tracking. An address that has begun to answer is given all the time that is left."""
    try:
        await loop.read(handle, TRACKING, until)
    except ChronyTimeoutError:
        if until == deadline or not handle.has_answered():
            raise
        await loop.read(handle, TRACKING, deadline)
