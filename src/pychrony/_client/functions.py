"""The functions for reports about the clock and the server. Each opens, asks and closes.

`source_functions.py` has those for reports about sources.
"""

from __future__ import annotations

from ..models import Client, RTCData, ServerStats, Smoothing, TrackingStatus
from .addresses import Address, parse
from .search import OneCall
from .timeouts import deadline_after


def get_tracking(address: Address = None, *, timeout: float | None = 3.0) -> TrackingStatus:
    """Return how well chronyd knows the time.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.

    Returns:
        The clock's offset, the bound on its error, the source followed, the leap status and more.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd's answer made no sense.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_tracking
        >>> status = get_tracking()
        >>> print(f"{status.offset:+.7f} s, stratum {status.stratum}")
        +0.0000124 s, stratum 3

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_tracking()


def get_server_stats(address: Address = None, *, timeout: float | None = 3.0) -> ServerStats:
    """Return what chronyd did as a server since it started.

    Over the command port chronyd gives it only where it is 4.7 or newer and has it in
    `opencommands`.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.

    Returns:
        Counts of requests and of what was dropped. None for what this chronyd does not count.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd is too old for this report, or its answer made no sense.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_server_stats
        >>> stats = get_server_stats()
        >>> stats.ntp_received, stats.ntp_dropped
        (201350, 350)

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_server_stats()


def get_clients(address: Address = None, *, timeout: float | None = 3.0) -> list[Client]:
    """Return the clients of chronyd's NTP server. Nothing of chronyd's is changed by it.

    Over the command port chronyd gives it only where it is 4.7 or newer and has it in
    `opencommands`. A table that grows while it is read is read from the beginning again.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.

    Returns:
        A `Client` for each address that chronyd remembers, in no particular order.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd is older than 4.0, has `noclientlog` in its configuration, or
            claims to have more than 65536 clients; or its answer made no sense, or the table grew
            each time it was read.
        ChronyLibraryError: There is no memory, or the system gives no random numbers.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_clients
        >>> [(client.address, client.ntp_received) for client in get_clients()]
        [('192.0.2.1', 480)]

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_clients()


def get_rtc_data(address: Address = None, *, timeout: float | None = 3.0) -> RTCData | None:
    """Return what chronyd knows of the real-time clock.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.

    Returns:
        How fast the real-time clock is and gains, or None where chronyd drives none.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd's answer made no sense.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_rtc_data
        >>> rtc = get_rtc_data()
        >>> print("no real-time clock" if rtc is None else rtc.offset)
        no real-time clock

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_rtc_data()


def get_smoothing(address: Address = None, *, timeout: float | None = 3.0) -> Smoothing | None:
    """Return how the time that chronyd serves is smoothed.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.

    Returns:
        How far the served time is from the true one, or None where smoothing is not configured.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd is too old for this report, or its answer made no sense.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_smoothing
        >>> smoothing = get_smoothing()
        >>> print("not smoothed" if smoothing is None else smoothing.offset)
        not smoothed

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_smoothing()
