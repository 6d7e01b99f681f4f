"""From an error code or errno to an exception, with its words.

libchrony's error codes are known here by their names, as in <chrony.h>.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ..exceptions import (
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyLibraryError,
    ChronyPermissionError,
    ChronyTimeoutError,
)
from .hints import (
    LASTING,
    NOT_FOR_THIS_USER,
    RESOURCES,
    explain,
    explain_silence,
    explain_unused,
)

# The failures of several addresses, as those that were tried before the one that answered.
Several: TypeAlias = tuple[ChronyError, ...]

EXCEPTIONS: dict[str, type[ChronyError]] = {
    "CHRONY_NO_MEMORY": ChronyLibraryError,
    "CHRONY_NO_RANDOM": ChronyLibraryError,
    "CHRONY_UNKNOWN_REPORT": ChronyLibraryError,
    "CHRONY_RANDOM_FAILED": ChronyLibraryError,
    "CHRONY_SEND_FAILED": ChronyConnectionError,
    "CHRONY_RECV_FAILED": ChronyConnectionError,
    "CHRONY_INVALID_ARGUMENT": ChronyDataError,  # no such record, of a report that has one
    "CHRONY_UNEXPECTED_CALL": ChronyLibraryError,
    "CHRONY_UNAUTHORIZED": ChronyPermissionError,
    "CHRONY_DISABLED": ChronyDataError,
    "CHRONY_UNEXPECTED_STATUS": ChronyDataError,
    "CHRONY_OLD_SERVER": ChronyDataError,
    "CHRONY_NEW_SERVER": ChronyDataError,
    "CHRONY_INVALID_RESPONSE": ChronyDataError,
}


def connection_error(
    address: str, system_error: int, stage: str, error_code: int | None = None
) -> ChronyConnectionError | ChronyPermissionError:
    """Return the exception for a socket that could not be opened, written to or read from."""
    refused = system_error in (errno.EACCES, errno.EPERM)
    kind = ChronyPermissionError if refused else ChronyConnectionError
    message = f"{address}: {explain(address, system_error, stage)}"
    exception = kind(message, error_code, address=address)
    exception.errno, exception.strerror = system_error, os.strerror(system_error)
    return exception


def no_memory(address: str, error_code: int) -> ChronyLibraryError:
    """Return the exception for a connection that there is no memory for."""
    reason = os.strerror(errno.ENOMEM)
    return ChronyLibraryError(f"{address}: {reason}", error_code, address=address)


def timeout_error(message: str, address: str | None = None) -> ChronyTimeoutError:
    """Return the exception for a deadline that has passed."""
    exception = ChronyTimeoutError(message, address=address)
    exception.errno, exception.strerror = errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT)
    return exception


def silence_error(address: str) -> ChronyTimeoutError:
    """Return the exception for an address that did not answer before the deadline."""
    return timeout_error(f"{address}: {explain_silence(address)}", address)


# The first chronyd that has a report. Every chronyd has those that are not named here.
_SINCE = {
    "smoothing": "2.1",
    "serverstats": "2.3",
    "ntpdata": "3.0",
    "authdata": "4.0",
    "selectdata": "4.0",
    "clients": "4.0",
}

# Reports that are asked for by a source's address. sourcestats has the addresses.
_BY_ADDRESS = ("authdata", "ntpdata")


def too_many_error(address: str, report: str, limit: int, error_code: int) -> ChronyDataError:
    """Return the exception for a list whose length cannot be true."""
    text = (
        "chronyd claims a number of records that is negative, or more than the "
        f"{limit} that are read"
    )
    return ChronyDataError(f"{address}: {report}: {text}", error_code, address=address)


def changed_error(address: str, report: str, attempts: int, error_code: int) -> ChronyDataError:
    """Return the exception for a list that changed each time it was read."""
    text = f"the list changed while it was read, each of {attempts} times"
    return ChronyDataError(f"{address}: {report}: {text}", error_code, address=address)


def report_error(address: str, report: str, error_code: int, name: str, text: str) -> ChronyError:
    """Return the exception for a report that chronyd or libchrony did not give.

    `name` is the name of the error code, `text` is libchrony's own text for it.
    """
    if name == "CHRONY_UNAUTHORIZED" and address.startswith("/"):
        text = "chronyd does not give this report to this process"
    elif name == "CHRONY_UNAUTHORIZED":
        text = (
            "chronyd gives this report over its Unix socket alone, to root and its own user, "
            "unless it is 4.7 or newer and `opencommands` in its configuration names the report"
        )
        text += " and sourcestats" if report in _BY_ADDRESS else ""
    elif name == "CHRONY_DISABLED" and report == "clients":
        text = "chronyd keeps no list of its clients (`noclientlog` in its configuration)"
    elif name == "CHRONY_INVALID_ARGUMENT":
        text = "there is no such record"
    elif name == "CHRONY_UNEXPECTED_STATUS":
        text = "chronyd refused the request"
        text += "" if report == "clients" else "; most likely it has no such record"
    elif name == "CHRONY_OLD_SERVER" and report in _SINCE:
        text = f"chronyd is too old for this report, which it has since {_SINCE[report]}"
    kind = EXCEPTIONS.get(name, ChronyLibraryError)
    return kind(f"{address}: {report}: {text}", error_code, address=address)


def unknown_host(address: str, error: OSError) -> ChronyConnectionError:
    """Return the exception for a host name that could not be resolved."""
    import socket  # the look-up of the host has loaded it

    exception = ChronyConnectionError(f"{address}: {error.strerror}", address=address)
    # The resolver's own numbers are not errnos.
    exception.errno = None if isinstance(error, socket.gaierror) else error.errno
    exception.strerror = error.strerror
    return exception


def is_by_chronyd(error: ChronyError) -> bool:
    """Return whether chronyd itself refused, or gave an answer that makes no sense."""
    if isinstance(error, ChronyPermissionError):
        return error.errno is None
    return isinstance(error, ChronyDataError)


def may_pass(error: ChronyError) -> bool:
    """Return whether waiting may help, because chronyd is not there yet or is silent."""
    return isinstance(error, ChronyConnectionError) and error.errno not in LASTING


def lacks_resources(error: ChronyError) -> bool:
    """Return whether the system was short of what other connections may give back.

    libchrony 0.2 opens a file for each session, and does not tell the errno where it cannot.
    """
    if isinstance(error, OSError):
        return error.errno in RESOURCES
    return isinstance(error, ChronyLibraryError)


# Several addresses may fail, each in its way. The failure that comes first in this order decides.
_DECIDING: tuple[Callable[[ChronyError], bool], ...] = (
    lambda error: isinstance(error, ChronyDataError),
    is_by_chronyd,
    lambda error: isinstance(error, ChronyTimeoutError),
    lambda error: isinstance(error, ChronyPermissionError),
    lambda error: not may_pass(error),
    lambda error: True,
)


def all_failed(failures: Sequence[ChronyError]) -> ChronyError:
    """Return the exception for several addresses that all failed. One decides on its kind."""
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
    """Return the exception for chronyd's refusal. It says why no Unix socket was used instead."""
    message = str(error)
    unused = [_unused(each) for each in failures if (each.address or "").startswith("/")]
    if isinstance(error, ChronyPermissionError) and unused:
        message += f"; its Unix socket could not be used: {'; '.join(unused)}"
    return _twin(error, message, error.address, failures)


def _twin(
    error: ChronyError, message: str, address: str | None, failures: Sequence[ChronyError]
) -> ChronyError:
    """Return an exception like `error`. `error` itself may be one of the failures."""
    twin = type(error)(message, error.error_code, address=address)
    if isinstance(twin, OSError) and isinstance(error, OSError):
        twin.errno, twin.strerror = error.errno, error.strerror
    twin.failures = tuple(failures)
    return twin


def _unused(error: ChronyError) -> str:
    """Return why a Unix socket was not used, and what helps."""
    number = error.errno if isinstance(error, OSError) else None
    way_out = explain_unused(error.address or "", number)
    return f"{_brief(error)}: {way_out}" if way_out else _brief(error)


def _brief(error: ChronyError) -> str:
    """Return an address and why it failed, without what helps."""
    if isinstance(error, ChronyTimeoutError):
        return f"{error.address}: no answer"
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{error.address}: {reason}" if reason else str(error)
