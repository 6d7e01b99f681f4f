"""Lists that change, daemons that pause and restart, datagrams that are lost, and memory."""

from __future__ import annotations

import ctypes
import gc
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any

import pytest

from pychrony import (
    ChronyConnection,
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyTimeoutError,
)
from pychrony.testing import Faults, SimulatedChronyd
from tests.conftest import BUSY_NAMES, StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, find_program

MARGIN = 0.5  # seconds that a loaded machine may add
PATIENT = 60.0  # seconds: each loss costs some, and the more on a slow machine
COUNT = (14).to_bytes(2, "big")  # the request for the number of sources
MANY, FEW = range(1, 61), range(1, 9)
EXTRA = 200

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
OPEN_LISTS = LISTS[:2]  # over UDP
SINGLE = ("get_tracking", "get_activity", "get_server_stats", "get_rtc_data", "get_smoothing")

PickAddress = Callable[[Chronyd], str]
Records = list[tuple[str, int]]  # each one's address and mark
Filter = Callable[[bytes], bool]  # whether a datagram is passed on


def server(network: int, host: int) -> str:
    """Return what configures a source that never changes by itself."""
    options = f"port {1000 + host} key {host} minpoll {3 + host % 5} offline"
    return f"server 127.0.{network}.{host} {options}"


def lines_of(network: int, hosts: range) -> tuple[str, ...]:
    return tuple(server(network, host) for host in hosts)


def records_of(report: str, network: int, *hosts: int) -> Records:
    return [(f"127.0.{network}.{host}", MARKS[report][1](host)) for host in hosts]


def read(connection: ChronyConnection, report: str) -> Records:
    mark, _ = MARKS[report]
    return [(record.address, mark(record)) for record in getattr(connection, report)()]


def read_or_fail(connection: ChronyConnection, report: str) -> Records | ChronyError:
    try:
        return read(connection, report)
    except ChronyError as error:
        return error


class Relay:
    """Passes datagrams between clients on UDP and a chronyd's Unix socket, from a thread.

    Over it all reports can be read. What a filter says False of is lost.
    """

    def __init__(self, daemon: Chronyd, requests: Filter = bool, replies: Filter = bool) -> None:
        self._daemon, self._requests, self._replies = daemon, requests, replies
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self._back = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._back.setblocking(False)
        self._back_path = Path(daemon.socket_path).with_name("relay.sock")
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)

    @property
    def address(self) -> str:
        host, port = self._front.getsockname()
        return f"{host}:{port}"

    def __enter__(self) -> Relay:
        self._back.bind(str(self._back_path))
        self._back_path.chmod(0o666)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._front.sendto(b"", self._front.getsockname())  # an empty datagram ends the thread
        self._thread.join()
        self._front.close()
        self._back.close()
        self._back_path.unlink()

    def _run(self) -> None:
        client = None
        while True:
            ready, _, _ = select([self._front, self._back], [], [])
            if self._back in ready:
                reply = self._back.recv(2048)
                if client is not None and self._replies(reply):
                    self._front.sendto(reply, client)
            if self._front in ready:
                request, client = self._front.recvfrom(2048)
                if not request:
                    return
                if self._requests(request):
                    self._pass_on(request)

    def _pass_on(self, request: bytes) -> None:
        with suppress(OSError):  # chronyd is not there, or its queue is full
            self._back.sendto(request, self._daemon.socket_path)


def drop_each_third() -> Filter:
    counter = iter(range(1, 10**9))
    return lambda _: next(counter) % 3 != 0


def at_request(number: int, act: Callable[[], None]) -> Filter:
    """Return what acts before a request is passed on, all of which are."""
    counter = iter(range(1, 10**9))

    def passes(_: bytes) -> bool:
        if next(counter) == number:
            act()
        return True

    return passes


