"""What can go wrong, by what a caller can do about it.

Each error is one of those above it, and one of Python's own in parentheses::

    ChronyError
    ├── ChronyConnectionError (OSError)        chronyd is not there
    │   └── ChronyTimeoutError (TimeoutError)  it did not answer in time
    ├── ChronyPermissionError (PermissionError)  it does not let this process ask
    ├── ChronyDataError                        it has no such report, or its answer made no sense
    ├── ChronyLibraryError                     libchrony itself failed: a bug, or no memory
    └── ClockUnknownError                      nobody knows the time's error (`BoundedClock` alone)

A wrong argument is a `ValueError`, a call on a connection that is not open a `RuntimeError`.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ChronyConnectionError",
    "ChronyDataError",
    "ChronyError",
    "ChronyLibraryError",
    "ChronyPermissionError",
    "ChronyTimeoutError",
    "ClockUnknownError",
]


class ChronyError(Exception):
    """Base of all errors that reading a report may raise.

    Attributes:
        error_code: libchrony's `chrony_err`, None where it was not libchrony that failed.
        address: The address that was asked, None where there was none yet, and where several did
            not answer.
        failures: Where there was a choice of several addresses, each tried one's own exception, in
            the order of trying. Empty where there was one address.

    Those that are an `OSError` have its `errno` too: what the system said, None where it was not
    the system. Where several addresses failed, it is that of the one that decided the kind of the
    exception.

    """

    error_code: int | None
    address: str | None
    failures: tuple[ChronyError, ...]

    def __init__(
        self, message: str, error_code: int | None = None, *, address: str | None = None
    ) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.address = address
        self.failures = ()

    @property
    def message(self) -> str:
        """Return what went wrong, the same as `str(error)`."""
        return str(self.args[0])

    def __str__(self) -> str:
        # OSError would put its errno before the message, which says it in words already.
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        state = {**self.__dict__}
        if isinstance(self, OSError):
            state |= {"errno": self.errno, "strerror": self.strerror}
        return type(self), (self.args[0],), state


class ChronyConnectionError(ChronyError, OSError):
    """chronyd is not there: no socket, nothing that listens, no route; or the host is unknown."""


class ChronyTimeoutError(ChronyConnectionError, TimeoutError):
    """chronyd did not answer before the deadline."""


class ChronyPermissionError(ChronyError, PermissionError):
    """This process may not use the socket, or chronyd refuses the report to it."""


class ChronyDataError(ChronyError):
    """chronyd has no such report or record, or answered with what cannot be understood."""


class ChronyLibraryError(ChronyError):
    """libchrony failed without chronyd's doing, by a bug or for want of memory."""


class ClockUnknownError(ChronyError):
    """The clock's error is not known. Only `BoundedClock` and `bounded_now` raise it.

    Its `__cause__` is why chronyd could not be asked, if that is why.
    """
