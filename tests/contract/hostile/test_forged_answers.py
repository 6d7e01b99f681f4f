"""Answers to other requests, from other senders, and about sources that have gone."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pychrony import ChronyConnection, ChronyDataError
from tests.support.chronyd import temporary_directory
from tests.support.hostile import COMMANDS, attempt, read_typed, spoiling
from tests.support.many_sources import (
    HEADER,
    LISTS,
    NO_SUCH_SOURCE,
    NTPDATA,
    SOURCESTATS,
    ManySources,
    command_of,
    patched,
    read_list,
    refusal,
    right_list,
)
from tests.support.reply_servers import ReplyServer, UnixReplyServer

# Answers to other requests, and from other senders.


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
    """Return the local ports of the UDP sockets that are connected to an address.

    The system's list may lack one while sockets of other programs come and go: it is read again.
    """
    port = f":{int(address.rpartition(':')[2]):04X}"
    found: list[int] = []
    while not found:
        rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
        found += [int(row[1].partition(":")[2], 16) for row in rows if row[2].endswith(port)]
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


# What was true before.


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
