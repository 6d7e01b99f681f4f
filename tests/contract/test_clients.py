"""The clients of chronyd's server: the whole table, or a clear error in time.

What is right comes from a recorded chronyd and its chronyc.
"""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from pychrony import (
    ChronyConnection,
    ChronyDataError,
    ChronyPermissionError,
    ChronyTimeoutError,
    Client,
    get_clients,
)
from pychrony.testing import Faults, SimulatedChronyd, make_client
from pychrony.testing._wire import parse_request
from tests.support.chronyc import client_row, client_row_with_nts_ke, csv
from tests.support.chronyd import temporary_directory
from tests.support.clients import CLIENTS, SIZE, recorded
from tests.support.many_sources import HEADER, command_of, patched, refusal
from tests.support.replies import Reply, ReplyServer, with_sequence_of
from tests.support.simulated import VERSIONS

MOST = 65536
NO_ADDRESS, ID = 0, 3
Place = bytes
_SCATTER = 0x9E3779B1  # odd: no two indexes of a power of two have the same number


def place(address: bytes, family: int = 1, number: int = 0) -> Place:
    """Return a client's place in a reply; all its counters are `number`."""
    counters = struct.pack(">6I", *[number] * 6)
    return struct.pack(">16sHH", address, family, 0) + counters + bytes(16)


def ipv4(number: int) -> Place:
    return place(struct.pack(">I", 10 << 24 | number), number=number)


def reply_to(request: bytes, n_indexes: int, next_index: int, places: Sequence[Place]) -> bytes:
    """Return a reply that claims what it is told to."""
    header = struct.pack(">BBHHHHHHHIII", 6, 2, 0, CLIENTS, 21, 0, 0, 0, 0, 0, 0, 0)
    told = struct.pack(">3I", n_indexes, next_index, len(places)) + b"".join(places)
    return with_sequence_of(request, (header + told).ljust(SIZE, b"\0")[:SIZE])


def first_index(request: bytes) -> int:
    return int.from_bytes(request[20:24], "big")


def error_of(reply: Reply, timeout: float = 5.0) -> Exception:
    with ReplyServer(reply) as server, pytest.raises(ChronyDataError) as caught:
        get_clients(server.address, timeout=timeout)
    assert re.match(r"127\.0\.0\.1:\d+: clients: .{10}", str(caught.value))
    return caught.value


class Table:
    """A chronyd with so many clients; a ReplyServer's function.

    Each is at an index of its own, which is another one when the table has another size, as in the
    hash table of a chronyd.
    """

    def __init__(self, count: int, n_indexes: int) -> None:
        self.count, self.n_indexes = count, n_indexes
        self.requests: list[bytes] = []
        self.before_request: Callable[[int], None] = lambda number: None

    def __call__(self, request: bytes) -> Iterator[bytes]:
        self.requests.append(request)
        self.before_request(len(self.requests))
        index, found = first_index(request), []
        while index < self.n_indexes and len(found) < 8:
            number = index * _SCATTER % self.n_indexes
            found += [ipv4(number)] if number < self.count else []
            index += 1
        yield reply_to(request, self.n_indexes, index, found)

    def expected(self) -> list[str]:
        return sorted(f"10.0.{number >> 8}.{number & 0xFF}" for number in range(self.count))


def read(table: Reply, timeout: float = 5.0) -> list[str]:
    with ReplyServer(table) as server:
        return sorted(client.address for client in get_clients(server.address, timeout=timeout))


# What is right.


def play(request: bytes) -> Iterator[bytes]:
    """Answer as the recorded chronyd: its table has 16 indexes."""
    first = first_index(request)
    yield with_sequence_of(request, recorded().replies[0 if first == 0 else 1])


def test_a_recorded_table_is_what_chronyc_printed_of_it() -> None:
    with ReplyServer(play) as server:
        clients = get_clients(server.address)

    assert tuple(map(csv, map(client_row, clients))) == recorded().rows
    assert tuple(map(csv, map(client_row_with_nts_ke, clients))) == recorded().rows_with_nts_ke
    assert len(clients) == 12


