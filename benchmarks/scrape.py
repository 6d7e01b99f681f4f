"""What a scrape of the exporter costs beside the reports alone, in one run.

    PYTHONPATH=build/bundled:. .venv/bin/python benchmarks/scrape.py [SCRAPES]

An exporter and a program that only reads the reports are asked in turn, so that both find the same
machine. It prints the CPU time of each, without chronyd's.
"""

from __future__ import annotations

import asyncio
import http.client
import subprocess
import sys
from pathlib import Path

from pychrony import AsyncChronyConnection
from pychrony.metrics import limits_of, read_snapshot_async
from tests.support.chronyd import SERVER, Chronyd, client_of, free_port, temporary_directory
from tests.support.exporter import OPENMETRICS, exporter
from tests.support.many_sources import ManySources
from tests.support.reply_servers import ReplyServer

_WARMING = 5
_HEADERS = {"Accept": OPENMETRICS, "Accept-Encoding": "gzip"}  # as Prometheus


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process's threads have used."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


def compare(name: str, address: str, scrapes: int) -> None:
    """Print what both cost at an address."""
    pipe = subprocess.PIPE
    command = [sys.executable, __file__, "--reports", address]
    with (
        exporter("-h", address) as running,
        subprocess.Popen(command, stdin=pipe, stdout=pipe) as reader,
    ):
        if reader.stdin is None or reader.stdout is None:
            raise RuntimeError("there are no pipes")
        connection = http.client.HTTPConnection("127.0.0.1", running.port)
        pids = running.process.pid, reader.pid
        before = (0.0, 0.0)
        for number in range(_WARMING + scrapes):
            if number == _WARMING:
                before = cpu_seconds(pids[0]), cpu_seconds(pids[1])
            connection.request("GET", "/metrics", headers=_HEADERS)
            connection.getresponse().read()
            reader.stdin.write(b"\n")
            reader.stdin.flush()
            reader.stdout.readline()
        after = cpu_seconds(pids[0]), cpu_seconds(pids[1])
        reader.stdin.close()
        connection.close()
    scrape, reports = (1e6 * (b - a) / scrapes for a, b in zip(before, after, strict=True))
    print(
        f"{name}: scrape {scrape:.0f} us, reports {reports:.0f} us, ratio {scrape / reports:.2f}",
        flush=True,
    )


def read_reports(address: str) -> None:
    """Read all reports once for each line of stdin."""

    async def read() -> None:
        async with AsyncChronyConnection(address) as connection:
            await read_snapshot_async(connection, limits_of())

    loop = asyncio.new_event_loop()
    for _ in sys.stdin.buffer:
        loop.run_until_complete(read())
        print(flush=True)
    loop.close()


def main() -> None:
    """Compare, with few sources and with many."""
    scrapes = int(sys.argv[1]) if sys.argv[1:] else 500
    with temporary_directory() as first, temporary_directory() as second:
        server = Chronyd(first, *SERVER, ntp_port=free_port())
        addresses = [f"127.0.0.{host}" for host in range(1, 5)]
        with server, Chronyd(second, *client_of(server.ntp_port or 0, *addresses)) as daemon:
            daemon.wait_synchronized()
            compare("4 sources, Unix socket", daemon.socket_path, scrapes)
            compare("4 sources, command port", daemon.udp4, scrapes)
    with ReplyServer(ManySources(250)) as many:
        compare("250 sources", many.address, max(scrapes // 10, 1))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--reports"]:
        read_reports(sys.argv[2])
    else:
        main()
