"""Whatever a server replies ends in an answer or a ChronyError with a clear text, in time.

Everything runs on whichever library is linked. What is right comes from recorded answers.
"""

from __future__ import annotations

import json
import random
import resource
import socket
import struct
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from enum import Enum
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pychrony import (
    AuthData,
    ChronyConnection,
    ChronyDataError,
    ChronyError,
    ChronyLibraryError,
    ChronyTimeoutError,
    NTPData,
    SelectData,
    Source,
    TrackingStatus,
)
from tests.support.chronyd import temporary_directory
from tests.support.many_sources import (
    ACTIVITY,
    AUTHDATA,
    COUNT,
    HEADER,
    LISTS,
    NO_SUCH_SOURCE,
    NTPDATA,
    RTCDATA,
    SELECTDATA,
    SERVERSTATS,
    SMOOTHING,
    SOURCE_NAME,
    SOURCES,
    SOURCESTATS,
    TRACKING,
    BatchServer,
    ManySources,
    UnixReplyServer,
    address_text,
    command_of,
    patched,
    read_list,
    refusal,
    right_list,
    templates,
)
from tests.support.replies import Reply, ReplyServer, with_sequence_of
from tests.support.vectors import load

COMMANDS = {
    "tracking": TRACKING,
    "sources": SOURCES,
    "sourcestats": SOURCESTATS,
    "selectdata": SELECTDATA,
    "activity": ACTIVITY,
    "authdata": AUTHDATA,
    "ntpdata": NTPDATA,
    "serverstats": SERVERSTATS,
    "rtcdata": RTCDATA,
    "smoothing": SMOOTHING,
}
SINGLE: dict[str, Callable[[ChronyConnection], object]] = {
    "tracking": ChronyConnection.get_tracking,
    "activity": ChronyConnection.get_activity,
    "serverstats": ChronyConnection.get_server_stats,
    "rtcdata": ChronyConnection.get_rtc_data,
    "smoothing": ChronyConnection.get_smoothing,
}
LARGEST_LIST = 65536
PATIENT = 60.0  # seconds: each loss costs some, and the more on a slow machine
LATE = 0.4  # seconds that a deadline may be missed by on a busy computer

Answers = Callable[[bytes], Iterable[bytes]]
"""From an answer to what is sent in its place."""


@pytest.fixture
def daemon() -> ManySources:
    return ManySources(1)


@pytest.fixture
def server(daemon: ManySources) -> Iterator[ReplyServer]:
    with ReplyServer(daemon) as server:
        yield server


@pytest.fixture
def connection(server: ReplyServer) -> Iterator[ChronyConnection]:
    with ChronyConnection(server.address, timeout=5.0) as connection:
        yield connection


def spoiling(reply: Reply, command: int | None, spoil: Answers) -> Reply:
    """Return a server's function that spoils the answers to one command, or to all."""

    def spoiled(request: bytes) -> Iterable[bytes]:
        for answer in reply(request):
            if command in (None, command_of(request)):
                yield from spoil(answer)
            else:
                yield answer

    return spoiled


def read_typed(report: str, connection: ChronyConnection) -> list[Any]:
    if report in LISTS:
        return read_list(report, connection)
    record = SINGLE[report](connection)
    return [] if record is None else [record]


def attempt(read: Callable[[], Any], connection: ChronyConnection) -> Any:
    """Return what was read, or the error, whose text is a clear one."""
    try:
        result = read()
    except ChronyError as error:
        assert_clear(error, connection)
        return error
    if isinstance(result, list):
        for record in result:
            look_at_everything(record)
    return result


def assert_clear(error: ChronyError, connection: ChronyConnection) -> None:
    text, address = str(error), str(connection.address)

    assert text.startswith(f"{address}: ")
    assert len(text) > len(address) + 10
    assert text.isprintable()
    assert error.address == address
    assert not isinstance(error, ChronyLibraryError), "it is not libchrony that is at fault"


