"""The functions for reports about the clock and the server. Each opens, asks and closes.

`source_functions.py` has those for reports about sources.
"""

from __future__ import annotations

from collections.abc import Collection

from .._judgment.defaults import (
    MAX_AGE,
    MAX_ERROR,
    MAX_OFFSET,
    MIN_SOURCES,
    Threshold,
)
from ..models import CheckResult, Client, RTCData, ServerStats, Smoothing, TrackingStatus
from .addresses import Address, parse
from .search import OneCall
from .timeouts import deadline_after


def get_tracking(address: Address = None, *, timeout: float | None = 3.0) -> TrackingStatus:
    """Return how well chronyd knows the time.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
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
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
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
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
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
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
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
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
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


def check(
    address: Address = None,
    *,
    timeout: float | None = 3.0,
    max_error: Threshold = MAX_ERROR,
    max_offset: Threshold = MAX_OFFSET,
    max_skew: Threshold = None,
    max_age: Threshold = MAX_AGE,
    max_stratum: Threshold = None,
    min_sources: Threshold = MIN_SOURCES,
    source: str | Collection[str] | None = None,
    names: bool = False,
) -> CheckResult:
    """Return whether the clock is good enough, and the numbers that say so.

    CRITICAL: the clock follows nothing, or only itself (`local`); the last update lies in the
    future, so that the clock was set back; or a limit's critical level is exceeded. WARNING: a
    limit's warning level is exceeded; the followed source has not answered its last eight polls;
    another source than `source` is followed; or the authentication of a source fails. Of another
    computer's clock an update in the future is a WARNING: it may be this computer's that is wrong.
    Where chronyd gives `selectdata`, `authdata`, `ntpdata` and `activity` too, as it does over its
    Unix socket, the findings say more.

    Each limit is one number, or two for (WARNING, CRITICAL). One number is the critical level of
    `max_error`, `max_offset`, `max_skew` and `max_stratum`, and the warning level of `max_age` and
    `min_sources`. None, also as one of two, is no limit.

    A program in asyncio calls it on an `AsyncChronyConnection`; there is no function to await.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.
        max_error: The bound on the clock's error that is good enough, in seconds: the offset
            without its sign + root dispersion + root delay / 2 (the chronyc manual, "tracking": the
            root distance of RFC 5905, and the offset). chronyd lets it grow while it has no new
            measurement.
        max_offset: How far the clock may be from chronyd's estimate of the time, in seconds, in
            either direction.
        max_skew: The error bound of the clock's rate that is good enough, in ppm.
        max_age: How old the last update may be, in seconds, to about a second. It may be at least
            three polling intervals of the selected source old.
        max_stratum: How many hops the clock may be from a reference clock, 1 to 15.
        min_sources: How many sources must be usable: reachable, and selected, combined or
            selectable (the chronyc manual, "sources": `*`, `+` and `-`).
        source: The source that the clock may follow, or several: an address, a name as in chronyd's
            configuration, or a reference ID ("GPS", "C0000201"). Names are then asked for.
            None is any source.
        names: Whether to ask for the names that chronyd's configuration has for its sources, and to
            tell of sources by these.

    Returns:
        The verdict, each finding as data, the reasons in words, the numbers that it was made from
        and the limits.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd's answer made no sense, or the list of sources changed each time it
            was read.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: An argument is malformed.

    Example:
        >>> from pychrony import check
        >>> result = check(max_error=0.05)
        >>> result.verdict.name, result.usable_sources
        ('OK', 3)

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.check(
            max_error=max_error,
            max_offset=max_offset,
            max_skew=max_skew,
            max_age=max_age,
            max_stratum=max_stratum,
            min_sources=min_sources,
            source=source,
            names=names,
        )
