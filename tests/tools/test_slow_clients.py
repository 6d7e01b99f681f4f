"""Clients of the exporter that are slow: they delay nobody, and are disconnected."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from pychrony.testing import Faults, SimulatedChronyd, make_source
from tests.support.certificates import Certificates, health
from tests.support.chronyd import Chronyd, wait_for
from tests.support.exporter import TIMEOUT, Exporter, exporter

NO_CHRONYD = ("-h", "/run/no-such-folder/chronyd.sock")
SLOW_CLIENTS = 100
# A client that is delayed until the slow ones had to go would have its answer after so long, which
# is longer than it waits. asyncio itself ends a handshake after 60 s.
PATIENCE = 10 * TIMEOUT
NOT_DELAYED = 30.0  # seconds, where an answer takes milliseconds, and a busy computer seconds


@contextmanager
def slow_clients(
    port: int, *sent: bytes, number: int = SLOW_CLIENTS
) -> Generator[list[socket.socket], None, None]:
    """Yield many clients that have sent something, one byte at a time, and then no more."""
    with ExitStack() as stack:
        clients = []
        for _ in range(number):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", port), TIMEOUT))
            clients.append(client)
        for byte in sent:
            for client in clients:
                client.sendall(byte)
        yield clients


def test_clients_that_do_not_finish_their_handshake_delay_nobody(tmp_path: Path) -> None:
    files = Certificates(tmp_path)
    options = ("--tls-cert", str(files.server))
    with (
        exporter(*NO_CHRONYD, *options, listen="localhost:0", patience=PATIENCE) as running,
        slow_clients(running.port, b"\x16", b"\x03"),
    ):
        start = time.monotonic()
        assert health(running.port, files.context()) == 200
        assert time.monotonic() - start < NOT_DELAYED


def test_clients_that_send_a_byte_at_a_time_delay_nobody(local_chronyd: Chronyd) -> None:
    with (
        exporter("-h", local_chronyd.udp4, patience=PATIENCE) as running,
        slow_clients(running.port, b"G", b"E", b"T"),
    ):
        assert running.get().series["chrony_up", ()] == 1


def wait_for_line(running: Exporter) -> None:
    """Wait until it says that it has no descriptor left for a client."""
    while "out of system resource" not in running.next_line():
        assert running.process.poll() is None


def leave_descriptors(running: Exporter, number: int) -> None:
    """Leave it so many descriptors for clients."""
    pid = running.process.pid
    limit = len(os.listdir(f"/proc/{pid}/fd")) + number
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))


def test_clients_that_take_all_descriptors_fill_no_log() -> None:
    with exporter(*NO_CHRONYD, patience=PATIENCE) as running:
        assert running.get("/-/healthy").status == 200  # it has all that it needs itself
        leave_descriptors(running, 5)  # less than half of all: nobody has to go
        begin = time.monotonic()
        with slow_clients(running.port, b"G", number=10):
            for _ in range(3):
                wait_for_line(running)

        assert time.monotonic() - begin > 1.5  # asyncio says so once a second
        assert running.get("/-/healthy").status == 200


def test_idle_clients_make_room_for_others_and_a_scrape_under_way_goes_on() -> None:
    with (
        SimulatedChronyd(faults=Faults(silent=True)) as chronyd,
        exporter("-h", chronyd.address, "-t", "5", patience=PATIENCE) as running,
        running.connect() as scrape,
    ):
        scrape.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        wait_for(lambda: chronyd.requests > 0)
        leave_descriptors(running, SLOW_CLIENTS - 10)
        with slow_clients(running.port, b"G"):
            assert running.get("/-/healthy").status == 200
        assert scrape.recv(100).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("over_tls", [False, True], ids=["plain", "TLS"])
def test_idle_clients_make_room_before_one_that_still_reads_its_page(
    over_tls: bool, tmp_path: Path
) -> None:
    files = Certificates(tmp_path)
    options = ("-t", "300", *(("--tls-cert", str(files.server)) if over_tls else ()))
    path = tmp_path / "exporter.sock"  # it takes the first 200 kB of a page
    sources = [make_source(address=f"192.0.2.{number}") for number in range(250)]
    with (
        SimulatedChronyd(sources=sources) as chronyd,
        exporter("-h", chronyd.address, *options, listen=f"unix:{path}") as running,
        ExitStack() as stack,
    ):

        def ask(page: str) -> tuple[socket.socket, bytes]:
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.settimeout(TIMEOUT)
            client.connect(str(path))
            if over_tls:
                tls = files.context().wrap_socket(client, server_hostname="localhost")
                client = stack.enter_context(tls)
            client.sendall(f"GET {page} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            return client, client.recv(1)

        scrape, answer = ask("/metrics")
        idle = [ask("/-/healthy")[0] for _ in range(30)]
        resource.prlimit(running.process.pid, resource.RLIMIT_NOFILE, (2, 2))  # for one client
        for client in idle:
            while client.recv(1000):
                pass
        while len(answer) < 350_000:
            more = scrape.recv(65536)
            assert more != b"", f"it was disconnected after {len(answer)} bytes"
            answer += more


def test_unfinished_handshakes_make_room_for_others_before_their_time(tmp_path: Path) -> None:
    files = Certificates(tmp_path)
    options = ("--tls-cert", str(files.server))
    with exporter(*NO_CHRONYD, *options, listen="localhost:0", patience=PATIENCE) as running:
        assert health(running.port, files.context()) == 200
        leave_descriptors(running, SLOW_CLIENTS - 10)
        with slow_clients(running.port, b"\x16"):
            start = time.monotonic()
            assert health(running.port, files.context()) == 200
            assert time.monotonic() - start < NOT_DELAYED


@pytest.mark.slow
def test_a_client_that_takes_too_long_is_disconnected_and_one_that_goes_on_asking_is_not() -> None:
    with exporter(*NO_CHRONYD, "-t", "1") as running, ExitStack() as stack:
        start = time.monotonic()
        client = stack.enter_context(running.connect())
        client.settimeout(0.5)
        busy = HTTPConnection("127.0.0.1", running.port, timeout=TIMEOUT)
        busy.connect()
        busys_socket = busy.sock
        answer = None
        while answer is None:
            busy.request("GET", "/-/healthy")
            assert busy.getresponse().read() == b"OK\n"
            try:
                client.sendall(b"G")
                answer = client.recv(100)
            except TimeoutError:
                assert time.monotonic() - start < TIMEOUT
            except ConnectionError:
                answer = b""

        assert answer == b""
        assert 5 < time.monotonic() - start < 10 + NOT_DELAYED  # it may take 10 s
        for _ in range(5):  # it is older than the other one by now
            time.sleep(0.5)
            busy.request("GET", "/-/healthy")
            assert busy.getresponse().read() == b"OK\n"
        assert busy.sock is busys_socket
        busy.close()


def test_a_client_that_does_not_finish_its_handshake_is_disconnected(tmp_path: Path) -> None:
    files = Certificates(tmp_path)
    options = ("--tls-cert", str(files.server))
    with (
        exporter(*NO_CHRONYD, *options, listen="localhost:0", patience=1) as running,
        running.connect() as client,
    ):
        client.settimeout(40)  # asyncio would do it after a minute
        client.sendall(b"\x16")
        assert client.recv(100) == b""
