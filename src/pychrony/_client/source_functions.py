"""The functions for reports about sources. Each opens, asks and closes."""

from __future__ import annotations

from ..models import Activity, AuthData, NTPData, SelectData, Source, SourceStats
from .addresses import Address, parse
from .search import OneCall
from .timeouts import deadline_after


def get_sources(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[Source]:
    """Return the sources, each with its last measurement.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.
        names: Ask for each source's name in chronyd's configuration too, by a datagram each.

    Returns:
        A record for each source, reference clocks too, in chronyd's order.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd's answer made no sense, or the list changed each time it was read.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_sources
        >>> sources = get_sources()
        >>> [source.address for source in sources if source.is_selected()]
        ['192.0.2.1']

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_sources(names=names)


def get_source_stats(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[SourceStats]:
    """Return the regression over each source's measurements.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.
        names: Ask for each source's name in chronyd's configuration too, by a datagram each.

    Returns:
        A record for each source, reference clocks too, in chronyd's order.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd's answer made no sense, or the list changed each time it was read.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_source_stats
        >>> stats = get_source_stats()
        >>> [(each.address, each.samples) for each in stats[:2]]
        [('192.0.2.1', 17), ('192.0.2.2', 17)]

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_source_stats(names=names)


def get_select_data(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[SelectData]:
    """Return how chronyd's selection judged each source.

    Over the command port chronyd gives it only where it is 4.7 or newer and has it in
    `opencommands`.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.
        names: Ask for each source's name in chronyd's configuration too, by a datagram each.

    Returns:
        A record for each source, reference clocks too, in chronyd's order.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd is too old for this report, its answer made no sense, or the list
            changed each time it was read.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_select_data
        >>> judged = get_select_data()
        >>> [(each.address, each.state.name) for each in judged[:2]]
        [('192.0.2.1', 'BEST'), ('192.0.2.2', 'COMBINED')]

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_select_data(names=names)


def get_activity(address: Address = None, *, timeout: float | None = 3.0) -> Activity:
    """Return how many NTP sources are in which state.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.

    Returns:
        The numbers of sources that are polled, taken to be out of reach, and not resolved.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd's answer made no sense.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_activity
        >>> activity = get_activity()
        >>> activity.online, activity.offline
        (3, 0)

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_activity()


def get_auth_data(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[AuthData]:
    """Return how each NTP source is authenticated.

    Over the command port chronyd gives it only where it is 4.7 or newer and has it in
    `opencommands` with `sourcestats`.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.
        names: Ask for each source's name in chronyd's configuration too, by a datagram each.

    Returns:
        A record for each NTP source, in chronyd's order. Reference clocks have none.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd is too old for this report, its answer made no sense, or the list
            changed each time it was read.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_auth_data
        >>> authenticated = get_auth_data()
        >>> [(each.address, each.mode.name) for each in authenticated[:2]]
        [('192.0.2.1', 'NTS'), ('192.0.2.2', 'NTS')]

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_auth_data(names=names)


def get_ntp_data(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[NTPData]:
    """Return the last valid response of each NTP source.

    Over the command port chronyd gives it only where it is 4.7 or newer and has it in
    `opencommands` with `sourcestats`.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT, or several of these, separated by commas:
            the first that answers; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.
        names: Ask for each source's name in chronyd's configuration too, by a datagram each.

    Returns:
        A record for each NTP source, in chronyd's order. Reference clocks have none.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd is too old for this report, its answer made no sense, or the list
            changed each time it was read.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: The address or the timeout is malformed.

    Example:
        >>> from pychrony import get_ntp_data
        >>> responses = get_ntp_data()
        >>> [(each.address, each.stratum) for each in responses[:2]]
        [('192.0.2.1', 2), ('192.0.2.2', 2)]

    """
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        return connection.get_ntp_data(names=names)
