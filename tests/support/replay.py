"""Recorded exchanges played again, and what Python makes of them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pychrony import (
    Activity,
    AuthData,
    ChronyConnection,
    ChronyError,
    NTPData,
    RTCData,
    SelectData,
    ServerStats,
    Smoothing,
    Source,
    SourceStats,
    TrackingStatus,
)
from tests.support.reply_servers import ReplyServer
from tests.support.vectors import NO_ANSWER, Exchange, Field, Session, SourceName

RECORDS: dict[str, type[Any]] = {
    "tracking": TrackingStatus,
    "sources": Source,
    "sourcestats": SourceStats,
    "selectdata": SelectData,
    "activity": Activity,
    "authdata": AuthData,
    "ntpdata": NTPData,
    "serverstats": ServerStats,
    "rtcdata": RTCData,
    "smoothing": Smoothing,
}
READERS: dict[str, Callable[[ChronyConnection], Any]] = {
    "tracking": ChronyConnection.get_tracking,
    "sources": ChronyConnection.get_sources,
    "sourcestats": ChronyConnection.get_source_stats,
    "selectdata": ChronyConnection.get_select_data,
    "activity": ChronyConnection.get_activity,
    "authdata": ChronyConnection.get_auth_data,
    "ntpdata": ChronyConnection.get_ntp_data,
    "serverstats": ChronyConnection.get_server_stats,
    "rtcdata": ChronyConnection.get_rtc_data,
    "smoothing": ChronyConnection.get_smoothing,
}

COUNT, SOURCESTATS = 14, 34
COMMANDS_BY_INDEX = (15, SOURCESTATS, 69)

Outcome = list[Any] | dict[str, Any] | ChronyError


def command_of(request: bytes) -> int:
    return int.from_bytes(request[4:6], "big")


class Player:
    """Replies to a request what was replied to it when it was recorded; a ReplyServer's function.

    Requests are told apart by their command and the index or address that they ask for.
    """

    def __init__(self) -> None:
        self._replies: dict[bytes, tuple[bytes, list[bytes]]] = {}
        self._sequences: dict[bytes, bytes] = {}

    def learn(self, exchange: Exchange, *, at_index: int | None = None) -> None:
        """Know an exchange; with `at_index` as if that index had been asked for."""
        replies: list[bytes] = []
        for datagram in exchange.datagrams:
            if datagram.direction == "res":
                replies.append(datagram.data)
                continue
            replies = []
            key = self._key(datagram.data, at_index)
            self._replies[key] = datagram.sequence, replies

    def learn_name(self, name: SourceName) -> None:
        replies = [] if name.reply is None else [name.reply]
        self._replies[self._key(name.request)] = name.request[8:12], replies

    def learn_count(self, count: int) -> None:
        """Know how many sources there are."""
        request = struct.pack(">BBHHHI", 6, 1, 0, COUNT, 0, 0)
        reply = struct.pack(">BBHHHHHHHIIII", 6, 2, 0, COUNT, 2, *(0,) * 7, count)
        self._replies[self._key(request)] = bytes(4), [reply]

    def __call__(self, request: bytes) -> Iterator[bytes]:
        recorded, replies = self._replies.get(self._key(request), (bytes(4), []))
        self._sequences[recorded] = request[8:12]
        for reply in replies:
            own = self._sequences.get(reply[16:20])
            yield reply if own is None else reply[:16] + own + reply[20:]

    @staticmethod
    def _key(request: bytes, index: int | None = None) -> bytes:
        payload = request[20:40].ljust(20, b"\0")
        if index is not None and command_of(request) in COMMANDS_BY_INDEX:
            payload = struct.pack(">I16x", index)
        return request[4:6] + payload


@dataclass(frozen=True)
class Read:
    """What was recorded, and what Python made of the same datagrams."""

    session: Session
    exchange: Exchange
    outcome: Outcome
    address: str = ""  # that was asked

    @property
    def place(self) -> str:
        exchange = self.exchange
        return f"{self.session.file}, {self.session.label}, {exchange.report} {exchange.record}"

    @property
    def recorded(self) -> dict[str, Field]:
        return {field.name: field for field in self.exchange.fields}


def connect(server: ReplyServer, *, silent: bool = False) -> ChronyConnection:
    return ChronyConnection(server.address, timeout=0.02 if silent else 60.0)


def attempt(read: Callable[[], Any]) -> Outcome:
    """Return a list of records, a record's values by name, or the error."""
    try:
        result = read()
    except ChronyError as error:
        return error
    if isinstance(result, (list, dict)):
        return result
    return [] if result is None else [result]


def can_be_asked_for(exchange: Exchange) -> bool:
    """Tell whether Python sends a request; what it refuses beforehand has a test of its own."""
    return exchange.op == "record" and exchange.report in RECORDS and exchange.record != -1


def read_as_only_ones(server: ReplyServer, session: Session) -> Iterator[Read]:
    with connect(server) as connection, connect(server, silent=True) as hasty:
        for number, exchange in enumerate(session.exchanges):
            if not can_be_asked_for(exchange) or exchange.request_error:
                continue
            server.reply = as_only_source(session, number)
            link = hasty if exchange.error == NO_ANSWER else connection
            reader = READERS[exchange.report]
            outcome = attempt(lambda c=link, r=reader: r(c))
            yield Read(session, exchange, outcome, server.address)


def as_only_source(session: Session, number: int) -> Player:
    """Return who knows that exchange alone, and the one before that told the source's address."""
    exchange = session.exchanges[number]
    player = Player()
    player.learn_count(1)
    for earlier in session.exchanges[:number]:
        if (earlier.report, earlier.record) == ("sourcestats", exchange.record):
            player.learn(earlier, at_index=0)
    player.learn(exchange, at_index=0)
    return player
