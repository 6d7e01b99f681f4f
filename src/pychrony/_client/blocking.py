"""ChronyConnection, the connection that users open.

Its methods for the reports are in `methods.py` and `source_methods.py`.
"""

from __future__ import annotations

from functools import partial
from time import monotonic_ns
from types import TracebackType
from typing import TypeVar

from ..models import Transport
from ..models._help import show_inherited
from .addresses import Address, describe, parse
from .library import any_record, any_records
from .log import log
from .methods import Reports
from .questions import AnswerT, Question
from .search import open_handle
from .sharing import CLOSED, TurnQueue
from .timeouts import Timeout, nanoseconds

ConnectionT = TypeVar("ConnectionT", bound="ChronyConnection")


@show_inherited
class ChronyConnection(Reports):
    """A connection to chronyd, open inside a `with` block, or from `open()` to `close()`.

    It has a method for each report, of the name of its function: `get_tracking()` and so on.

    Threads may share it: their calls take turns, and waiting for one's turn counts against the
    timeout. It survives a call that failed, and a chronyd that was restarted. A forked child must
    open its own, and so must a signal handler. It can be opened again once it is closed. One that
    is forgotten is closed, and leaves no file behind.

    Args:
        address: The path of chronyd's Unix socket, a `PathLike` or a str that begins with "/", "./"
            or "../"; or a host name, an IPv4 or an IPv6 address, with a port ("192.0.2.1:323",
            "[2001:db8::1]:323") where it is not 323. "unix:/PATH", "unixgram:/PATH" and
            "udp://HOST:PORT" are understood too. None takes the first of /run/chrony/chronyd.sock,
            /var/run/chrony/chronyd.sock, 127.0.0.1:323 and [::1]:323 that gives tracking; so do
            several addresses, separated by commas ("127.0.0.1,::1"), and a host name with several.
            The functions take the first that gives what they are to return.
        timeout: The deadline of each whole call in seconds, however many datagrams it takes. None
            waits forever. Looking up a host name is not covered. Each method takes one of its own.

    Raises:
        ValueError: The address or the timeout is malformed.

    Example:
        >>> with ChronyConnection() as connection:
        ...     status = connection.get_tracking()
        ...     print(status.stratum, len(connection.get_sources()))
        3 3

    """

    # It has no `__del__` to warn of a forgotten one. Python would swallow an interrupt in it.

    def __init__(self, address: Address = None, *, timeout: float | None = 3.0) -> None:
        self._target = parse(address)
        self._timeout_ns = nanoseconds(timeout)
        self._queue: TurnQueue | None = None

    def __enter__(self: ConnectionT) -> ConnectionT:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Open the connection, as the beginning of a `with` block does.

        Where there is a choice of addresses, the first that gives tracking is used. Where none
        does, it is one whose chronyd refuses it: that one may give other reports.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: There is a choice of addresses, and no answer came in time.
            ChronyPermissionError: The system does not let this process ask.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is open already.

        Example:
            >>> connection = ChronyConnection()
            >>> connection.open()
            >>> try:
            ...     print(connection.get_tracking().stratum)
            ... finally:
            ...     connection.close()
            3

        """
        if self._queue is not None:
            raise RuntimeError("this connection is open already")
        queue = TurnQueue(partial(open_handle, self._target), monotonic_ns() + self._timeout_ns)
        try:
            log(queue.take_notes())
        except BaseException:
            queue.close()  # now: whoever keeps the exception keeps the queue too
            raise
        self._queue = queue

    def close(self) -> None:
        """Close the connection, as the end of a `with` block does. Do nothing if it is not open.

        A call that is under way in another thread is finished first, without being waited for; all
        others raise a RuntimeError.
        """
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.close()

    def __repr__(self) -> str:
        queue = self._queue
        if queue is None:
            return f"<{type(self).__name__} to {describe(self._target)} (closed)>"
        return f"<{type(self).__name__} to {queue.address} (open)>"

    @property
    def address(self) -> str:
        """The address in use, as text.

        It is a path, or an IP address with its port.

        Raises:
            RuntimeError: The connection is not open.

        """
        queue = self._queue
        if queue is None:
            raise RuntimeError(CLOSED)
        return queue.address

    @property
    def transport(self) -> Transport:
        """How chronyd is reached.

        Raises:
            RuntimeError: The connection is not open.

        """
        unix = self.address.startswith("/")
        return Transport.UNIX_SOCKET if unix else Transport.COMMAND_PORT

    def read_record(
        self, report: str, index: int = 0, *, timeout: Timeout = "connection"
    ) -> dict[str, int | float | str]:
        """Return one record of any report that libchrony knows, by its own names for the fields.

        What a newer libchrony adds can be read so before this package knows it.

        Args:
            report: libchrony's name, one of `pychrony.report_names()`.
            index: Which record, from 0. Reference clocks count.
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            The fields in libchrony's order. A time is in nanoseconds since 1970, an address a text
            ("" for none), the rest as libchrony has it. In sources a reference clock has a
            "reference ID" in place of an "address"; in authdata and ntpdata its record is empty.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: There is no record of that index; or chronyd is too old for this
                report, has turned off what it is about, or its answer made no sense.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                in another call on it already, as in a signal handler that interrupts one.
            ValueError: There is no such report or index, or the timeout is malformed.

        Example:
            >>> with ChronyConnection() as connection:
            ...     print(connection.read_record("tracking")["stratum"])
            3

        """
        return self._ask(timeout, any_record(report, index))

    def read_records(
        self, report: str, *, timeout: Timeout = "connection"
    ) -> list[dict[str, int | float | str]]:
        """Return all records of any report that libchrony knows, by its own names for the fields.

        A list that changes while it is read is begun again, so that it is never a mixture.

        Args:
            report: libchrony's name, one of `pychrony.report_names()`.
            timeout: For this call, in seconds. None waits forever, and "connection" is the
                connection's own.

        Returns:
            The records in chronyd's order, each as `read_record` gives it. A report that always has
            one record, such as tracking, is a list of one. Those of authdata and ntpdata begin with
            "address", that of the source they are about; reference clocks have none, and are left
            out.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: No answer came in time.
            ChronyPermissionError: chronyd or the system does not let this process ask.
            ChronyDataError: chronyd is too old for this report, has turned off what it is about, or
                claims to have more than 65536 records; or its answer made no sense, or the list
                changed each time it was read.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                in another call on it already, as in a signal handler that interrupts one.
            ValueError: There is no such report, or the timeout is malformed.

        Example:
            >>> with ChronyConnection() as connection:
            ...     records = connection.read_records("sources")
            ...     print([record["stratum"] for record in records])
            [2, 2, 2]

        """
        return self._ask(timeout, any_records(report))

    def _find_deadline(self, timeout: Timeout) -> int:
        timeout_ns = self._timeout_ns if timeout == "connection" else nanoseconds(timeout)
        return monotonic_ns() + timeout_ns

    def _ask(self, timeout: Timeout, question: Question[AnswerT]) -> AnswerT:
        """Wait for this thread's turn, then ask, and return the answer."""
        deadline = self._find_deadline(timeout)
        queue = self._queue
        if queue is None:
            raise RuntimeError(CLOSED)
        try:
            return queue.ask(deadline, question)
        finally:
            if queue.notes:
                log(queue.take_notes())
