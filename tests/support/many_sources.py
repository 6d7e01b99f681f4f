"""A chronyd with as many sources as a test wants, made of recorded answers; and servers for it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from pychrony import AuthData, ChronyConnection, NTPData, SelectData, Source, SourceStats
from tests.support.reply_servers import ReplyServer, with_sequence_of
from tests.support.vectors import Session, load

COUNT, SOURCES, TRACKING, SOURCESTATS, RTCDATA, ACTIVITY = 14, 15, 33, 34, 35, 44
SMOOTHING, SERVERSTATS, NTPDATA, SOURCE_NAME, AUTHDATA, SELECTDATA = 51, 54, 57, 65, 67, 69

HEADER = 28  # of a reply
NO_SUCH_SOURCE = 4

# Where a record has its source's address, and the number that tells the source's index here: the
# place in the reply, struct's format, and the attribute. authdata has no address.
ADDRESS_AT = {SOURCES: 28, SOURCESTATS: 32, SELECTDATA: 32, NTPDATA: 28}
NUMBER_AT: dict[int, tuple[int, str, str]] = {
    SOURCES: (50, ">H", "stratum"),
    SOURCESTATS: (52, ">I", "samples"),
    SELECTDATA: (60, ">I", "last_sample_ago"),
    AUTHDATA: (32, ">I", "key_id"),
    NTPDATA: (124, ">I", "tx_messages"),
}
LISTS: dict[str, tuple[int, type[Any], Callable[..., list[Any]]]] = {
    "sources": (SOURCES, Source, ChronyConnection.get_sources),
    "sourcestats": (SOURCESTATS, SourceStats, ChronyConnection.get_source_stats),
    "selectdata": (SELECTDATA, SelectData, ChronyConnection.get_select_data),
    "authdata": (AUTHDATA, AuthData, ChronyConnection.get_auth_data),
    "ntpdata": (NTPDATA, NTPData, ChronyConnection.get_ntp_data),
}


def command_of(request: bytes) -> int:
    """Return the command, which a reply has in the same place."""
    return int.from_bytes(request[4:6], "big")


def patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def refusal(request: bytes, status: int) -> bytes:
    header = 6, 2, 0, command_of(request), 1, status, request[8:12]
    return struct.pack(">BBHHHH6x4s8x", *header)


@cache
def templates() -> dict[int, bytes]:
    """Return a good answer to each command: chronyd 4.8's, about an NTP source that responds."""
    [client] = [s for s in load() if (s.file, s.label) == ("4.8", "unix client")]
    names = [name.reply for name in client.source_names if name.reply]
    answers = {SOURCE_NAME: next(reply for reply in names if b"nosuch.invalid" in reply)}
    for session in [*load(), client]:
        answers |= _good_answers(session)
    return answers


def _good_answers(session: Session) -> dict[int, bytes]:
    """Return those about a session's first NTP source, and about none."""
    good = [e for e in session.exchanges if e.datagrams and not e.error]
    if not session.transport:  # rtcdata was never recorded of a chronyd
        good = [e for e in good if e.report == "rtcdata" and session.label == "rtcdata rand 7"]
    about_any = [e for e in good if e.op == "count" or e.report not in LISTS or e.record == 2]
    return {command_of(e.datagrams[-1].data): e.datagrams[-1].data for e in about_any}


def address_bytes(index: int) -> bytes:
    """Return the address of a source, as chronyd writes it: 10.0.0.0 and up."""
    return struct.pack(">I12xHH", 10 << 24 | index, 1, 0)


def address_text(index: int) -> str:
    return socket.inet_ntoa(address_bytes(index)[:4])


class ManySources:
    """Answers as chronyd does; a ReplyServer's function. The count may be changed at any time."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.requests: list[int] = []
        """The commands of the requests so far."""
        templates()  # now: later the first answer would take longer, and memory

    def __call__(self, request: bytes) -> list[bytes]:
        self.requests.append(command_of(request))
        return [self.answer(request)]

    def answer(self, request: bytes) -> bytes:
        command = command_of(request)
        reply = with_sequence_of(request, templates()[command])
        if command == COUNT:
            return reply[:HEADER] + struct.pack(">I", self.count)
        index = self._index(request)
        if index is None:
            return reply
        if index >= self.count:
            return refusal(request, NO_SUCH_SOURCE)
        if command in ADDRESS_AT:
            reply = patched(reply, ADDRESS_AT[command], address_bytes(index))
        if command == SOURCE_NAME:
            return reply[:HEADER] + f"source-{index}.example".encode().ljust(256, b"\0")
        at, format_, _ = NUMBER_AT[command]
        return patched(reply, at, struct.pack(format_, index))

    def _index(self, request: bytes) -> int | None:
        """Return which source a request is about, None where it is about none."""
        command = command_of(request)
        number = int.from_bytes(request[20:24], "big")
        if command in (SOURCES, SOURCESTATS, SELECTDATA):
            return number
        if command not in (SOURCE_NAME, AUTHDATA, NTPDATA):
            return None
        known = request[20:40] == address_bytes(number & 0xFFFFFF)
        return number & 0xFFFFFF if known else self.count


def read_list(report: str, connection: ChronyConnection, **options: Any) -> list[Any]:
    return LISTS[report][2](connection, **options)


@cache
def right_list(report: str, count: int) -> list[Any]:
    """Return what is to be read of so many sources.

    All but address and number is as in the template: what the vectors' tests say is right.
    """
    command, _, read = LISTS[report]
    attribute = NUMBER_AT[command][2]
    with ReplyServer(ManySources(2)) as server, ChronyConnection(server.address) as connection:
        first = read(connection)[0]
    about = ({"address": address_text(index), attribute: index} for index in range(count))
    return [replace(first, **changes) for changes in about]
