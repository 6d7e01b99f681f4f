"""Ask under all kinds of addresses, from threads, a process without rights, and asyncio."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pychrony import ChronyConnection, ChronyError, TrackingStatus, get_tracking

SOCKET = Path("/run/chrony/chronyd.sock")


class Folder:
    """A path of one's own."""

    def __fspath__(self) -> str:
        return "/run/chrony/chronyd.sock"


def ask_everywhere(hosts: list[str]) -> dict[str, TrackingStatus | ChronyError]:
    answers: dict[str, TrackingStatus | ChronyError] = {}
    for host in hosts:
        try:
            answers[host] = get_tracking(f"{host}:323", timeout=0.1)
        except ChronyError as error:
            answers[host] = error
    return answers


def ask_by_any_path() -> list[TrackingStatus]:
    path: os.PathLike[str] = Folder()
    return [get_tracking(SOCKET), get_tracking(str(SOCKET)), get_tracking(path), get_tracking(None)]


def name_what_was_found(address: str | os.PathLike[str] | None = None) -> str:
    connection = ChronyConnection(address, timeout=None)
    with connection:
        return f"{connection.address} by {connection.transport}"


def share_a_connection(calls: int) -> list[float]:
    with ChronyConnection() as connection, ThreadPoolExecutor() as pool:
        answers = [pool.submit(connection.get_tracking) for _ in range(calls)]
        return [answer.result().offset for answer in answers]


async def ask_without_stopping_the_loop() -> TrackingStatus:
    return await asyncio.to_thread(get_tracking, timeout=5.0)


def read_what_is_new() -> list[str]:
    with ChronyConnection() as connection:
        record: dict[str, int | float | str] = connection.read_record("sources", 1)
    return sorted(record)


def main() -> None:
    for host, answer in ask_everywhere(["127.0.0.255"]).items():
        print(host, answer.offset if isinstance(answer, TrackingStatus) else answer)
    print(ask_by_any_path(), name_what_was_found(SOCKET), name_what_was_found())
    print(share_a_connection(8), asyncio.run(ask_without_stopping_the_loop()))
    print(read_what_is_new())


if __name__ == "__main__":
    main()
