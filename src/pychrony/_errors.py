"""The one table from libchrony's error codes to exceptions, and the words for each failure."""

from __future__ import annotations

import errno
import os

from ._binding import ffi, lib
from .exceptions import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyLibraryError,
    ChronyPermissionError,
    ChronyTimeoutError,
)

EXCEPTIONS: dict[int, type[ChronyError]] = {
    lib.CHRONY_NO_MEMORY: ChronyLibraryError,
    lib.CHRONY_NO_RANDOM: ChronyLibraryError,
    lib.CHRONY_UNKNOWN_REPORT: ChronyLibraryError,
    lib.CHRONY_RANDOM_FAILED: ChronyLibraryError,
    lib.CHRONY_SEND_FAILED: ChronyConnectionError,
    lib.CHRONY_RECV_FAILED: ChronyConnectionError,
    lib.CHRONY_INVALID_ARGUMENT: ChronyDataError,  # no such record, of a report that has one
    lib.CHRONY_UNEXPECTED_CALL: ChronyLibraryError,
    lib.CHRONY_UNAUTHORIZED: ChronyPermissionError,
    lib.CHRONY_DISABLED: ChronyDataError,
    lib.CHRONY_UNEXPECTED_STATUS: ChronyDataError,
    lib.CHRONY_OLD_SERVER: ChronyDataError,
    lib.CHRONY_NEW_SERVER: ChronyDataError,
    lib.CHRONY_INVALID_RESPONSE: ChronyDataError,
}

DISABLED = lib.CHRONY_DISABLED

_SOCKET_HINT = (
    "chronyd's Unix socket is for root and chronyd's own user alone, membership in its group does "
    "not help; the command port (127.0.0.1:323) serves the same report to any local user"
)


def connection_error(
    address: str, system_error: int, error_code: int | None = None
) -> ChronyConnectionError | ChronyPermissionError:
    """Return the exception for a socket that could not be opened, written to or read from."""
    reason = os.strerror(system_error)
    refused = system_error in (errno.EACCES, errno.EPERM)
    if refused and address.startswith("/"):
        reason += f": {_SOCKET_HINT}"
    elif system_error == errno.ECONNREFUSED:
        reason += ": nothing listens there, is chronyd running?"
    kind = ChronyPermissionError if refused else ChronyConnectionError
    exception = kind(f"{address}: {reason}", error_code, address=address)
    exception.errno, exception.strerror = system_error, os.strerror(system_error)
    return exception


def no_memory(address: str) -> ChronyLibraryError:
    """Return the exception for a connection that there is no memory for."""
    reason = os.strerror(errno.ENOMEM)
    return ChronyLibraryError(f"{address}: {reason}", lib.CHRONY_NO_MEMORY, address=address)


def timeout_error(message: str, address: str | None = None) -> ChronyTimeoutError:
    """Return the exception for a deadline that has passed."""
    exception = ChronyTimeoutError(message, address=address)
    exception.errno, exception.strerror = errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)
    return exception


# The first chronyd that has a report; those not named here have always been there.
_SINCE = {
    "smoothing": "2.1",
    "serverstats": "2.3",
    "ntpdata": "3.0",
    "authdata": "4.0",
    "selectdata": "4.0",
    "sourcename": "4.0",
}


def list_error(address: str, report: str, outcome: int) -> ChronyDataError:
    """Return the exception for a list that could not be read as a whole."""
    if outcome == lib.PYCHRONY_TOO_MANY:
        text, code = (
            (
                "chronyd claims a number of records that is negative, or more than the "
                f"{lib.PYCHRONY_MAX_RECORDS} that are read"
            ),
            lib.CHRONY_INVALID_RESPONSE,
        )
    else:
        text, code = (
            (f"the list changed while it was read, each of {lib.PYCHRONY_MAX_ATTEMPTS} times"),
            lib.CHRONY_UNEXPECTED_STATUS,
        )
    return ChronyDataError(f"{address}: {report}: {text}", code, address=address)


def report_error(address: str, report: str, error_code: int) -> ChronyError:
    """Return the exception for a report that chronyd or libchrony did not give."""
    text = ffi.string(lib.chrony_get_error_string(error_code)).decode()
    if error_code == lib.CHRONY_UNAUTHORIZED:
        text = (
            "chronyd gives this report over its Unix socket alone, to root and its own user, "
            "unless it is 4.7 or newer and `opencommands` in its configuration names the report"
        )
    elif error_code == lib.CHRONY_INVALID_ARGUMENT:
        text = "there is no such record"
    elif error_code == lib.CHRONY_UNEXPECTED_STATUS:
        text = "chronyd refused the request; most likely it has no such record"
    elif error_code == lib.CHRONY_OLD_SERVER and report in _SINCE:
        text = f"chronyd is too old for this report, which it has since {_SINCE[report]}"
    kind = EXCEPTIONS.get(error_code, ChronyLibraryError)
    return kind(f"{address}: {report}: {text}", error_code, address=address)


def unknown_host(address: str, error: OSError) -> ChronyConnectionError:
    """Return the exception for a host name that could not be resolved."""
    exception = ChronyConnectionError(f"{address}: {error.strerror}", address=address)
    exception.errno, exception.strerror = error.errno, error.strerror
    return exception


def none_answered(
    failures: list[ChronyConnectionError | ChronyPermissionError],
) -> ChronyError:
    """Return the exception for several addresses that all failed, each with its reason."""
    reasons = [f"{failure.address}: {failure.strerror}" for failure in failures]
    message = "no chronyd answered: " + "; ".join(reasons)
    if any(isinstance(failure, ChronyTimeoutError) for failure in failures):
        return timeout_error(message)
    return ChronyConnectionError(message)