def test_each_value_has_its_own_place() -> None:
    numbers = struct.pack(">6I4b3I", *range(1, 7), -1, -2, -3, -4, *range(11, 14))
    address = struct.pack(">16sHH", bytes.fromhex("20010db8000000000000000000000007"), 2, 0)
    with ReplyServer(lambda request: [reply_to(request, 16, 16, [address + numbers])]) as server:
        [client] = get_clients(server.address)

    assert client == Client(
        address="2001:db8::7",
        ntp_received=1,
        nts_ke_accepted=2,
        commands_received=3,
        ntp_dropped=4,
        nts_ke_dropped=5,
        commands_dropped=6,
        ntp_interval=-1,
        nts_ke_interval=-2,
        commands_interval=-3,
        ntp_limited_interval=-4,
        last_ntp_ago=11,
        last_nts_ke_ago=12,
        last_command_ago=13,
    )


def test_what_never_was_is_none_and_the_rest_as_it_is() -> None:
    never = place(b"\x0a\0\0\1")[:44] + b"\x7f" * 4 + b"\xff" * 12
    extreme = place(b"\x0a\0\0\2", number=2**32 - 1)[:44]
    extreme += b"\x80\x7e\x00\x81" + b"\xff\xff\xff\xfe" * 3
    with ReplyServer(lambda request: [reply_to(request, 16, 16, [never, extreme])]) as server:
        nothing, most = get_clients(server.address)

    optional = [name for name in Client.__match_args__ if name.endswith(("interval", "ago"))]
    assert len(optional) == 7
    assert {getattr(nothing, name) for name in optional} == {None}
    assert [getattr(most, name) for name in optional] == [-128, 126, 0, -127, *[2**32 - 2] * 3]
    assert most.ntp_received == most.commands_dropped == 2**32 - 1


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 15, 16, 40, 600])
def test_the_whole_table_is_read(count: int) -> None:
    table = Table(count, 1024)

    assert read(table) == table.expected()


def test_no_request_ever_resets_the_counters() -> None:
    """The last four bytes that mean something do that. 1 there sets chronyd's counters to zero."""
    table = Table(600, 1024)
    read(table)

    assert len(table.requests) >= 600 / 8
    for request in table.requests:
        assert command_of(request) == CLIENTS
        assert len(request) == SIZE
        assert request[24:36] == struct.pack(">III", 8, 0, 0)  # most clients, fewest hits, reset
        assert not any(request[36:])


# A table that changes.


def test_a_table_that_grows_is_read_from_the_beginning() -> None:
    for moment in range(1, 6):
        table = Table(40, 64)

        def grow(number: int, moment: int = moment, table: Table = table) -> None:
            if number == moment:
                table.count, table.n_indexes = 100, 128

        table.before_request = grow
        assert read(table) == table.expected()
        assert len(table.requests) <= moment + 14
        assert table.count == 100


def test_clients_that_come_without_a_larger_table_do_not_disturb() -> None:
    table = Table(40, 64)

    def add(number: int) -> None:
        table.count = 40 + number

    at_first = table.expected()
    table.before_request = add
    found = read(table)

    assert set(at_first) <= set(found) <= set(table.expected())
    assert len(found) == len(set(found))


def test_a_table_that_shrinks_is_another_chronyds() -> None:
    table = Table(40, 64)

    def restart(number: int) -> None:
        if number == 3:
            table.count, table.n_indexes = 5, 16

    table.before_request = restart

    assert read(table) == table.expected()
    assert table.count == 5


def test_a_table_that_grows_each_time_is_given_up_after_a_few() -> None:
    table = Table(20, 32)

    def grow(number: int) -> None:
        table.n_indexes = 32 << number % 10

    table.before_request = grow
    error = error_of(table)

    assert "the list changed while it was read, each of 5 times" in str(error)
    assert 5 <= len(table.requests) <= 15


def test_lost_answers_cost_no_client() -> None:
    table = Table(200, 256)

    def lossy(request: bytes) -> Iterator[bytes]:
        answers = list(table(request))
        if len(table.requests) % 4:
            yield from answers

    assert read(lossy, timeout=60.0) == table.expected()


def test_an_answer_to_an_earlier_request_is_not_taken() -> None:
    table = Table(40, 64)
    older: list[bytes] = []

    def late(request: bytes) -> Iterator[bytes]:
        yield from older[-3:]
        older.extend(table(request))
        yield older[-1]

    assert read(late) == table.expected()


# What cannot be.


