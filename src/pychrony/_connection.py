"""ChronyConnection, and the functions that open one for a single report."""

from __future__ import annotations

import os
import threading
from time import monotonic_ns
from types import TracebackType
from typing import TypeVar

from . import _errors
from ._addresses import parse
from ._enums import Transport
from ._link import Link, RecordT, open_link
from .models import TrackingStatus

Address = str | os.PathLike[str] | None

# 146 years: never, and still within C's integers when added to the clock.
_FOR_EVER_NS = 2**62

ConnectionT = TypeVar("ConnectionT", bound="ChronyConnection")


class ChronyConnection:
    """A connection to chronyd, open inside a `with` block.

    Threads may share it: their calls take turns, and waiting for one's turn counts against the
    timeout. It survives a call that failed, and a chronyd that was restarted. A forked child must
    open its own.

    Args:
        address: The path of chronyd's Unix socket; or a host name, an IPv4 or an IPv6 address, with
            a port ("192.0.2.1:323", "[2001:db8::1]:323") where it is not 323. None takes the first
            of /run/chrony/chronyd.sock, /var/run/chrony/chronyd.sock, 127.0.0.1:323 and [::1]:323
            that answers; so does a host name with several addresses.
        timeout: The deadline of each whole call in seconds, however many datagrams it takes. None
            waits for ever. Looking up a host name is not covered.

    Raises:
        ValueError: The address or the timeout is malformed.

    """

    def __init__(self, address: Address = None, *, timeout: float | None = 3.0) -> None:
        self._target = parse(address)
        self._timeout_ns = _check_timeout(timeout)
        self._lock = threading.Lock()
        self._link: Link | None = None

    def __enter__(self: ConnectionT) -> ConnectionT:
        if self._link is not None:
            raise RuntimeError("this connection is open already")
        self._link = open_link(self._target, self._deadline())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    @property
    def address(self) -> str | None:
        """Return the address that is really used, as text; None outside the `with` block."""
        link = self._link
        return None if link is None else link.address

    @property
    def transport(self) -> Transport | None:
        """Return how chronyd is reached; None outside the `with` block."""
        address = self.address
        if address is None:
            return None
        return Transport.UNIX_SOCKET if address.startswith("/") else Transport.COMMAND_PORT

    def get_tracking(self) -> TrackingStatus:
        """Return how well chronyd knows the time: offset, error bound, reference, leap seconds.

        Raises:
            ChronyConnectionError: chronyd is not there.
            ChronyTimeoutError: It did not answer in time.
            ChronyPermissionError: It does not give this report to this process.
            ChronyDataError: Its answer could not be understood.
            RuntimeError: The connection is not open, or was opened before a fork.

        """
        return self._read("tracking", TrackingStatus)

    def _deadline(self) -> int:
        return monotonic_ns() + self._timeout_ns

    def _read(self, report: str, record_class: type[RecordT]) -> RecordT:
        deadline = self._deadline()
        if not self._lock.acquire(False):  # at once, or not yet
            self._wait_for_turn(deadline)
        try:
            if self._link is None:
                raise RuntimeError("the connection is closed: call this inside its `with` block")
            return self._link.read(report, record_class, deadline)
        finally:
            self._lock.release()

    def _wait_for_turn(self, deadline: int) -> None:
        left = max(0, deadline - monotonic_ns()) / 1e9
        if not self._lock.acquire(timeout=left):
            message = f"{self.address}: other threads used the connection until the timeout"
            raise _errors.timeout_error(message, self.address)


class _OneCall(ChronyConnection):
    """A connection for one report: opening it and reading share one deadline."""

    def __init__(self, address: Address, timeout: float | None) -> None:
        super().__init__(address, timeout=timeout)
        self._until = super()._deadline()

    def _deadline(self) -> int:
        return self._until


def _check_timeout(timeout: float | None) -> int:
    """Return a timeout in nanoseconds."""
    if timeout is None:
        return _FOR_EVER_NS
    number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if not number or not 0 < timeout < float("inf"):
        raise ValueError(f"timeout must be a positive number of seconds or None, not {timeout!r}")
    return int(min(timeout * 1e9, _FOR_EVER_NS))


def get_tracking(address: Address = None, *, timeout: float | None = 3.0) -> TrackingStatus:
    """Open a connection, return `ChronyConnection.get_tracking()`, close it.

    The arguments are those of `ChronyConnection`; `timeout` covers the whole call.
    """
    with _OneCall(address, timeout) as connection:
        return connection.get_tracking()