@contextmanager
def repeating(daemon: Chronyd, *commands: str) -> Generator[None, None, None]:
    """Have chronyc give these commands over and over, from a thread."""
    stop = threading.Event()
    chronyc = [find_program("chronyc"), "-n", "-h", daemon.socket_path]

    def run() -> None:
        with subprocess.Popen(
            chronyc, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            while not stop.is_set():
                for command in commands:
                    process.stdin.write(f"{command}\n")
                    assert process.stdout.readline() == "200 OK\n"

    with ThreadPoolExecutor(1) as pool:
        job = pool.submit(run)
        try:
            yield
        finally:
            stop.set()
            job.result()


@contextmanager
def reading(
    address: str, report: str, timeout: float
) -> Generator[list[Records | ChronyError], None, None]:
    """Read a list over and over on one connection, from a thread. Yield what it came to so far."""
    stop, answers = threading.Event(), list[Records | ChronyError]()

    def run() -> None:
        while not stop.is_set():
            answers.append(read_or_fail(connection, report))

    with ChronyConnection(address, timeout=timeout) as connection, ThreadPoolExecutor(1) as pool:
        job = pool.submit(run)
        try:
            yield answers
        finally:
            stop.set()
            job.result()


class Mallinfo(ctypes.Structure):
    """What glibc's mallinfo2 returns: ten sizes."""

    _fields_ = tuple((f"field{number}", ctypes.c_size_t) for number in range(10))
    MAPPED, IN_USE = "field4", "field7"  # hblkhd, uordblks


def memory_in_use() -> tuple[int, int, int]:
    """Return how much the process has in bytes, malloc in bytes (0 without glibc), and Python."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize(), malloc_in_use(), sys.getallocatedblocks()


def malloc_in_use() -> int:
    mallinfo = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if mallinfo is None:
        return 0
    mallinfo.restype = Mallinfo
    found = mallinfo()
    return getattr(found, Mallinfo.MAPPED) + getattr(found, Mallinfo.IN_USE)


def memory_taken(read: Callable[[], object], times: int) -> list[int]:
    """Return by how much memory_in_use grows with that many reads, after a tenth of them."""
    for _ in range(times // 10):
        read()
    before = memory_in_use()
    for _ in range(times):
        read()
    return [now - then for now, then in zip(memory_in_use(), before, strict=True)]


@pytest.mark.parametrize("report", LISTS)
def test_a_list_that_changes_is_read_as_it_was_at_one_time(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*lines_of(1, FEW))
    states = [records_of(report, 1, *FEW), records_of(report, 1, *FEW, EXTRA)]
    with (
        repeating(daemon, f"add {server(1, EXTRA)}", f"delete 127.0.1.{EXTRA}"),
        ChronyConnection(daemon.socket_path) as connection,
    ):
        answers, unseen = list[Records | ChronyError](), states
        while unseen or len(answers) < 300:
            answers.append(read_or_fail(connection, report))
            unseen = [state for state in unseen if state != answers[-1]]
    lists = [answer for answer in answers if isinstance(answer, list)]

    assert [answer for answer in lists if answer not in states] == []
    for error in {str(answer) for answer in answers if isinstance(answer, ChronyError)}:
        assert "changed" in error


@pytest.mark.parametrize("report", LISTS)
def test_a_list_that_changes_at_every_look_is_an_error_that_says_so(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*lines_of(1, FEW))
    hosts = iter(range(EXTRA, 255))  # only more: a request that is sent again is a look, too

    def change(request: bytes) -> bool:
        if request[4:6] == COUNT:
            daemon.chronyc("add", *server(1, next(hosts)).split())
        return True

    with (
        Relay(daemon, change) as relay,
        ChronyConnection(relay.address) as connection,
        pytest.raises(ChronyDataError, match="changed"),
    ):
        read(connection, report)


def test_names_are_those_of_the_sources_while_these_change(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*lines_of(1, FEW))
    with (
        repeating(daemon, f"add {server(1, EXTRA)}", f"delete 127.0.1.{EXTRA}"),
        ChronyConnection(daemon.socket_path) as connection,
    ):
        for _ in range(200):
            with suppress(ChronyDataError):
                sources = connection.get_sources(names=True)
                wrong = [s for s in sources[: len(FEW)] if s.name != s.address]
                assert wrong == []
                assert {s.name for s in sources[len(FEW) :]} <= {None, f"127.0.1.{EXTRA}"}


@pytest.mark.parametrize("lost", ["requests", "replies"])
@pytest.mark.parametrize("report", LISTS)
def test_a_list_survives_that_one_datagram_in_three_is_lost(
    report: str, lost: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*lines_of(1, FEW))
    with (
        Relay(daemon, **{lost: drop_each_third()}) as relay,
        ChronyConnection(relay.address, timeout=PATIENT) as connection,
    ):
        assert read(connection, report) == records_of(report, 1, *FEW)


@pytest.mark.parametrize("lost", ["requests", "replies"])
@pytest.mark.parametrize("report", SINGLE)
def test_a_single_record_survives_that_too(report: str, lost: str, busy_chronyd: Chronyd) -> None:
    with (
        Relay(busy_chronyd, **{lost: drop_each_third()}) as relay,
        ChronyConnection(relay.address, timeout=PATIENT) as connection,
        ChronyConnection(busy_chronyd.socket_path) as direct,
    ):
        for _ in range(3):
            assert type(getattr(connection, report)()) is type(getattr(direct, report)())


@pytest.mark.parametrize("lost", ["requests", "replies"])
def test_names_survive_that_too(lost: str, busy_chronyd: Chronyd) -> None:
    with (
        Relay(busy_chronyd, **{lost: drop_each_third()}) as relay,
        ChronyConnection(relay.address, timeout=PATIENT) as connection,
    ):
        assert [s.name for s in connection.get_sources(names=True)] == [None, *BUSY_NAMES]


@pytest.mark.parametrize("report", LISTS)
def test_a_daemon_that_stops_mid_list_costs_the_timeout_and_no_more(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*lines_of(1, MANY))
    with (
        Relay(daemon, at_request(20, daemon.pause)) as relay,
        ChronyConnection(relay.address, timeout=0.4) as connection,
    ):
        begin = time.monotonic()
        with pytest.raises(ChronyTimeoutError):
            read(connection, report)
        took = time.monotonic() - begin
        daemon.resume()

        assert 0.4 <= took < 0.4 + MARGIN
        for _ in range(10):
            assert read(connection, report) == records_of(report, 1, *MANY)


def test_a_daemon_paused_while_lists_are_read_is_waited_for_until_the_deadline(
    start_chronyd: StartChronyd, pick_address: PickAddress
) -> None:
    daemon = start_chronyd(*lines_of(1, MANY))
    with reading(pick_address(daemon), "get_sources", timeout=0.3) as answers:
        for _ in range(2):
            seen = len(answers)
            daemon.wait_for(lambda seen=seen: len(answers) > seen)
            daemon.pause()
            begin = time.monotonic()
            daemon.wait_for(lambda: isinstance(answers[-1], ChronyTimeoutError))
            assert time.monotonic() - begin < 0.3 + MARGIN
            daemon.resume()
            daemon.wait_for(lambda: isinstance(answers[-1], list))
    lists = [answer for answer in answers if isinstance(answer, list)]
    errors = [answer for answer in answers if isinstance(answer, ChronyError)]

    assert [answer for answer in lists if answer != records_of("get_sources", 1, *MANY)] == []
    assert {type(error) for error in errors} == {ChronyTimeoutError}


@pytest.mark.parametrize("report", OPEN_LISTS)
def test_a_daemon_restarted_between_lists_is_read_as_it_is_now(
    report: str, start_chronyd: StartChronyd, pick_address: PickAddress
) -> None:
    daemon = start_chronyd()
    with ChronyConnection(pick_address(daemon)) as connection:
        for network, hosts in ((1, MANY), (2, FEW), (3, range(0)), (4, MANY)):
            daemon.config_lines = lines_of(network, hosts)
            daemon.restart()
            assert read(connection, report) == records_of(report, network, *hosts)


@pytest.mark.parametrize("report", LISTS)
def test_a_daemon_restarted_while_lists_are_read_is_not_mixed_with_the_one_before(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*lines_of(1, MANY))
    check_restarts(daemon, daemon.socket_path, report)


@pytest.mark.parametrize("report", OPEN_LISTS)
def test_a_daemon_restarted_while_lists_are_read_over_udp_is_not_mixed_either(
    report: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*lines_of(1, MANY))
    check_restarts(daemon, daemon.udp4, report)


def check_restarts(daemon: Chronyd, address: str, report: str) -> None:
    states = [records_of(report, network, *MANY) for network in (1, 2)]
    with reading(address, report, timeout=2.0) as answers:
        for turn in range(1, 9):
            daemon.config_lines = lines_of(1 + turn % 2, MANY)
            daemon.restart()
            daemon.wait_for(lambda turn=turn: answers[-1:] == [states[turn % 2]])
    lists = [answer for answer in answers if isinstance(answer, list)]
    errors = [answer for answer in answers if isinstance(answer, ChronyError)]

    assert [answer for answer in lists if answer not in states] == []
    assert [error for error in errors if not isinstance(error, ChronyConnectionError)] == []


@pytest.mark.slow
@pytest.mark.parametrize("report", [*LISTS, *SINGLE])
def test_reading_for_long_takes_no_memory(report: str, start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*lines_of(1, range(1, 21)), *LOCAL)
    times = {"get_tracking": 100_000, "get_sources": 3_000}.get(report, 500)
    with ChronyConnection(daemon.socket_path) as connection:
        resident, malloc, blocks = memory_taken(getattr(connection, report), times)

    assert resident < 256 * 1024
    assert malloc < 4096
    assert blocks < 100


def test_a_refused_report_of_one_record_is_no_list_that_changes() -> None:
    with (
        SimulatedChronyd(faults=Faults(status=5)) as server,
        ChronyConnection(server.address) as connection,
    ):
        for read in (connection.read_record, connection.read_records):
            with pytest.raises(ChronyDataError, match="tracking: chronyd refused the request"):
                read("tracking")


def test_a_refused_count_is_no_list_that_changes() -> None:
    with (
        SimulatedChronyd(faults=Faults(status=5)) as server,
        ChronyConnection(server.address) as connection,
    ):
        for read in (connection.get_sources, connection.get_auth_data):
            with pytest.raises(ChronyDataError, match="chronyd refused the request"):
                read()


def test_a_report_of_one_record_is_asked_for_once() -> None:
    with SimulatedChronyd() as server, ChronyConnection(server.address) as connection:
        for _ in range(100):
            assert len(connection.read_records("tracking")) == 1
        assert server.requests < 150  # a busy machine sends some again
