"""Functions for a single report: open a connection, ask, close it.

Their arguments are those of `ChronyConnection` and of its method of the same name, whose text says
what comes back and what is raised; `timeout` covers the whole call.
"""

from __future__ import annotations

from ._connection import Address, OneCall
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


def get_tracking(address: Address = None, *, timeout: float | None = 3.0) -> TrackingStatus:
    """Return how well chronyd knows the time."""
    with OneCall(address, timeout) as connection:
        return connection.get_tracking()


def get_sources(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[Source]:
    """Return the sources, each with its last measurement."""
    with OneCall(address, timeout) as connection:
        return connection.get_sources(names=names)


def get_source_stats(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[SourceStats]:
    """Return the regression over each source's measurements."""
    with OneCall(address, timeout) as connection:
        return connection.get_source_stats(names=names)


def get_select_data(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[SelectData]:
    """Return how the selection judged each source."""
    with OneCall(address, timeout) as connection:
        return connection.get_select_data(names=names)


def get_activity(address: Address = None, *, timeout: float | None = 3.0) -> Activity:
    """Return how many NTP sources are in which state."""
    with OneCall(address, timeout) as connection:
        return connection.get_activity()


def get_auth_data(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[AuthData]:
    """Return how each NTP source is authenticated."""
    with OneCall(address, timeout) as connection:
        return connection.get_auth_data(names=names)


def get_ntp_data(
    address: Address = None, *, timeout: float | None = 3.0, names: bool = False
) -> list[NTPData]:
    """Return each NTP source's last valid response."""
    with OneCall(address, timeout) as connection:
        return connection.get_ntp_data(names=names)


def get_server_stats(address: Address = None, *, timeout: float | None = 3.0) -> ServerStats:
    """Return what chronyd did as a server since it started."""
    with OneCall(address, timeout) as connection:
        return connection.get_server_stats()


def get_clients(address: Address = None, *, timeout: float | None = 3.0) -> list[Client]:
    """Return the clients of chronyd's NTP server.

    Args:
        address: Where chronyd is: see `ChronyConnection`.
        timeout: The deadline of the whole call in seconds; None waits for ever.

    Returns:
        A `Client` for each address that chronyd remembers, in no particular order.

    Raises:
        ValueError: The address or the timeout is malformed.
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket of its own
            beside chronyd's: `errno` and the message say which.
        ChronyTimeoutError: It did not answer in time.
        ChronyPermissionError: It does not give this report to this process, or the system does not
            let this process ask (`errno` is set then).
        ChronyDataError: It is older than 4.0, its configuration has `noclientlog`, it has more
            clients than 65536, its table grew each time that it was read, or an answer could not be
            understood.
        ChronyLibraryError: There is no memory.

    """
    with OneCall(address, timeout) as connection:
        return connection.get_clients()


def get_rtc_data(address: Address = None, *, timeout: float | None = 3.0) -> RTCData | None:
    """Return what chronyd knows of the real-time clock; None where it drives none."""
    with OneCall(address, timeout) as connection:
        return connection.get_rtc_data()


def get_smoothing(address: Address = None, *, timeout: float | None = 3.0) -> Smoothing | None:
    """Return how the served time is smoothed; None where that is not configured."""
    with OneCall(address, timeout) as connection:
        return connection.get_smoothing()
