"""The clients of chronyd's server: the whole table, also while it changes.

What is right comes from a recorded chronyd and its chronyc.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import partial

import pytest

from pychrony import Client, get_clients
from tests.support.chronyc import client_row, client_row_with_nts_ke, csv
from tests.support.client_tables import (
    ClientTable,
    error_of,
    first_index,
    place,
    read_clients,
    reply_to,
)
from tests.support.clients import CLIENTS, SIZE, recorded
from tests.support.counting import undisturbed
from tests.support.many_sources import command_of
from tests.support.reply_servers import ReplyServer, with_sequence_of

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
    table = ClientTable(count, 1024)

    assert read_clients(table) == table.expected()


def test_no_request_ever_resets_the_counters() -> None:
    """The last four bytes that mean something do that. 1 there sets chronyd's counters to zero."""
    table = ClientTable(600, 1024)
    read_clients(table)

    assert len(table.requests) >= 600 / 8
    for request in table.requests:
        assert command_of(request) == CLIENTS
        assert len(request) == SIZE
        assert request[24:36] == struct.pack(">III", 8, 0, 0)  # most clients, fewest hits, reset
        assert not any(request[36:])


# A table that changes.


def test_a_table_that_grows_is_read_from_the_beginning() -> None:
    def read(moment: int) -> ClientTable:
        table = ClientTable(40, 64)

        def grow(number: int) -> None:
            if number == moment:
                table.count, table.n_indexes = 100, 128

        table.before_request = grow
        assert read_clients(table) == table.expected()
        return table

    for moment in range(1, 6):
        table = undisturbed(partial(read, moment))
        assert len(table.requests) <= moment + 14
        assert table.count == 100


def test_clients_that_come_without_a_larger_table_do_not_disturb() -> None:
    table = ClientTable(40, 64)

    def add(number: int) -> None:
        table.count = 40 + number

    at_first = table.expected()
    table.before_request = add
    found = read_clients(table)

    assert set(at_first) <= set(found) <= set(table.expected())
    assert len(found) == len(set(found))


def test_a_table_that_shrinks_is_another_chronyds() -> None:
    table = ClientTable(40, 64)

    def restart(number: int) -> None:
        if number == 3:
            table.count, table.n_indexes = 5, 16

    table.before_request = restart

    assert read_clients(table) == table.expected()
    assert table.count == 5


def test_a_table_that_grows_each_time_is_given_up_after_a_few() -> None:
    def read() -> int:
        table = ClientTable(20, 32)

        def grow(number: int) -> None:
            table.n_indexes = 32 << number % 10

        table.before_request = grow
        error = error_of(table)
        assert "the list changed while it was read, each of 5 times" in str(error)
        return len(table.requests)

    assert 5 <= undisturbed(read) <= 15


def test_lost_answers_cost_no_client() -> None:
    table = ClientTable(200, 256)

    def lossy(request: bytes) -> Iterator[bytes]:
        answers = list(table(request))
        if len(table.requests) % 4:
            yield from answers

    assert read_clients(lossy, timeout=60.0) == table.expected()


def test_an_answer_to_an_earlier_request_is_not_taken() -> None:
    table = ClientTable(40, 64)
    older: list[bytes] = []

    def late(request: bytes) -> Iterator[bytes]:
        yield from older[-3:]
        older.extend(table(request))
        yield older[-1]

    assert read_clients(late) == table.expected()
