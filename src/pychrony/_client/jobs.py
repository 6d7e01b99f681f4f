"""What each target of a fleet is asked, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from ..exceptions import ChronyError
from .answer import T
from .handle import Failures
from .questions import Question
from .search import Search


@dataclass(frozen=True, slots=True)
class Inquiry(Generic[T]):
    """What each target is asked: one question after the other, on one connection.

    `conclude` makes the value. It gets the answers, when the first came, and the address.
    """

    questions: tuple[Question[Any], ...]
    conclude: Callable[[list[Any], int, str], T]


class Job:
    """A target that is being asked, or will be soon."""

    __slots__ = (
        *("address", "addresses", "answered_at", "deadline", "index", "looked_up", "n_others"),
        *("passed_over", "place", "search", "turns", "until", "values"),
    )

    def __init__(self, index: int) -> None:
        self.index = index
        self.addresses: Sequence[str] = ()  # none yet: they are being looked up
        self.looked_up = False  # the look-up was begun
        # None: it waits for a place, or is just being handled. An interrupt lets it start over.
        self.place: int | None = None
        self.n_others = 0  # jobs that were running when it began to
        self.start_over()

    def start_over(self) -> None:
        """Forget what was done. Its time begins anew."""
        self.deadline = 0  # 0: its time has not begun
        self.search: Search | None = None  # None: there is only one address
        self.turns: Iterator[tuple[str, int]] = iter(())
        self.values: list[Any] = []
        self.passed_over: Failures = ()

    def find_next_address(self) -> ChronyError | None:
        """Go on to the next address, with its own deadline. Return the error if there is none."""
        if self.search is None:
            if len(self.addresses) == 1:
                self.address, self.until = self.addresses[0], self.deadline
                return None
            self.search = Search(self.addresses, self.deadline)
            self.turns = iter(self.search)
        turn = next(self.turns, None)
        if turn is None:
            return self.search.make_error()
        self.address, self.until = turn
        return None
