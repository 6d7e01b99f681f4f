"""What each target of a fleet is asked, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from ..exceptions import ChronyError
from .answer import T
from .compiled import MAX_IN_FLIGHT
from .failures import Several
from .questions import RECORD, Question
from .search import Candidate, Search, find_only


def _nothing(_answers: tuple[Any, ...]) -> None:
    """Return no further question."""


# Not frozen: that would take four times as long to import.
@dataclass(slots=True, eq=False, repr=False)
class Inquiry(Generic[T]):
    """What each target is asked: one question after the other, on one connection.

    `conclude` makes the value of the job's answers. `follow` returns what is asked after some of
    them, or None.
    """

    first: Question[Any]
    conclude: Callable[[Job], T]
    follow: Callable[[tuple[Any, ...]], Question[Any] | None] = _nothing

    @property
    def in_flight(self) -> int:
        """The number of requests that may be in flight at once."""
        is_one_record = self.follow is _nothing and self.first.kind == RECORD
        return 1 if is_one_record else MAX_IN_FLIGHT


class Job:
    """A target that is being asked, or will be soon."""

    # None: it waits for a place, or is just being handled. An interrupt lets it start over.
    place: int | None = None
    question: Question[Any]  # the one that is being asked
    looked_up = False  # the look-up was begun
    n_others = 0  # jobs that were running when it began to
    deadline = 0  # 0: its time has not begun
    search: Search | None = None  # None: there is only one address
    turns: Iterator[tuple[str, int]] = iter(())
    address = ""  # the one that is being asked
    until = 0  # how long it may be silent
    values: tuple[Any, ...] = ()  # its answers so far
    answered_at = 0  # when the first of them came
    passed_over: Several = ()

    def __init__(self, index: int, candidates: Sequence[Candidate]) -> None:
        self.index = index
        self.candidates = candidates  # none yet: they are being looked up

    def start_over(self) -> None:
        """Forget what was done. Its time begins anew."""
        self.deadline = 0
        self.search, self.turns = None, iter(())
        self.values, self.passed_over = (), ()

    def extend(self, time: int) -> None:
        """Give it so much more time, in nanoseconds, if its time has begun."""
        if self.deadline > 0:
            self.deadline += time
            self.until += time
            if self.search is not None:
                self.search.extend(time)

    def find_next_address(self) -> ChronyError | None:
        """Go on to the next address, with its own deadline. Return the error if there is none."""
        if self.search is None:
            only = find_only(self.candidates)
            if only is not None:
                self.address, self.until = only, self.deadline
                return None
            self.search = Search(self.candidates, self.deadline)
            self.turns = iter(self.search)
        turn = next(self.turns, None)
        if turn is None:
            return self.search.make_error()
        self.address, self.until = turn
        return None
