"""Counts that cannot be, lists that change, and sources and versions that do."""

from __future__ import annotations

import struct
from dataclasses import fields
from typing import Any

import pytest

from pychrony import ChronyConnection, ChronyDataError, ChronyTimeoutError
from tests.support.counting import undisturbed
from tests.support.hostile import attempt, seeded_random, spoiling, within
from tests.support.many_sources import (
    COUNT,
    HEADER,
    LISTS,
    SOURCES,
    SOURCESTATS,
    ManySources,
    address_text,
    patched,
    read_list,
    right_list,
)
from tests.support.processes import private_memory
from tests.support.reply_servers import Reply, ReplyServer, with_sequence_of
from tests.support.vectors import load

LARGEST_LIST = 65536


@pytest.mark.parametrize("report", LISTS)
@pytest.mark.parametrize("claim", [0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 1_000_000, LARGEST_LIST + 1])
def test_a_count_that_cannot_be_is_refused_at_once_and_in_words(
    report: str, claim: int, daemon: ManySources, connection: ChronyConnection
) -> None:
    daemon.count = claim
    before = private_memory()

    with within(0):
        error = attempt(lambda: read_list(report, connection), connection)

    assert isinstance(error, ChronyDataError)
    assert private_memory() - before < 2**23  # the system gives it in pieces of up to two MiB
    assert str(LARGEST_LIST) in str(error)


def test_the_largest_list_takes_memory_as_it_arrives(
    daemon: ManySources, server: ReplyServer
) -> None:
    daemon.count = LARGEST_LIST
    before = private_memory()

    with ChronyConnection(server.address, timeout=0.5) as connection, within(0.5):
        error = attempt(connection.get_ntp_data, connection)

    assert isinstance(error, ChronyTimeoutError)
    assert private_memory() - before < 64 * 2**20


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

    def look() -> int:
        nonlocal looks
        looks = 0
        with within(0):
            error = attempt(lambda: read_list(report, connection), connection)
        assert isinstance(error, ChronyDataError)
        assert "chang" in str(error)
        return looks

    server.reply = spoiling(daemon, COUNT, other_count)

    assert 4 <= undisturbed(look) <= 20


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

        def read(moment: int = moment) -> list[Any]:
            daemon.count = 6
            daemon.requests.clear()
            server.reply = changing_after(daemon, moment, becomes)
            return read_list(report, connection)

        assert undisturbed(read) == right_list(report, daemon.count)
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


# Sources and versions.


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
    seeded_random(1).shuffle(good)
    for exchange in good:
        server.reply = lambda request, e=exchange: [with_sequence_of(request, e.datagrams[-1].data)]
        recorded = {field.name: field.value for field in exchange.fields}
        stats = connection.get_server_stats()
        for attribute in fields(stats):
            assert getattr(stats, attribute.name) == recorded.get(attribute.metadata["libchrony"])
