"""Tables of clients, as large and as wrong as a test wants them."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence

import pytest

from pychrony import ChronyDataError, get_clients
from tests.support.clients import CLIENTS, SIZE
from tests.support.reply_servers import Reply, ReplyServer, with_sequence_of

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


def error_of(reply: Reply, timeout: float = 60.0) -> Exception:
    with ReplyServer(reply) as server, pytest.raises(ChronyDataError) as caught:
        get_clients(server.address, timeout=timeout)
    assert re.match(r"127\.0\.0\.1:\d+: clients: .{10}", str(caught.value))
    return caught.value


class ClientTable:
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


def read_clients(table: Reply, timeout: float = 60.0) -> list[str]:
    with ReplyServer(table) as server:
        return sorted(client.address for client in get_clients(server.address, timeout=timeout))
