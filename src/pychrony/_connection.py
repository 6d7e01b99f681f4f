"""ChronyConnection: what users see of an open connection."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from time import monotonic_ns
from types import TracebackType
from typing import Any, TypeVar

from ._addresses import parse
from ._link import REPORTS, Link, RecordT
from ._search import open_and_ask, open_link
from ._turns import CLOSED, ResultT, Turns
from .models import (
    Activity,
    AuthData,
    Client,
    NTPData,
    RTCData,
    SelectData,
    ServerStats,
    Smoothing,
    Source,
    SourceStats,
    TrackingStatus,
)
from .models._enums import Transport

Address = str | os.PathLike[str] | None

# 146 years: never, and still within C's integers when added to the clock.
_FOR_EVER_NS = 2**62

ConnectionT = TypeVar("ConnectionT", bound="ChronyConnection")
OneCallT = TypeVar("OneCallT", bound="OneCall")


class ChronyConnection:
    """A connection to chronyd, open inside a `with` block.

    Threads may share it: their calls take turns, and waiting for one's turn counts against the
    timeout. It survives a call that failed, and a chronyd that was restarted. A forked child must
    open its own, and so must a signal handler.

    Args:
        address: The path of chronyd's Unix socket, a `PathLike` or a str that begins with "/", "./"
            or "../"; or a host name, an IPv4 or an IPv6 address, with a port ("192.0.2.1:323",
            "[2001:db8::1]:323") where it is not 323. None takes the first of
            /run/chrony/chronyd.sock, /var/run/chrony/chronyd.sock, 127.0.0.1:323 and [::1]:323 that
            gives tracking; so does a host name with several addresses. The functions take the first
            that gives what they are to return.
        timeout: The deadline of each whole call in seconds, however many datagrams it takes. None
            waits for ever. Looking up a host name is not covered.

    Raises:
        ValueError: The address or the timeout is malformed.
        ChronyError: At the beginning of the block: as `get_tracking` does. Where several addresses
            failed, `failures` has the exception of each.

    """

    def __init__(self, address: Address = None, *, timeout: float | None = 3.0) -> None:
        self._target = parse(address)
        self._timeout_ns = _check_timeout(timeout)
        self._turns: Turns | None = None

    def __enter__(self: ConnectionT) -> ConnectionT:
        if self._turns is not None:
            raise RuntimeError("this connection is open already")
        self._turns = Turns(partial(open_link, self._target), self._deadline())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        turns, self._turns = self._turns, None
        if turns is not None:
            turns.end()

    @property
    def address(self) -> str | None:
        """Return the address that is really used, as text; None outside the `with` block."""
        turns = self._turns
        return None if turns is None else turns.address

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
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket of its
                own beside chronyd's: `errno` and the message say which.
            ChronyTimeoutError: It did not answer in time.
            ChronyPermissionError: It does not give this report to this process, or the system does
                not let this process ask (`errno` is set then).
            ChronyDataError: It is too old for the report, or its answer could not be understood.
            ChronyLibraryError: libchrony itself failed, or there is no memory.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                amid another call on it, as a signal handler may be.

        """
        return self._read("tracking", TrackingStatus)

    def get_sources(self, *, names: bool = False) -> list[Source]:
        """Return the sources, each with its last measurement. Raises what `get_tracking` does.

        Args:
            names: Ask for each source's name in chronyd's configuration too: a datagram a source.

        """
        return self._read_list("sources", Source, names)

    def get_source_stats(self, *, names: bool = False) -> list[SourceStats]:
        """Return the regression over each source's measurements; as `get_sources`."""
        return self._read_list("sourcestats", SourceStats, names)

    def get_select_data(self, *, names: bool = False) -> list[SelectData]:
        """Return how the selection judged each source; as `get_sources`.

        Over the command port only where chronyd is 4.7 or newer and has it in `opencommands`.
        """
        return self._read_list("selectdata", SelectData, names)

    def get_activity(self) -> Activity:
        """Return how many NTP sources are in which state. Raises what `get_tracking` does."""
        return self._read("activity", Activity)

    def get_auth_data(self, *, names: bool = False) -> list[AuthData]:
        """Return how each NTP source is authenticated; as `get_select_data`."""
        return self._read_list("authdata", AuthData, names)

    def get_ntp_data(self, *, names: bool = False) -> list[NTPData]:
        """Return each NTP source's last valid response; as `get_select_data`."""
        return self._read_list("ntpdata", NTPData, names)

    def get_server_stats(self) -> ServerStats:
        """Return what chronyd did as a server since it started; as `get_select_data`."""
        return self._read("serverstats", ServerStats)

    def get_clients(self) -> list[Client]:
        """Return the clients of chronyd's NTP server. Nothing of chronyd's is changed by it.

        Over the command port only where chronyd is 4.7 or newer and has "clients" in
        `opencommands`. chronyd's table may grow meanwhile: it is read from the beginning then.

        Returns:
            A `Client` for each address that chronyd remembers, in no particular order.

        Raises:
            ChronyConnectionError: chronyd is not there, or this process cannot make a socket of its
                own beside chronyd's: `errno` and the message say which.
            ChronyTimeoutError: It did not answer in time.
            ChronyPermissionError: It does not give this report to this process, or the system does
                not let this process ask (`errno` is set then).
            ChronyDataError: It is older than 4.0, its configuration has `noclientlog`, it has more
                clients than 65536, its table grew each time that it was read, or an answer could
                not be understood.
            ChronyLibraryError: There is no memory.
            RuntimeError: The connection is not open, or was opened before a fork; or this thread is
                amid another call on it, as a signal handler may be.

        """
        return self._in_turn(Link.read_clients)

    def get_rtc_data(self) -> RTCData | None:
        """Return what chronyd knows of the real-time clock; None where it drives none.

        Raises what `get_tracking` does.
        """
        return self._read_if_enabled("rtcdata", RTCData)

    def get_smoothing(self) -> Smoothing | None:
        """Return how the served time is smoothed; None where that is not configured.

        Raises what `get_tracking` does.
        """
        return self._read_if_enabled("smoothing", Smoothing)

    def read_record(self, report: str, index: int = 0) -> dict[str, int | float | str]:
        """Return one record of any report that libchrony knows, by its own names for the fields.

        What a newer libchrony adds can be read so before this package knows it. A time is in
        nanoseconds since 1970, an address a text ("" for none), the rest as libchrony has it. The
        record of a reference clock in authdata and ntpdata is empty.

        Args:
            report: "tracking", "sources" and so on, libchrony's name.
            index: Which record, from 0; one past the end is a ChronyDataError.

        Raises:
            ValueError: There is no such report, or no such index.

        """
        if report not in REPORTS:
            raise ValueError(f"report {report!r} is none of {', '.join(REPORTS)}")
        if not isinstance(index, int) or not 0 <= index < 2**31:
            raise ValueError(f"index must be an integer from 0 on, not {index!r}")
        return self._in_turn(Link.read_fields, report, index)

    def _deadline(self) -> int:
        return monotonic_ns() + self._timeout_ns

    def _read(self, report: str, record_class: type[RecordT]) -> RecordT:
        return self._in_turn(Link.read, report, record_class)

    def _read_if_enabled(self, report: str, record_class: type[RecordT]) -> RecordT | None:
        return self._in_turn(Link.read_if_enabled, report, record_class)

    def _read_list(self, report: str, record_class: type[RecordT], names: bool) -> list[RecordT]:
        return self._in_turn(Link.read_list, report, record_class, names)

    def _in_turn(self, read: Callable[..., ResultT], *arguments: Any) -> ResultT:
        """Return what a method of the link returns, once it is this thread's turn."""
        turns = self._turns
        if turns is None:
            raise RuntimeError(CLOSED)
        return turns.call(self._deadline(), read, *arguments)


class OneCall(ChronyConnection):
    """A connection for one answer: opening it and all that is read share one deadline.

    It is opened by what is read first: to the first address that answers that. For one thread.
    """

    def __init__(self, address: Address, timeout: float | None) -> None:
        super().__init__(address, timeout=timeout)
        self._until = self._deadline()
        self._link: Link | None = None

    def __enter__(self: OneCallT) -> OneCallT:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._link is not None:
            self._link.close()

    @property
    def address(self) -> str | None:
        return None if self._link is None else self._link.address

    def _in_turn(self, read: Callable[..., ResultT], *arguments: Any) -> ResultT:
        def ask(link: Link, deadline: int) -> ResultT:
            return read(link, *arguments, deadline)

        if self._link is not None:
            return ask(self._link, self._until)
        self._link, answer = open_and_ask(self._target, ask, self._until)
        return answer


def _check_timeout(timeout: float | None) -> int:
    """Return a timeout in nanoseconds."""
    if timeout is None:
        return _FOR_EVER_NS
    number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if not number or not 0 < timeout < float("inf"):
        raise ValueError(f"timeout must be a positive number of seconds or None, not {timeout!r}")
    return int(min(timeout, _FOR_EVER_NS / 1e9) * 1e9)
