"""Sources that are known again in each list, by a mark that follows from their address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pychrony import ChronyConnection, ChronyError

MANY, FEW = range(1, 61), range(1, 9)

# What a record of each list tells of its source beside the address, and how that follows from the
# address's last number by the configuration.
MARKS: dict[str, tuple[Callable[[Any], int], Callable[[int], int]]] = {
    "get_sources": (lambda r: r.poll, lambda host: 3 + host % 5),
    "get_source_stats": (lambda r: r.reference_id % 256, lambda host: host),
    "get_select_data": (lambda r: r.reference_id % 256, lambda host: host),
    "get_auth_data": (lambda r: r.key_id, lambda host: host),
    "get_ntp_data": (lambda r: r.port, lambda host: 1000 + host),
}
LISTS = tuple(MARKS)
SINGLE = ("get_tracking", "get_activity", "get_server_stats", "get_rtc_data", "get_smoothing")
Records = list[tuple[str, int]]  # each one's address and mark


def source_line(network: int, host: int) -> str:
    """Return what configures a source that never changes by itself."""
    options = f"port {1000 + host} key {host} minpoll {3 + host % 5} offline"
    return f"server 127.0.{network}.{host} {options}"


def source_lines(network: int, hosts: range) -> tuple[str, ...]:
    return tuple(source_line(network, host) for host in hosts)


def records_of(report: str, network: int, *hosts: int) -> Records:
    return [(f"127.0.{network}.{host}", MARKS[report][1](host)) for host in hosts]


def read_marks(connection: ChronyConnection, report: str, **options: float) -> Records:
    mark, _ = MARKS[report]
    return [(record.address, mark(record)) for record in getattr(connection, report)(**options)]


def read_marks_or_error(connection: ChronyConnection, report: str) -> Records | ChronyError:
    try:
        return read_marks(connection, report)
    except ChronyError as error:
        return error
