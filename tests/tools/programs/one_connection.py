"""Keep a connection open as long as an object lives, and read whatever there is."""

from __future__ import annotations

import logging
import sys
from types import TracebackType

from pychrony import (
    Address,
    ChronyConnection,
    ChronyError,
    Client,
    Transport,
    get_clients,
    report_names,
)


class Monitor:
    """Asks again and again, and opens its connection anew where it was closed."""

    def __init__(self, address: Address = None) -> None:
        self._connection = ChronyConnection(address, timeout=2)

    def __enter__(self) -> Monitor:
        self._connection.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._connection.close()

    def offset(self) -> float:
        return self._connection.get_tracking(timeout=5).offset

    def sources(self) -> list[str]:
        return [each.address for each in self._connection.get_sources(names=True, timeout=None)]

    def where(self) -> str:
        on_socket = self._connection.transport is Transport.UNIX_SOCKET
        return self._connection.address if on_socket else self._connection.address.upper()


def busiest(clients: list[Client]) -> str | None:
    busy = max(clients, key=lambda client: client.ntp_received, default=None)
    return None if busy is None or busy.last_ntp_ago is None else busy.address


def everything(connection: ChronyConnection) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in report_names():
        try:
            records: list[dict[str, int | float | str]] = connection.read_records(name, timeout=1)
        except ChronyError as error:
            print(error.message, file=sys.stdout)
            continue
        counts[name] = len(records)
    return counts


def main() -> None:
    logging.getLogger("pychrony").setLevel(logging.DEBUG)
    with Monitor() as monitor:
        print(monitor.offset(), monitor.sources(), monitor.where())
    with ChronyConnection() as connection:
        print(everything(connection), busiest(connection.get_clients()), busiest(get_clients()))


if __name__ == "__main__":
    main()