@pytest.mark.parametrize("advance", [0, -1, -8])
def test_a_server_that_does_not_go_on_is_not_asked_for_ever(advance: int) -> None:
    requests: list[bytes] = []

    def stuck(request: bytes) -> list[bytes]:
        requests.append(request)
        first = first_index(request)
        return [reply_to(request, 64, 16 if first == 0 else first + advance, [ipv4(1)])]

    error_of(stuck)

    assert len(requests) == 2


def test_a_server_whose_first_answer_does_not_go_on_is_asked_once() -> None:
    requests: list[bytes] = []

    def stuck(request: bytes) -> list[bytes]:
        requests.append(request)
        return [reply_to(request, 64, 0, [ipv4(1)])]

    error_of(stuck)

    assert len(requests) == 1


@pytest.mark.parametrize("claim", [9, 255, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_more_clients_than_there_are_places_are_not_believed(claim: int) -> None:
    def boast(request: bytes) -> list[bytes]:
        right = reply_to(request, 16, 16, [ipv4(number) for number in range(8)])
        return [patched(right, HEADER + 8, struct.pack(">I", claim))]

    error_of(boast)


@pytest.mark.parametrize("length", [HEADER, HEADER + 11, HEADER + 12, HEADER + 72, SIZE - 1])
def test_an_answer_cut_short_is_not_believed(length: int) -> None:
    error_of(lambda request: [reply_to(request, 16, 16, [ipv4(1)])[:length]])


def test_what_is_too_short_for_an_answer_is_none() -> None:
    def short(request: bytes) -> list[bytes]:
        right = reply_to(request, 16, 16, [ipv4(1)])
        return [*(right[:length] for length in range(1, HEADER)), right]

    assert read(short) == ["10.0.0.1"]


def test_what_follows_an_answer_changes_nothing() -> None:
    assert read(lambda request: [reply_to(request, 16, 16, [ipv4(1)]).ljust(9000, b"\xff")]) == [
        "10.0.0.1"
    ]


def test_a_reply_of_another_kind_is_newer_chronyds() -> None:
    other = struct.pack(">H", 22)

    error = error_of(lambda request: [patched(reply_to(request, 16, 16, [ipv4(1)]), 6, other)])

    assert "new" in str(error)


@pytest.mark.parametrize(
    "fields",
    [
        {0: b"\5"},  # version
        {1: b"\1"},  # a request
        {2: b"\1"},
        {3: b"\1"},
        {4: b"\0\x45"},  # of another report
        {16: b"\0\0\0\0"},  # the sequence number
    ],
)
def test_another_datagram_is_no_answer(fields: dict[int, bytes]) -> None:
    def strange(request: bytes) -> Iterator[bytes]:
        answer = reply_to(request, 16, 16, [ipv4(2)])
        for at, new in fields.items():
            answer = patched(answer, at, new)
        yield answer
        yield reply_to(request, 16, 16, [ipv4(1)])

    assert read(strange) == ["10.0.0.1"]


def test_clients_of_no_address_are_left_out_as_in_chronyc() -> None:
    """chronyc 4.3 was answered so by hand: it showed the first, the ID and the last."""
    places = [ipv4(1), place(b"", NO_ADDRESS), place(b"\1" * 16, 4), place(b"\1" * 16, 0xFFFF)]
    places += [place(b"\0\0\0\5", ID), ipv4(2)]

    found = read(lambda request: [reply_to(request, 16, 16, places)])

    assert found == ["10.0.0.1", "10.0.0.2", "ID#0000000005"]


def test_a_client_that_is_told_twice_is_there_twice_as_in_chronyc() -> None:
    assert read(lambda request: [reply_to(request, 16, 16, [ipv4(1)] * 2)]) == ["10.0.0.1"] * 2


def test_a_table_without_indexes_is_empty() -> None:
    assert read(lambda request: [reply_to(request, 0, 0, [])]) == []


@pytest.mark.slow
def test_no_more_clients_are_read_than_records_of_any_list() -> None:
    table = Table(MOST, 2 * MOST)
    assert len(read(table, timeout=60.0)) == MOST

    table.count += 1
    with ReplyServer(table) as server, pytest.raises(ChronyDataError, match=str(MOST)):
        get_clients(server.address, timeout=60.0)


@pytest.mark.slow
def test_a_table_of_nothing_without_an_end_is_given_up() -> None:
    def endless(request: bytes) -> list[bytes]:
        return [reply_to(request, 0xFFFFFFFF, first_index(request) + 1, [])]

    error = error_of(endless, timeout=60.0)

    assert str(MOST) in str(error)


def test_the_deadline_is_that_of_the_whole_table() -> None:
    def slow(request: bytes) -> Iterator[bytes]:
        time.sleep(0.02)
        yield reply_to(request, MOST, first_index(request) + 8, [ipv4(1)])

    start = time.monotonic()
    with ReplyServer(slow) as server, pytest.raises(ChronyTimeoutError):
        get_clients(server.address, timeout=0.3)

    assert 0.3 <= time.monotonic() - start < 0.7


@pytest.mark.parametrize("status", [*range(1, 30), 255, 256, 0x8000, 0xFFFF])
def test_each_refusal_is_an_error_and_the_connection_goes_on(status: int) -> None:
    table = Table(20, 32)
    with (
        ReplyServer(lambda request: [refusal(request, status)]) as server,
        ChronyConnection(server.address) as connection,
    ):
        with pytest.raises((ChronyDataError, ChronyPermissionError), match=": clients: "):
            connection.get_clients()
        server.reply = table
        assert len(connection.get_clients()) == 20


# The simulated chronyd.

SOME = [
    make_client(),
    make_client(address="2001:db8::7", last_ntp_ago=None, ntp_limited_interval=-4),
    *(make_client(address=f"192.0.3.{host}", ntp_received=host) for host in range(40)),
    make_client(address="192.0.2.2", ntp_interval=-128, commands_interval=126, last_command_ago=0),
]


@pytest.mark.parametrize("version", [v for v in VERSIONS if v >= "4.0"])
def test_what_the_simulated_chronyd_is_given_is_read(version: str) -> None:
    with (
        temporary_directory() as folder,
        SimulatedChronyd(version=version, address=str(folder / "s")) as server,
        ChronyConnection(server.address) as connection,
    ):
        assert connection.get_clients() == list(server.clients) == [make_client()]
        for count in (0, 1, 8, 16, 17, len(SOME)):
            server.clients = SOME[:count]
            assert connection.get_clients() == SOME[:count]


def test_the_simulated_table_may_grow_while_it_is_read() -> None:
    """As chronyd's does: its table has as many indexes as the next power of two, 16 at least."""
    server = SimulatedChronyd()

    def answer_and_grow(request: bytes) -> Iterator[bytes]:
        parsed = parse_request(request)
        assert parsed is not None
        yield server._answer(parsed, over_udp=False)
        sizes.append(len(server.clients))
        server.clients = SOME

    for before in (12, 20, 30):
        sizes: list[int] = []
        server.clients = SOME[:before]
        assert read(answer_and_grow) == sorted(client.address for client in SOME)
        assert sizes == [before, *[len(SOME)] * 7]


# chronyds that have no clients to tell.


def test_without_a_list_of_clients_the_error_says_so() -> None:
    with (
        temporary_directory() as folder,
        SimulatedChronyd(address=str(folder / "s"), faults=Faults(status=15)) as server,
        pytest.raises(ChronyDataError, match=r"keeps no list of its clients \(`noclientlog`"),
    ):
        get_clients(server.address)


def test_a_chronyd_before_4_0_is_too_old() -> None:
    with (
        SimulatedChronyd(version="3.5") as server,
        pytest.raises(ChronyDataError, match=r"too old .* which it has since 4\.0"),
    ):
        get_clients(server.address)


def test_over_the_command_port_it_is_refused() -> None:
    with SimulatedChronyd() as server, pytest.raises(ChronyPermissionError, match="clients"):
        get_clients(server.address)


def test_over_the_command_port_it_is_given_where_chronyd_names_it() -> None:
    clients = [make_client(), replace(make_client(), address="2001:db8::7")]
    with SimulatedChronyd(clients=clients, open_commands=["clients"]) as server:
        assert get_clients(server.address) == clients


def test_a_connection_survives_a_chronyd_that_was_restarted() -> None:
    clients = [make_client(address=f"192.0.2.{host}") for host in range(40)]
    with (
        temporary_directory() as folder,
        SimulatedChronyd(address=str(folder / "s"), clients=clients) as server,
        ChronyConnection(server.address) as connection,
    ):
        assert connection.get_clients() == clients
        server.restart()
        assert connection.get_clients() == clients
