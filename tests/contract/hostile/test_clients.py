"""Tables of clients that cannot be: an error, or as much as there is, in time."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator

import pytest

from pychrony import (
    ChronyConnection,
    ChronyDataError,
    ChronyPermissionError,
    ChronyTimeoutError,
    get_clients,
)
from tests.support.client_tables import (
    ClientTable,
    error_of,
    first_index,
    ipv4,
    place,
    read_clients,
    reply_to,
)
from tests.support.clients import SIZE
from tests.support.counting import undisturbed
from tests.support.hostile import within
from tests.support.many_sources import HEADER, patched, refusal
from tests.support.reply_servers import ReplyServer

MOST = 65536
NO_ADDRESS, ID = 0, 3


@pytest.mark.parametrize("advance", [0, -1, -8])
def test_a_server_that_does_not_go_on_is_not_asked_forever(advance: int) -> None:
    requests: list[bytes] = []

    def stuck(request: bytes) -> list[bytes]:
        requests.append(request)
        first = first_index(request)
        return [reply_to(request, 64, 16 if first == 0 else first + advance, [ipv4(1)])]

    def ask() -> int:
        requests.clear()
        error_of(stuck)
        return len(requests)

    assert undisturbed(ask) == 2


def test_a_server_whose_first_answer_does_not_go_on_is_asked_once() -> None:
    requests: list[bytes] = []

    def stuck(request: bytes) -> list[bytes]:
        requests.append(request)
        return [reply_to(request, 64, 0, [ipv4(1)])]

    def ask() -> int:
        requests.clear()
        error_of(stuck)
        return len(requests)

    assert undisturbed(ask) == 1


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

    assert read_clients(short) == ["10.0.0.1"]


def test_what_follows_an_answer_changes_nothing() -> None:
    assert read_clients(
        lambda request: [reply_to(request, 16, 16, [ipv4(1)]).ljust(9000, b"\xff")]
    ) == ["10.0.0.1"]


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

    assert read_clients(strange) == ["10.0.0.1"]


def test_clients_of_no_address_are_left_out_as_in_chronyc() -> None:
    """chronyc 4.3 was answered so by hand: it showed the first, the ID and the last."""
    places = [ipv4(1), place(b"", NO_ADDRESS), place(b"\1" * 16, 4), place(b"\1" * 16, 0xFFFF)]
    places += [place(b"\0\0\0\5", ID), ipv4(2)]

    found = read_clients(lambda request: [reply_to(request, 16, 16, places)])

    assert found == ["10.0.0.1", "10.0.0.2", "ID#0000000005"]


def test_a_client_that_is_told_twice_is_there_twice_as_in_chronyc() -> None:
    assert (
        read_clients(lambda request: [reply_to(request, 16, 16, [ipv4(1)] * 2)]) == ["10.0.0.1"] * 2
    )


def test_a_table_without_indexes_is_empty() -> None:
    assert read_clients(lambda request: [reply_to(request, 0, 0, [])]) == []


@pytest.mark.slow
def test_no_more_clients_are_read_than_records_of_any_list() -> None:
    table = ClientTable(MOST, 2 * MOST)
    assert len(read_clients(table, timeout=120.0)) == MOST

    table.count += 1
    with ReplyServer(table) as server, pytest.raises(ChronyDataError, match=str(MOST)):
        get_clients(server.address, timeout=120.0)


@pytest.mark.slow
def test_a_table_of_nothing_without_an_end_is_given_up() -> None:
    def endless(request: bytes) -> list[bytes]:
        return [reply_to(request, 0xFFFFFFFF, first_index(request) + 1, [])]

    error = error_of(endless, timeout=120.0)

    assert str(MOST) in str(error)


def test_the_deadline_is_that_of_the_whole_table() -> None:
    def slow(request: bytes) -> Iterator[bytes]:
        time.sleep(0.02)
        yield reply_to(request, MOST, first_index(request) + 8, [ipv4(1)])

    start = time.monotonic()
    with within(0.3), ReplyServer(slow) as server, pytest.raises(ChronyTimeoutError):
        get_clients(server.address, timeout=0.3)

    assert time.monotonic() - start >= 0.3


@pytest.mark.parametrize("status", [*range(1, 30), 255, 256, 0x8000, 0xFFFF])
def test_each_refusal_is_an_error_and_the_connection_goes_on(status: int) -> None:
    table = ClientTable(20, 32)
    with (
        ReplyServer(lambda request: [refusal(request, status)]) as server,
        ChronyConnection(server.address) as connection,
    ):
        with pytest.raises((ChronyDataError, ChronyPermissionError), match=": clients: "):
            connection.get_clients()
        server.reply = table
        assert len(connection.get_clients()) == 20
