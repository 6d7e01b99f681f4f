"""Find the first of several addresses that answers, in an event loop."""

from __future__ import annotations

from collections.abc import Sequence

from ..exceptions import ChronyError
from .addresses import Target
from .event_loop import EventLoop
from .handle import Handle
from .log import Note
from .questions import TRACKING
from .search import Candidate, Search, find_only, open_refusing


async def open_handle(loop: EventLoop, target: Target, deadline: int, notes: list[Note]) -> Handle:
    """Open a connection. Where there is a choice, take the first address that gives tracking.

    If none does, take one whose chronyd refuses tracking. It may give other reports. Append what
    was repaired meanwhile to `notes`.
    """
    candidates = await loop.find_candidates(target)
    only = find_only(candidates)
    if only is not None:
        return Handle(only)
    try:
        return await _open_first(loop, candidates, deadline, notes)
    except ChronyError as error:
        return open_refusing(error)


async def _open_first(
    loop: EventLoop, candidates: Sequence[Candidate], deadline: int, notes: list[Note]
) -> Handle:
    search = Search(candidates, deadline)
    for address, until in search:
        handle = None
        try:
            handle = Handle(address)
            await loop.read(handle, TRACKING, until)
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
