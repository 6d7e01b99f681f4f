"""Reports read by many threads at once: no answer is another thread's, in whole or in part."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from operator import attrgetter
from random import Random
from threading import Barrier, Event
from typing import Any

import pytest

from pychrony import ChronyConnection
from tests.conftest import BUSY_NAMES, QUICK
from tests.support.chronyd import Chronyd, temporary_directory
from tests.support.ports import free_port

THREADS = 6
READS = 1000  # by each thread

# What of each report tells one daemon's answer from another's, and stays the same over a test.
ESSENCES: dict[str, Callable[[ChronyConnection], object]] = {
    "tracking": lambda c: c.get_tracking().stratum,
    "sources": lambda c: [(r.address, r.poll) for r in c.get_sources()],
    "names": lambda c: [r.name for r in c.get_sources(names=True)],
    "sourcestats": lambda c: [r.address for r in c.get_source_stats()],
    "selectdata": lambda c: [(r.address, r.configured_options.value) for r in c.get_select_data()],
    "activity": lambda c: attrgetter("online", "offline", "unresolved")(c.get_activity()),
    "authdata": lambda c: [(r.address, r.key_id) for r in c.get_auth_data()],
    "ntpdata": lambda c: [(r.address, r.port) for r in c.get_ntp_data() if r.is_resolved()],
    "serverstats": lambda c: c.get_server_stats().ntp_received,
    "rtcdata": lambda c: c.get_rtc_data(),
    "smoothing": lambda c: getattr(c.get_smoothing(), "leap_only", None),
    "record": lambda c: c.read_record("ntpdata", 1)["remote address"],
}
OPTIONS = {1: "noselect", 2: "prefer", 4: "trust", 8: "require"}
SMOOTHING = {None: "", False: "smoothtime 400 0.01", True: "smoothtime 400 0.01 leaponly"}

Essences = dict[str, object]
Party = tuple[Chronyd, Essences]


def essences_by_chronyc(daemon: Chronyd) -> Essences:
    def rows(*command: str) -> list[list[str]]:
        return [line.split(",") for line in daemon.chronyc(*command).splitlines()]

    def options(letters: list[str]) -> int:
        return sum(bit for bit, letter in zip(OPTIONS, letters, strict=True) if letter != "-")

    [tracking], [activity], [counts] = rows("tracking"), rows("activity"), rows("serverstats")
    [smoothing] = rows("smoothing")
    return {
        "tracking": int(tracking[2]),
        "sources": [(row[2], int(row[4])) for row in rows("sources", "-a")],
        "names": [None, *BUSY_NAMES],
        "sourcestats": [row[0] for row in rows("sourcestats", "-a")],
        "selectdata": [(row[1], options(row[3:7])) for row in rows("selectdata", "-a")],
        "activity": (int(activity[0]), int(activity[1]), int(activity[4])),
        "authdata": [(row[0], int(row[2])) for row in rows("authdata", "-a")],
        "ntpdata": [(row[0], int(row[2])) for row in rows("ntpdata")],
        "serverstats": int(counts[0]),
        "rtcdata": None,
        "smoothing": smoothing[1] == "(leap second only)",
        "record": QUICK,
    }


@pytest.fixture(scope="module")
def parties() -> Iterator[list[Party]]:
    """Return six daemons that differ in all, and what their configurations make of the reports."""
    with ExitStack() as stack:
        yield [start_party(stack, number) for number in range(1, THREADS + 1)]


def start_party(stack: ExitStack, number: int) -> Party:
    addresses = [f"127.0.{number}.{host}" for host in range(1, 3 + number)]
    option, leap_only = list(OPTIONS)[number % 4], list(SMOOTHING)[number % 3]
    ending = f"port {1000 + number} minpoll {number} key {number} {OPTIONS[option]} offline"
    lines = [f"server {address} {ending}" for address in addresses]
    lines += [f"local stratum {number}", "allow 127.0.0.1", SMOOTHING[leap_only]]
    directory = stack.enter_context(temporary_directory())
    daemon = stack.enter_context(Chronyd(directory, *lines, ntp_port=free_port()))
    ask_for_time(daemon, number)
    return daemon, {
        "tracking": number,
        "sources": [(address, number) for address in addresses],
        "names": addresses,
        "sourcestats": addresses,
        "selectdata": [(address, option) for address in addresses],
        "activity": (0, len(addresses), 0),
        "authdata": [(address, number) for address in addresses],
        "ntpdata": [(address, 1000 + number) for address in addresses],
        "serverstats": number,
        "rtcdata": None,
        "smoothing": leap_only,
        "record": addresses[1],
    }


def ask_for_time(daemon: Chronyd, times: int) -> None:
    """Ask as an NTP client, and wait for the answers."""
    assert daemon.ntp_port is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(60)
        client.connect(("127.0.0.1", daemon.ntp_port))
        for _ in range(times):
            client.send(b"\x23" + bytes(47))
            client.recv(48)


def read_in_threads(
    shares: Sequence[Sequence[tuple[ChronyConnection, Essences]]],
    reports: Sequence[str] = tuple(ESSENCES),
) -> list[Any]:
    """Read reports, mixed, by a thread for each share of connections. Return wrong answers."""
    start = Barrier(len(shares))

    def read(number: int) -> list[Any]:
        chance, wrong = Random(number), []
        start.wait()
        for _ in range(READS):
            connection, expected = chance.choice(shares[number])
            report = chance.choice(reports)
            found = ESSENCES[report](connection)
            if found != expected[report]:
                wrong.append((number, report, found, expected[report]))
        return wrong

    with ThreadPoolExecutor(len(shares)) as pool:
        return [answer for wrong in pool.map(read, range(len(shares))) for answer in wrong]


def open_connections(stack: ExitStack, daemons: Sequence[Chronyd]) -> list[ChronyConnection]:
    return [
        stack.enter_context(ChronyConnection(daemon.socket_path, timeout=60)) for daemon in daemons
    ]


def test_threads_with_a_connection_each_read_one_daemon(busy_chronyd: Chronyd) -> None:
    expected = essences_by_chronyc(busy_chronyd)
    with ExitStack() as stack:
        connections = open_connections(stack, [busy_chronyd] * THREADS)

        assert read_in_threads([[(connection, expected)] for connection in connections]) == []


@pytest.mark.slow
def test_threads_on_one_connection_read_one_daemon(busy_chronyd: Chronyd) -> None:
    expected = essences_by_chronyc(busy_chronyd)
    with ChronyConnection(busy_chronyd.socket_path, timeout=60) as connection:
        assert read_in_threads([[(connection, expected)]] * THREADS) == []


def test_threads_with_a_connection_each_read_six_daemons(parties: list[Party]) -> None:
    with ExitStack() as stack:
        connections = open_connections(stack, [daemon for daemon, _ in parties])
        shares = [[(c, expected)] for c, (_, expected) in zip(connections, parties, strict=True)]

        assert read_in_threads(shares) == []


def test_threads_that_read_by_address_do_not_disturb_each_other(parties: list[Party]) -> None:
    """libchrony 0.2 writes an address where all threads see it also while it asks by address."""
    with ExitStack() as stack:
        connections = open_connections(stack, [daemon for daemon, _ in parties])
        shares = [[(c, expected)] for c, (_, expected) in zip(connections, parties, strict=True)]

        assert read_in_threads(shares, ("sourcestats", "authdata", "record")) == []


def test_threads_share_the_connections_to_six_daemons(parties: list[Party]) -> None:
    with ExitStack() as stack:
        connections = open_connections(stack, [daemon for daemon, _ in parties])
        share = [(c, expected) for c, (_, expected) in zip(connections, parties, strict=True)]

        assert read_in_threads([share] * THREADS) == []


def test_threads_on_one_connection_take_turns(parties: list[Party]) -> None:
    daemon, _ = parties[0]
    counts, start, done = [0] * THREADS, Barrier(THREADS), Event()

    def read(number: int) -> None:
        start.wait()
        while not done.is_set():
            connection.get_sources()
            counts[number] += 1
            if counts[number] == READS:
                done.set()

    with (
        ChronyConnection(daemon.socket_path, timeout=60) as connection,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        list(pool.map(read, range(THREADS)))

    assert min(counts) > READS / 10