def look_at_everything(record: Any) -> None:
    """Use a record as users do; nothing of it may fail."""
    json.dumps(record.to_dict(), allow_nan=False)
    assert repr(record)
    assert hash(record) == hash(record)
    for name in dir(type(record)):
        kind = getattr(type(record), name)
        if isinstance(kind, property) or name in ("is_reachable", "is_selected", "is_calibrated"):
            value = getattr(record, name)
            assert value is None or value == value


def differences(right: dict[str, Any], got: dict[str, Any]) -> int:
    """Return how many values differ."""
    return sum(right[name] != got[name] for name in right)


def chances(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same each time


@contextmanager
def within(seconds: float) -> Generator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds + LATE


# One answer that is wrong.


@pytest.mark.slow
@pytest.mark.parametrize("report", COMMANDS)
def test_a_wrong_bit_makes_one_wrong_value_at_the_most(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    right = connection.read_record(report)
    for flip in flips(COMMANDS[report]):
        server.reply = spoiling(daemon, COMMANDS[report], flip)
        got = attempt(lambda: connection.read_record(report), connection)
        attempt(lambda: read_typed(report, connection), connection)
        if isinstance(got, dict) and list(got) == list(right):  # and not of another kind
            assert differences(right, got) <= 1


def flips(command: int) -> Iterator[Answers]:
    """Yield, for each bit of an answer, what flips it. The good answer follows, should the other
    be taken for somebody else's."""
    for bit in range(8 * len(templates()[command])):
        yield lambda answer, at=bit // 8, mask=1 << bit % 8: [
            patched(answer, at, bytes([answer[at] ^ mask])),
            answer,
        ]


@pytest.mark.parametrize("report", ["authdata", "ntpdata"])
def test_a_wrong_bit_in_the_address_makes_an_error_and_no_other_sources_record(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    right = connection.read_record(report)
    for flip in flips(SOURCESTATS):
        server.reply = spoiling(daemon, SOURCESTATS, flip)
        got = attempt(lambda: connection.read_record(report), connection)
        assert isinstance(got, ChronyError) or got in (right, {})


@pytest.mark.parametrize("report", COMMANDS)
def test_random_bytes_are_an_answer_or_an_error(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    chance = chances(report)

    def spoil(answer: bytes) -> list[bytes]:
        spoiled = answer
        for at in chance.sample(range(6, len(answer)), chance.choice([1, 2, 8, 40])):
            if at not in range(16, 20):  # the sequence number
                spoiled = patched(spoiled, at, chance.choice([b"\0", b"\xff", chance.randbytes(1)]))
        return [spoiled, answer]

    server.reply = spoiling(daemon, COMMANDS[report], spoil)
    for _ in range(200):
        attempt(lambda: connection.read_record(report), connection)
        attempt(lambda: read_typed(report, connection), connection)


@pytest.mark.parametrize("report", COMMANDS)
def test_an_answer_cut_short_is_not_believed(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    right = connection.read_record(report)
    for length in range(len(templates()[COMMANDS[report]])):
        server.reply = spoiling(
            daemon, COMMANDS[report], lambda answer, end=length: [answer[:end], answer]
        )
        got = attempt(lambda: connection.read_record(report), connection)
        if length < HEADER:
            assert got == right  # no answer at all, and the good one came next
        else:
            assert isinstance(got, ChronyDataError)


@pytest.mark.parametrize("report", LISTS)
def test_a_count_cut_short_is_not_believed(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    for length in range(HEADER + 4):
        server.reply = spoiling(daemon, COUNT, lambda answer, end=length: [answer[:end], answer])
        got = attempt(lambda: read_list(report, connection), connection)
        if length < HEADER:
            assert got == right_list(report, 1)
        else:
            assert isinstance(got, ChronyDataError)


@pytest.mark.parametrize("report", COMMANDS)
def test_what_follows_an_answer_changes_nothing(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    plain, typed = connection.read_record(report), read_typed(report, connection)
    length = len(templates()[COMMANDS[report]])
    for longer in (length + 1, length + 3, 197, 256, 284, 1023, 1025, 1500, 9000, 65_000, 65_507):
        for filler in (b"\0", b"\xff", b"\x06"):
            server.reply = spoiling(
                daemon, None, lambda answer, to=longer, by=filler: [answer.ljust(to, by)]
            )
            assert connection.read_record(report) == plain
            assert read_typed(report, connection) == typed


@pytest.mark.parametrize("report", [*SINGLE, "sources"])
@pytest.mark.parametrize("status", [*range(1, 30), 255, 256, 0x8000, 0xFFFF])
def test_each_refusal_is_an_error(
    report: str, status: int, server: ReplyServer, connection: ChronyConnection
) -> None:
    server.reply = lambda request: [refusal(request, status)]

    error = attempt(lambda: connection.read_record(report), connection)

    assert isinstance(error, ChronyError)
    assert report in str(error)


# Answers of others.


@pytest.mark.parametrize("report", LISTS)
def test_answers_to_older_requests_are_not_taken(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    older: list[bytes] = []
    daemon.count = 10

    def replay(answer: bytes) -> Iterator[bytes]:
        yield from older[-10:]
        older.append(answer)
        yield answer

    server.reply = spoiling(daemon, None, replay)

    assert read_list(report, connection) == right_list(report, 10)
    right = [connection.read_record(report, index) for index in range(10)]
    assert right == [connection.read_record(report, index) for index in range(10)]
    assert len({tuple(record.values()) for record in right}) == 10


@pytest.mark.parametrize("report", COMMANDS)
def test_what_another_port_sends_is_not_taken(
    report: str, daemon: ManySources, server: ReplyServer
) -> None:
    clients: list[int] = []

    def reply(request: bytes) -> Iterable[bytes]:
        for answer in daemon(request):
            forged = answer[:HEADER] + b"\x01" * (len(answer) - HEADER)
            other.sendto(forged, ("127.0.0.1", clients[0]))
            yield answer

    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        ChronyConnection(server.address) as connection,
    ):
        right = read_typed(report, connection)
        clients += ports_connected_to(server.address)
        server.reply = reply
        assert read_typed(report, connection) == right


def ports_connected_to(address: str) -> list[int]:
    """Return the local ports of the UDP sockets that are connected to an address."""
    port = f":{int(address.rpartition(':')[2]):04X}"
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    found = [int(row[1].partition(":")[2], 16) for row in rows if row[2].endswith(port)]
    assert found
    return found


def test_what_another_unix_socket_sends_is_not_taken() -> None:
    daemon, refused = ManySources(1), []

    def reply(request: bytes) -> Iterable[bytes]:
        for answer in daemon(request):
            for client in folder.rglob("*"):
                if client.name == "server.sock" or not client.is_socket():
                    continue
                forged = answer[:HEADER] + b"\x01" * (len(answer) - HEADER)
                try:
                    other.sendto(forged, str(client))
                except PermissionError as error:  # by the kernel
                    refused.append(error)
            yield answer

    with temporary_directory() as folder:
        (folder / "chronyd").mkdir()
        folder /= "chronyd"
        with (
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other,
            UnixReplyServer(reply, folder / "server.sock") as server,
            ChronyConnection(server.address) as connection,
        ):
            assert connection.get_sources() == right_list("sources", 1)
            assert refused


# Counts.


@pytest.mark.parametrize("report", LISTS)
@pytest.mark.parametrize("claim", [0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 1_000_000, LARGEST_LIST + 1])
def test_a_count_that_cannot_be_is_refused_at_once_and_in_words(
    report: str, claim: int, daemon: ManySources, connection: ChronyConnection
) -> None:
    daemon.count = claim
    before = memory()

    with within(0):
        error = attempt(lambda: read_list(report, connection), connection)

    assert isinstance(error, ChronyDataError)
    assert memory() - before < 2**20
    assert str(LARGEST_LIST) in str(error)


def memory() -> int:
    """Return how many bytes this process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def test_the_largest_list_takes_memory_as_it_arrives(
    daemon: ManySources, server: ReplyServer
) -> None:
    daemon.count = LARGEST_LIST
    before = memory()

    with ChronyConnection(server.address, timeout=0.5) as connection, within(0.5):
        error = attempt(connection.get_ntp_data, connection)

    assert isinstance(error, ChronyTimeoutError)
    assert memory() - before < 64 * 2**20


@pytest.mark.parametrize("report", LISTS)
def test_a_count_that_is_another_at_each_look_is_given_up_after_a_few(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 9
    looks = 0

    def other_count(answer: bytes) -> list[bytes]:
        nonlocal looks
        looks += 1
        return [answer[:HEADER] + struct.pack(">I", 3 + looks % 3)]

    server.reply = spoiling(daemon, COUNT, other_count)
    with within(0):
        error = attempt(lambda: read_list(report, connection), connection)

    assert isinstance(error, ChronyDataError)
    assert 4 <= looks <= 20
    assert "chang" in str(error)


@pytest.mark.parametrize("report", LISTS)
@pytest.mark.parametrize("becomes", [0, 3, 5, 12])
def test_a_list_that_changes_once_is_read_again(
    report: str,
    becomes: int,
    daemon: ManySources,
    server: ReplyServer,
    connection: ChronyConnection,
) -> None:
    for moment in range(1, 12):
        daemon.count = 6
        daemon.requests.clear()
        server.reply = changing_after(daemon, moment, becomes)
        assert read_list(report, connection) == right_list(report, daemon.count)
        assert daemon.count == becomes or moment >= 8  # requests that a list of six takes


def changing_after(daemon: ManySources, requests: int, becomes: int) -> Reply:
    """Return a server's function that changes the count once so many requests have come."""

    def reply(request: bytes) -> list[bytes]:
        if len(daemon.requests) == requests:
            daemon.count = becomes
        return daemon(request)

    return reply


@pytest.mark.parametrize("report", LISTS)
def test_a_record_that_is_counted_and_never_there_is_an_error_after_a_few_tries(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    server.reply = spoiling(daemon, COUNT, lambda answer: [answer[:HEADER] + b"\0\0\0\x05"])

    with within(0):
        error = attempt(lambda: read_list(report, connection), connection)

    assert isinstance(error, ChronyDataError)
    assert len(daemon.requests) < 150


# Kinds.


def test_sources_that_become_reference_clocks_and_back_are_each_read_for_what_they_are(
    daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 9

    def other_kind(answer: bytes) -> list[bytes]:
        is_clock = answer[51] % 2 == 1  # of the stratum, which tells the index
        if not is_clock:
            return [answer]
        return [patched(patched(answer, HEADER, b"GPS\0"), HEADER + 26, b"\0\x02")]

    server.reply = spoiling(daemon, SOURCES, other_kind)
    sources = connection.get_sources()

    assert [source.stratum for source in sources] == list(range(9))
    assert [source.is_reference_clock() for source in sources] == [i % 2 == 1 for i in range(9)]
    assert {s.address for s in sources if s.is_reference_clock()} == {"GPS"}
    assert [s.address for s in sources[::2]] == [address_text(i) for i in range(0, 9, 2)]


def test_reference_clocks_among_the_sources_are_left_out_of_lists_about_ntp_sources(
    daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 9

    def without_address(answer: bytes) -> list[bytes]:
        is_clock = answer[55] in (0, 3, 4, 5, 8)  # of the samples, which tell the index
        return [patched(answer, HEADER + 4, bytes(20)) if is_clock else answer]

    server.reply = spoiling(daemon, SOURCESTATS, without_address)

    for report in ("authdata", "ntpdata"):
        right = right_list(report, 9)
        assert read_list(report, connection) == [right[i] for i in (1, 2, 6, 7)]


def test_a_version_that_changes_on_one_connection_is_read_for_what_it_is(
    server: ReplyServer, connection: ChronyConnection
) -> None:
    good = [
        e
        for session in load()
        for e in session.exchanges
        if e.report == "serverstats" and e.datagrams and not e.error and session.transport
    ]
    assert len({len(e.fields) for e in good}) == 4
    chances(1).shuffle(good)
    for exchange in good:
        server.reply = lambda request, e=exchange: [with_sequence_of(request, e.datagrams[-1].data)]
        recorded = {field.name: field.value for field in exchange.fields}
        stats = connection.get_server_stats()
        for attribute in fields(stats):
            assert getattr(stats, attribute.name) == recorded.get(attribute.metadata["libchrony"])


# Order, duplicates and loss, with requests asked ahead.


@pytest.mark.parametrize("report", LISTS)
@pytest.mark.parametrize("order", ["reversed", "rotated", "shuffled", "twice", "all twice"])
def test_answers_out_of_order_and_twice_make_the_same_list(report: str, order: str) -> None:
    chance = chances(order)
    orders: dict[str, Callable[[list[Any]], list[Any]]] = {
        "reversed": lambda answers: answers[::-1],
        "rotated": lambda answers: answers[1:] + answers[:1],
        "shuffled": lambda answers: chance.sample(answers, len(answers)),
        "twice": lambda answers: [answer for answer in answers for _ in range(2)],
        "all twice": lambda answers: answers + answers,
    }
    with (
        BatchServer(ManySources(20), orders[order]) as server,
        ChronyConnection(server.address, timeout=PATIENT) as connection,
    ):
        for _ in range(2):
            assert read_list(report, connection) == right_list(report, 20)


@pytest.mark.slow
@pytest.mark.parametrize("report", LISTS)
@pytest.mark.parametrize("what", ["request", "answer"])
def test_whichever_datagram_is_lost_the_list_is_whole(
    report: str, what: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 7
    for number in range(1, 20):
        server.reply = losing(daemon, what, {number})
        got = read_list(report, connection)
        assert got == right_list(report, 7), f"without {what} {number}"


@pytest.mark.parametrize("report", LISTS)
def test_whenever_a_stray_comes_the_list_is_whole(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 7
    for number in range(1, 20):
        answers = count(1)
        server.reply = spoiling(
            daemon,
            None,
            lambda answer, n=number, nth=answers: (
                [with_sequence_of(bytes(12), answer), answer] if next(nth) == n else [answer]
            ),
        )
        got = read_list(report, connection)
        assert got == right_list(report, 7), f"with a stray before answer {number}"


def losing(daemon: ManySources, what: str, numbers: Iterable[int]) -> Reply:
    """Return a server's function that loses these of the requests or answers, from 1."""
    lost, requests = set(numbers), count(1)

    def reply(request: bytes) -> list[bytes]:
        is_lost = next(requests) in lost
        if is_lost and what == "request":
            return []
        answers = daemon(request)
        return [] if is_lost else answers

    return reply


@pytest.mark.slow
@pytest.mark.parametrize("report", LISTS)
def test_one_lost_answer_in_three_costs_no_list(
    report: str, daemon: ManySources, server: ReplyServer
) -> None:
    daemon.count = 60
    server.reply = losing(daemon, "answer", range(3, 10_000, 3))

    with ChronyConnection(server.address, timeout=PATIENT) as connection:
        assert read_list(report, connection) == right_list(report, 60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_losing_a_third_at_random_costs_no_report(
    seed: int, daemon: ManySources, server: ReplyServer
) -> None:
    chance = chances(seed)
    daemon.count = 4
    with ChronyConnection(server.address, timeout=PATIENT) as connection:
        right = {report: read_typed(report, connection) for report in COMMANDS}
        server.reply = spoiling(
            daemon, None, lambda answer: [] if chance.random() < 1 / 3 else [answer]
        )
        assert {report: read_typed(report, connection) for report in COMMANDS} == right


@pytest.mark.parametrize("report", LISTS)
def test_a_server_that_is_slow_is_waited_for(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 2
    pause = threading.Event()

    def late(answer: bytes) -> list[bytes]:
        pause.wait(0.07)  # longer than the first request is given
        return [answer]

    server.reply = spoiling(daemon, None, late)

    assert read_list(report, connection) == right_list(report, 2)


@pytest.mark.slow
@pytest.mark.parametrize("report", LISTS)
def test_a_server_that_falls_silent_amid_a_list_is_a_timeout_and_may_come_back(
    report: str, daemon: ManySources, server: ReplyServer
) -> None:
    daemon.count = 30
    with ChronyConnection(server.address, timeout=0.2) as connection:
        for last in (1, 2, 5, 17, 31):
            server.reply = losing(daemon, "request", range(last + 1, 1000))
            with within(0.2):
                error = attempt(lambda: read_list(report, connection), connection)
            assert isinstance(error, ChronyTimeoutError)
            server.reply = daemon
            assert read_list(report, connection) == right_list(report, 30)


# Too much.


@pytest.mark.slow
@pytest.mark.parametrize("report", ["tracking", "sources", "ntpdata"])
def test_a_flood_does_not_move_the_deadline(report: str, server: ReplyServer) -> None:
    stop = threading.Event()

    def flood(request: bytes) -> Iterator[bytes]:
        stray = with_sequence_of(b"\0" * 8 + bytes(4), templates()[command_of(request)])
        while not stop.is_set():
            yield stray

    server.reply = flood
    with ChronyConnection(server.address, timeout=0.3) as connection:
        for _ in range(2):  # also with what is left of the first one
            with within(0.3):
                error = attempt(lambda: read_typed(report, connection), connection)
            assert isinstance(error, ChronyTimeoutError)
        stop.set()
        server.reply = ManySources(1)
        assert read_typed(report, connection)


def test_strays_now_and_then_do_not_move_the_deadline(server: ReplyServer) -> None:
    pause = threading.Event()

    def dribble(request: bytes) -> Iterator[bytes]:
        for _ in range(60):
            yield with_sequence_of(bytes(12), templates()[command_of(request)])
            pause.wait(0.005)

    server.reply = dribble
    with ChronyConnection(server.address, timeout=0.2) as connection, within(0.2):
        error = attempt(connection.get_sources, connection)

    assert isinstance(error, ChronyTimeoutError)


# Values that no chronyd has.

OUT_OF_RANGE = [
    ("sources", Source, "state", HEADER + 24, ">H", [6, 255, 256, 0x7FFF, 0x8000, 0xFFFF]),
    ("sources", Source, "mode", HEADER + 26, ">H", [3, 255, 256, 0x8000, 0xFFFF]),
    ("selectdata", SelectData, "state", HEADER + 24, "B", [0, 1, 10, 0x7F, 0x80, 0xFF]),
    ("selectdata", SelectData, "leap_status", HEADER + 26, "B", [4, 0x80, 0xFF]),
    ("selectdata", SelectData, "configured_options", HEADER + 28, ">H", [16, 0x8001, 0xFFFF]),
    ("authdata", AuthData, "mode", HEADER, ">H", [3, 0x8000, 0xFFFF]),
    ("authdata", AuthData, "key_type", HEADER + 2, ">H", [12, 16, 29, 31, 0x8000, 0xFFFF]),
    ("ntpdata", NTPData, "leap_status", HEADER + 42, "B", [4, 0xFF]),
    ("ntpdata", NTPData, "mode", HEADER + 44, "B", [3, 5, 7, 0xFF]),
    ("ntpdata", NTPData, "tx_timestamping", HEADER + 94, "B", [1, 0x80, 0xFF]),
    ("tracking", TrackingStatus, "leap_status", HEADER + 26, ">H", [4, 0x8000, 0xFFFF]),
]


@pytest.mark.parametrize(
    ("report", "kind", "attribute", "at", "format_", "values"),
    OUT_OF_RANGE,
    ids=[f"{report} {attribute}" for report, _, attribute, *_ in OUT_OF_RANGE],
)
def test_an_enumerator_that_nobody_knows_keeps_its_number(
    report: str,
    kind: type[Any],
    attribute: str,
    at: int,
    format_: str,
    values: list[int],
    daemon: ManySources,
    server: ReplyServer,
    connection: ChronyConnection,
) -> None:
    for value in values:
        server.reply = spoiling(
            daemon,
            COMMANDS[report],
            lambda answer, v=value: [patched(answer, at, struct.pack(format_, v))],
        )
        [record] = attempt(lambda: read_typed(report, connection), connection)
        got = getattr(record, attribute)
        assert type(record) is kind
        assert isinstance(got, Enum)
        assert (ord(got.value) if isinstance(got.value, str) else got.value) == value


TIMES = [
    (0, 0),
    (0, 2**32 - 1),
    (2**31, 999_999_999),
    (2**32 - 1, 10**9),
    (253_402_300_799, 999_999_999),  # the last second of the year 9999
    (253_402_300_800, 0),
    (0x7FFFFFFF << 32 | 1_767_225_600, 0),  # a chronyd without 64-bit times
    (2**63 - 1, 2**32 - 1),
    (2**63, 0),  # the most negative one
    (2**64 - 62_135_596_800, 0),  # the first second of the year 1
    (2**64 - 62_135_596_801, 0),
    (2**64 - 1, 999_999_999),
]


@pytest.mark.parametrize(
    ("report", "at"), [("tracking", HEADER + 28), ("ntpdata", HEADER + 60), ("rtcdata", HEADER)]
)
@pytest.mark.parametrize("moment", TIMES)
def test_a_time_that_cannot_be_is_a_number_and_no_failure(
    report: str,
    at: int,
    moment: tuple[int, int],
    daemon: ManySources,
    server: ReplyServer,
    connection: ChronyConnection,
) -> None:
    wire = struct.pack(">QI", *moment)
    server.reply = spoiling(daemon, COMMANDS[report], lambda answer: [patched(answer, at, wire)])

    [record] = attempt(lambda: read_typed(report, connection), connection)

    seconds = moment[0] - 2**64 if moment[0] >= 2**63 else moment[0]
    assert (record.ref_time_ns or 0) in (0, seconds * 10**9 + moment[1])
    assert abs(record.ref_time or 0) < 2**64
    assert isinstance(record.ref_datetime, (datetime, type(None)))


@pytest.mark.parametrize("poll", [-32768, -1075, -1, 0, 1023, 1024, 32767])
def test_a_polling_interval_that_cannot_be_is_a_number_and_no_failure(
    poll: int, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    wire = struct.pack(">h", poll)
    server.reply = spoiling(daemon, SOURCES, lambda answer: [patched(answer, HEADER + 20, wire)])

    [source] = connection.get_sources()

    assert source.poll == poll
    assert source.poll_seconds >= 0


# Names.


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (b"time.example.net\0" + b"garbage", "time.example.net"),
        (b"x" * 255 + b"\0", "x" * 255),
        (b"x" * 256, "x" * 256),
        (b"x" * 300, "x" * 256),
        (bytes(256), ""),
        ("zeit.bücher.example".encode(), "zeit.bücher.example"),
        (b"caf\xe9\xff\xfe", "caf\ufffd\ufffd\ufffd"),
        (b"\xf0\x9f\x95" * 86, "\ufffd" * 86),
        (b"a\nb\x1b[31m", "a\nb\x1b[31m"),
    ],
)
def test_a_name_is_what_there_is_of_it(
    wire: bytes, name: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    server.reply = spoiling(
        daemon, SOURCE_NAME, lambda answer: [answer[:HEADER] + wire.ljust(256, b"\0")]
    )

    [source] = connection.get_sources(names=True)

    assert source.name == name
    look_at_everything(source)


def test_an_answer_about_a_name_that_is_cut_short_or_spoiled_is_not_believed(
    daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    def truncated(length: int) -> Answers:
        return lambda answer: [answer[:length], answer]

    spoils = [truncated(length) for length in range(HEADER + 256)]
    spoils += [flip for _, flip in zip(range(8 * HEADER), flips(SOURCE_NAME), strict=False)]
    for spoil in spoils:
        server.reply = spoiling(daemon, SOURCE_NAME, spoil)
        got = attempt(lambda: connection.get_sources(names=True), connection)
        if not isinstance(got, ChronyError):
            assert got[0].name in ("source-0.example", None)


@pytest.mark.parametrize("report", LISTS)
def test_names_are_each_about_their_own_source_whatever_is_lost_or_late(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 8
    older: list[bytes] = []

    def replay(answer: bytes) -> Iterator[bytes]:
        yield from older[-3:]
        older.append(answer)
        if len(older) % 7:
            yield answer

    server.reply = spoiling(daemon, None, replay)
    records = read_list(report, connection, names=True)

    assert [record.name for record in records] == [f"source-{i}.example" for i in range(8)]


@pytest.mark.parametrize("report", ["sources", "sourcestats", "selectdata"])
@pytest.mark.parametrize("family", [0, 4, 9, 0xFFFF])
def test_a_source_whose_address_nobody_can_ask_about_costs_no_list(
    report: str,
    family: int,
    daemon: ManySources,
    server: ReplyServer,
    connection: ChronyConnection,
) -> None:
    at = {"sources": HEADER}.get(report, HEADER + 4) + 16
    daemon.count = 3
    server.reply = spoiling(
        daemon,
        COMMANDS[report],
        lambda answer: [
            patched(answer, at, struct.pack(">H", family)) if answer[at - 13] == 1 else answer
        ],
    )

    records = attempt(lambda: read_list(report, connection, names=True), connection)

    names = ["source-0.example", None, "source-2.example"]
    assert [record.name for record in records] == names


# What was learned before.


@pytest.mark.parametrize("report", ["authdata", "ntpdata"])
def test_an_address_that_was_told_before_is_not_believed_later(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 8
    for _ in range(8):  # whichever of its sessions is next
        connection.read_record("sourcestats", 0)
    server.reply = lambda request: daemon(about_the_next_source(request))
    name = {"authdata": "key ID", "ntpdata": "transmitted messages"}[report]
    for _ in range(8):
        assert connection.read_record(report, 0)[name] == 1


@pytest.mark.parametrize("report", ["authdata", "ntpdata"])
def test_a_reference_clock_whose_place_an_ntp_source_took_is_not_believed_in_later(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    right = connection.read_record(report, 0)
    server.reply = spoiling(
        daemon, SOURCESTATS, lambda answer: [patched(answer, HEADER + 4, bytes(20))]
    )
    for _ in range(8):
        assert connection.read_record(report, 0) == {}
        assert read_list(report, connection) == []
    server.reply = daemon
    for _ in range(8):
        assert connection.read_record(report, 0) == right
        assert read_list(report, connection) == right_list(report, 1)


def about_the_next_source(request: bytes) -> bytes:
    """Return what a request by an index is, once the first source has gone."""
    if command_of(request) != SOURCESTATS:
        return request
    index = int.from_bytes(request[20:24], "big") + 1
    return patched(request, 20, struct.pack(">I", index))


def test_a_source_that_is_gone_when_its_record_is_asked_for_is_an_error_of_that_record(
    server: ReplyServer, daemon: ManySources, connection: ChronyConnection
) -> None:
    server.reply = lambda request: (
        [refusal(request, NO_SUCH_SOURCE)] if command_of(request) == NTPDATA else daemon(request)
    )

    error = attempt(lambda: connection.read_record("ntpdata"), connection)

    assert isinstance(error, ChronyDataError)
