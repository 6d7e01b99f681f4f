"""AsyncChronyConnection, the connection for programs that run in asyncio.

Its methods for the reports are in `async_methods.py` and `async_source_methods.py`.
"""

from __future__ import annotations

from time import monotonic_ns
from types import TracebackType
from typing import TypeVar

from ..models import Transport
from ..models._help import show_inherited
from .addresses import Address, describe, parse
from .async_methods import AsyncReports
from .async_sharing import CLOSED, TaskQueue
from .library import any_record, any_records
from .log import log
from .questions import AnswerT, Question
from .timeouts import Timeout, nanoseconds

ConnectionT = TypeVar("ConnectionT", bound="AsyncChronyConnection")


@show_inherited
class AsyncChronyConnection(AsyncReports):
    """A connection for asyncio, open inside an `async with` block, or from `open()` to `close()`.

    It has the methods of `ChronyConnection`, to be awaited, with the same arguments, results and
    errors: one for each report, of the name of its function, and `check()`.

    Tasks may share it: their calls take turns, and waiting for one's turn counts against the
    timeout. A call may be cancelled at any time: the next one gets its own answer all the same.
    Each call lets other tasks run, however soon chronyd answers. The connection survives a call
    that failed, and a chronyd that was restarted. A forked child and another event loop must open
    their own. It can be opened again once it is closed. One that is forgotten is closed, and leaves
    no file behind.

    The examples are as for `python -m asyncio`, where `await` needs no function around it.

    Args:
        address: The path of chronyd's Unix socket, a `PathLike` or a str that begins with "/", "./"
            or "../"; or a host name, an IPv4 or an IPv6 address, with a port ("192.0.2.1:323",
            "[2001:db8::1]:323") where it is not 323. "unix:/PATH", "unixgram:/PATH" and
            "udp://HOST:PORT" are understood too. None takes the first of /run/chrony/chronyd.sock,
            /var/run/chrony/chronyd.sock, 127.0.0.1:323 and [::1]:323 that gives tracking; so do
            several addresses, separated by commas ("127.0.0.1,::1"), and a host name with several.
        timeout: The deadline of each whole call in seconds, however many datagrams it takes. None
            waits forever. Looking up a host name is not covered: a thread does it meanwhile. Each
            method takes one of its own.

    Raises:
        ValueError: The address or the timeout is malformed.

    Example:
        >>> async with AsyncChronyConnection() as connection:
        ...     status = await connection.get_tracking()
        ...     print(status.stratum, len(await connection.get_sources()))
        3 3

    """

    # It has no `__del__` to warn of a forgotten one. Python would swallow an interrupt in it.

    def __init__(self, address: Address = None, *, timeout: float | None = 3.0) -> None:
        self._target = parse(address)
        self._timeout_ns = nanoseconds(timeout)
        self._queue: TaskQueue | None = None

    async def __aenter__(self: ConnectionT) -> ConnectionT:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the connection, as the beginning of an `async with` block does.

        Where there is a choice of addresses, the first that gives tracking is used. Where none
        does, it is one whose chronyd refuses it: that one may give other reports.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask
                it by. `errno` and the message say which.
            ChronyTimeoutError: There is a choice of addresses, and no answer came in time.
            ChronyPermissionError: The system does not let this process ask.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is open already, or no event loop is running.

        Example:
            >>> connection = AsyncChronyConnection()
            >>> await connection.open()
            >>> try:
            ...     print((await connection.get_tracking()).stratum)
            ... finally:
            ...     await connection.close()
            3

        """
        self._check_not_open()
        queue = TaskQueue(self._target)
        try:
            await queue.open(monotonic_ns() + self._timeout_ns)
            log(queue.take_notes())
            self._check_not_open()  # another task may have opened it meanwhile
        except BaseException:
            queue.close()  # now: whoever keeps the exception keeps the queue too
            raise
        self._queue = queue

    def _check_not_open(self) -> None:
        if self._queue is not None:
            raise RuntimeError("this connection is open already")

    async def close(self) -> None:
        """Close the connection, as the end of an `async with` block does.

        Do nothing if it is not open. A call that is under way in another task is finished first,
        without being waited for; all others raise a RuntimeError.
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

    async def read_record(
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
            RuntimeError: The connection is not open, or was opened before a fork or in another
                event loop.
            ValueError: There is no such report or index, or the timeout is malformed.

        Example:
            >>> async with AsyncChronyConnection() as connection:
            ...     print((await connection.read_record("tracking"))["stratum"])
            3

        """
        return await self._ask(timeout, any_record(report, index))

    async def read_records(
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
            RuntimeError: The connection is not open, or was opened before a fork or in another
                event loop.
            ValueError: There is no such report, or the timeout is malformed.

        Example:
            >>> async with AsyncChronyConnection() as connection:
            ...     records = await connection.read_records("sources")
            ...     print([record["stratum"] for record in records])
            [2, 2, 2]

        """
        return await self._ask(timeout, any_records(report))

    def _find_deadline(self, timeout: Timeout) -> int:
        timeout_ns = self._timeout_ns if timeout == "connection" else nanoseconds(timeout)
        return monotonic_ns() + timeout_ns

    async def _ask(self, timeout: Timeout, question: Question[AnswerT]) -> AnswerT:
        """Wait for this task's turn, then ask, and return the answer."""
        deadline = self._find_deadline(timeout)
        queue = self._queue
        if queue is None:
            raise RuntimeError(CLOSED)
        try:
            return await queue.ask(deadline, question)
        finally:
            if queue.notes:
                log(queue.take_notes())
