"""What becomes of open handles when the process forks or ends."""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


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


ObjectT = TypeVar("ObjectT", bound=object)


class Living(Generic[ObjectT]):
    """Those of the objects that were added which are still there.

    Its references have no callbacks, unlike a WeakSet's: a callback would swallow an interrupt that
    comes while it runs. Each step below is one operation of the set, so threads need no lock.
    """

    def __init__(self) -> None:
        self._references: set[weakref.ref[ObjectT]] = set()

    def add(self, each: ObjectT) -> None:
        """Add one, and forget those that are gone, now and then."""
        self._references.add(weakref.ref(each))
        if len(self._references) % 64 == 0:
            for reference in self._references.copy():
                if reference() is None:
                    self._references.discard(reference)

    def __iter__(self) -> Iterator[ObjectT]:
        for reference in self._references.copy():
            living = reference()
            if living is not None:
                yield living


_open: Living[HasFiles] = Living()


def remember(handle: HasFiles) -> None:
    """See to it that its files are removed when Python exits, if it is still there."""
    _open.add(handle)


@atexit.register
def _remove_files() -> None:
    """Only remove files. Do not free memory: another thread may still use it."""
    Exit.begun = True
    for handle in _open:
        handle.remove_files()
