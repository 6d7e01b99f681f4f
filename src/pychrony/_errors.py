"""The one table from libchrony's error codes to exceptions, and the words for each failure."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence

from ._binding import ffi, lib
from ._hints import LASTING, NOT_FOR_THIS_USER, explain, explain_silence, explain_unused
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


def connection_error(
    address: str, system_error: int, stage: int, error_code: int | None = None
) -> ChronyConnectionError | ChronyPermissionError:
    """Return the exception for a socket that could not be opened, written to or read from."""
    refused = system_error in (errno.EACCES, errno.EPERM)
    kind = ChronyPermissionError if refused else ChronyConnectionError
    message = f"{address}: {explain(address, system_error, stage)}"
    exception = kind(message, error_code, address=address)
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


def silence_error(address: str) -> ChronyTimeoutError:
    """Return the exception for an address that did not answer before the deadline."""
    return timeout_error(f"{address}: {explain_silence(address)}", address)


# The first chronyd that has a report; those not named here have always been there.
_SINCE = {
    "smoothing": "2.1",
    "serverstats": "2.3",
    "ntpdata": "3.0",
    "authdata": "4.0",
    "selectdata": "4.0",
    "clients": "4.0",
    "sourcename": "4.0",
}

# Reports by a source's address, which sourcestats tells.
_BY_ADDRESS = ("authdata", "ntpdata")


def list_error(address: str, report: str, outcome: int) -> ChronyDataError:
    """Return the exception for a list that could not be read as a whole."""
    if outcome == lib.PYCHRONY_TOO_MANY:
        code = lib.CHRONY_INVALID_RESPONSE
        text = (
            "chronyd claims a number of records that is negative, or more than the "
            f"{lib.PYCHRONY_MAX_RECORDS} that are read"
        )
    else:
        code = lib.CHRONY_UNEXPECTED_STATUS
        text = f"the list changed while it was read, each of {lib.PYCHRONY_MAX_ATTEMPTS} times"
    return ChronyDataError(f"{address}: {report}: {text}", code, address=address)


def report_error(address: str, report: str, error_code: int) -> ChronyError:
    """Return the exception for a report that chronyd or libchrony did not give."""
    text = ffi.string(lib.chrony_get_error_string(error_code)).decode()
    if error_code == lib.CHRONY_UNAUTHORIZED and address.startswith("/"):
        text = "chronyd does not give this report to this process"
    elif error_code == lib.CHRONY_UNAUTHORIZED:
        text = (
            "chronyd gives this report over its Unix socket alone, to root and its own user, "
            "unless it is 4.7 or newer and `opencommands` in its configuration names the report"
        )
        text += " and sourcestats" if report in _BY_ADDRESS else ""
    elif error_code == lib.CHRONY_DISABLED and report == "clients":
        text = "chronyd keeps no list of its clients (`noclientlog` in its configuration)"
    elif error_code == lib.CHRONY_INVALID_ARGUMENT:
        text = "there is no such record"
    elif error_code == lib.CHRONY_UNEXPECTED_STATUS:
        text = "chronyd refused the request"
        text += "" if report == "clients" else "; most likely it has no such record"
    elif error_code == lib.CHRONY_OLD_SERVER and report in _SINCE:
        text = f"chronyd is too old for this report, which it has since {_SINCE[report]}"
    kind = EXCEPTIONS.get(error_code, ChronyLibraryError)
    return kind(f"{address}: {report}: {text}", error_code, address=address)


def unknown_host(address: str, error: OSError) -> ChronyConnectionError:
    """Return the exception for a host name that could not be resolved."""
    import socket  # loaded by who asked for the host

    exception = ChronyConnectionError(f"{address}: {error.strerror}", address=address)
    # The resolver's own numbers are no errnos.
    exception.errno = None if isinstance(error, socket.gaierror) else error.errno
    exception.strerror = error.strerror
    return exception


def is_by_chronyd(error: ChronyError) -> bool:
    """Return whether chronyd is there and said no itself, or what cannot be understood."""
    if isinstance(error, ChronyPermissionError):
        return error.errno is None
    return isinstance(error, ChronyDataError)


def may_pass(error: ChronyError) -> bool:
    """Return whether waiting may help: chronyd is not there yet, or silent."""
    return isinstance(error, ChronyConnectionError) and error.errno not in LASTING


# What decides where several addresses fail, each in its way: the first of these that applies.
_DECIDING: tuple[Callable[[ChronyError], bool], ...] = (
    lambda error: isinstance(error, ChronyDataError),
    is_by_chronyd,
    lambda error: isinstance(error, ChronyTimeoutError),
    lambda error: isinstance(error, ChronyPermissionError),
    lambda error: not may_pass(error),
    lambda error: True,
)


def all_failed(failures: Sequence[ChronyError]) -> ChronyError:
    """Return the exception for several addresses that all failed, of the deciding one's kind."""
    deciding = min(
        failures, key=lambda error: next(n for n, holds in enumerate(_DECIDING) if holds(error))
    )
    if is_by_chronyd(deciding):
        return refused(deciding, failures)
    if _is_closed(deciding) and any(map(_is_refused, failures)):
        words = [NOT_FOR_THIS_USER, *map(_brief, failures)]
    else:
        others = [_brief(failure) for failure in failures if failure is not deciding]
        words = [*others, str(deciding)]
    return _twin(deciding, f"no chronyd answered: {'; '.join(words)}", None, failures)


def _is_closed(error: ChronyError) -> bool:
    return isinstance(error, ChronyPermissionError) and (error.address or "").startswith("/")


def _is_refused(error: ChronyError) -> bool:
    return isinstance(error, OSError) and error.errno == errno.ECONNREFUSED


def refused(error: ChronyError, failures: Sequence[ChronyError]) -> ChronyError:
    """Return the exception for chronyd's own no, and why no Unix socket was used instead."""
    message = str(error)
    unused = [_unused(each) for each in failures if (each.address or "").startswith("/")]
    if error.error_code == lib.CHRONY_UNAUTHORIZED and unused:
        message += f"; its Unix socket could not be used: {'; '.join(unused)}"
    return _twin(error, message, error.address, failures)


def _twin(
    error: ChronyError, message: str, address: str | None, failures: Sequence[ChronyError]
) -> ChronyError:
    """Return an exception like `error`, which may be one of the failures itself."""
    twin = type(error)(message, error.error_code, address=address)
    if isinstance(twin, OSError) and isinstance(error, OSError):
        twin.errno, twin.strerror = error.errno, error.strerror
    twin.failures = tuple(failures)
    return twin


def _unused(error: ChronyError) -> str:
    """Return why a Unix socket was not used, and what lets it be."""
    number = error.errno if isinstance(error, OSError) else None
    way_out = explain_unused(error.address or "", number)
    return f"{_brief(error)}: {way_out}" if way_out else _brief(error)


def _brief(error: ChronyError) -> str:
    """Return an address and its reason, without the way out."""
    if isinstance(error, ChronyTimeoutError):
        return f"{error.address}: no answer"
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{error.address}: {reason}" if reason else str(error)
