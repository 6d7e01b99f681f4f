"""What becomes of open handles when the process forks or ends."""

from __future__ import annotations

import atexit
import os
import weakref
from typing import Protocol


class Forks:
    """Counts the forks between the process that imported this and the running one."""

    count = 0

    @classmethod
    def add(cls) -> None:
        cls.count += 1


os.register_at_fork(after_in_child=Forks.add)


class Exit:
    """Tells whether Python's exit handlers run.

    From then on no handle keeps files between two calls.
    """

    begun = False


class HasFiles(Protocol):
    """What has made files: a handle, for its client's socket."""

    def remove_files(self) -> None: ...


# The references have no callbacks. A callback would swallow an interrupt that comes while it runs.
# Each step below is one operation of the set, so threads need no lock.
_open: set[weakref.ref[HasFiles]] = set()


def remember(handle: HasFiles) -> None:
    """See to it that its files are removed when Python exits, if it is still there."""
    _open.add(weakref.ref(handle))
    if len(_open) % 64 == 0:
        for reference in _open.copy():
            if reference() is None:
                _open.discard(reference)


@atexit.register
def _remove_files() -> None:
    """Only remove files. Do not free memory: another thread may still use it."""
    Exit.begun = True
    for reference in _open.copy():
        handle = reference()
        if handle is not None:
            handle.remove_files()
