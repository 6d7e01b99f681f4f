"""What one target of a fleet answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from ..exceptions import ChronyError
from ..models._help import document
from .addresses import Address

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What one target of a `Fleet` answered: a value, or the error that a single call would raise.

    Example:
        >>> fleet = Fleet([None, "127.0.0.1:1"])
        >>> for answer in sorted(fleet.get_tracking(), key=lambda answer: answer.index):
        ...     if answer.error is None:
        ...         print(answer.index, answer.get().stratum)
        ...     else:
        ...         print(answer.index, type(answer.error).__name__, answer.address)
        0 3
        1 ChronyConnectionError 127.0.0.1:1

    """

    index: int
    """The target's place among the addresses that the fleet was made of, from 0."""

    address: Address
    """The address as it was given to the fleet."""

    value: T | None
    """What was asked for. None where there is an error."""

    error: ChronyError | None
    """Why there is no value. None where there is one."""

    def get(self) -> T:
        """Return the value, or raise the error.

        Returns:
            What was asked for.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by, or the host's name cannot be resolved.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd's answer made no sense, or the list changed each time it was
                read.
            ChronyLibraryError: libchrony itself failed, or there is no memory.

        Example:
            >>> [answer] = Fleet([None]).get_activity()
            >>> answer.get().online
            3

        """
        if self.error is not None:
            raise self.error.with_traceback(None)  # each time it is raised it would grow
        return cast("T", self.value)


document(Answer)
