"""What can go wrong, by what a caller can do about it.

    ChronyError
    ├── ChronyConnectionError (OSError)        chronyd is not there
    │   └── ChronyTimeoutError (TimeoutError)  it did not answer in time
    ├── ChronyPermissionError (PermissionError)  it does not let this process ask
    ├── ChronyDataError                        it has no such report, or its answer made no sense
    └── ChronyLibraryError                     libchrony itself failed: a bug, or no memory

A wrong argument is a `ValueError`, a call outside the `with` block a `RuntimeError`.
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
]


class ChronyError(Exception):
    """Base of all errors that reading a report may raise.

    Attributes:
        error_code: libchrony's `chrony_err`, None where it was not libchrony that failed.
        address: The address that was asked, None where there was none yet.

    """

    error_code: int | None
    address: str | None

    def __init__(
        self, message: str, error_code: int | None = None, *, address: str | None = None
    ) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.address = address

    def __str__(self) -> str:
        # OSError would put its errno before the message, which says it in words already.
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        state = {**self.__dict__}
        if isinstance(self, OSError):
            state |= {"errno": self.errno, "strerror": self.strerror}
        return type(self), (self.args[0],), state


class ChronyConnectionError(ChronyError, OSError):
    """chronyd is not there: no socket, nothing that listens, no route. `errno` says which."""


class ChronyTimeoutError(ChronyConnectionError, TimeoutError):
    """chronyd did not answer before the deadline."""


class ChronyPermissionError(ChronyError, PermissionError):
    """This process may not use the socket, or chronyd refuses the report to it."""


class ChronyDataError(ChronyError):
    """chronyd has no such report or record, or answered with what cannot be understood."""


class ChronyLibraryError(ChronyError):
    """libchrony failed without chronyd's doing."""
