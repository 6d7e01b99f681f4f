"""A bare client of chronyd's protocol: sockets, and requests put together by hand."""

from __future__ import annotations

import socket
import struct
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PATIENCE = 30.0  # seconds


@dataclass
class BareClient:
    """A bare datagram socket; what it has received can be looked at without waiting."""

    sock: socket.socket
    server: str | tuple[str, int]

    def send(self, request: bytes) -> None:
        self.sock.sendto(request, self.server)

    def receive(self) -> bytes:
        return self.sock.recv(2048)

    def ask(self, request: bytes) -> bytes:
        self.send(request)
        return self.receive()

    def received(self) -> list[bytes]:
        """Return all that has arrived; after `SimulatedChronyd.stop`, all that ever will."""
        self.sock.setblocking(False)
        datagrams = []
        while True:
            try:
                datagrams.append(self.receive())
            except BlockingIOError:
                return datagrams


@contextmanager
def udp_client(address: str) -> Generator[BareClient, None, None]:
    """Yield a client of an IPv4 address."""
    host, port = address.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((host, int(port)))  # a stranger's datagram is not taken for an answer
        sock.settimeout(_PATIENCE)
        yield BareClient(sock, (host, int(port)))


@contextmanager
def unix_client(path: str, own_path: str | None) -> Generator[BareClient, None, None]:
    """Yield a client of a Unix socket, itself bound to a path, or to nothing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        if own_path is not None:
            sock.bind(own_path)
        sock.settimeout(_PATIENCE)
        yield BareClient(sock, path)
    if own_path:
        Path(own_path).unlink(missing_ok=True)


@contextmanager
def client_of(address: str) -> Generator[BareClient, None, None]:
    """Yield a client of an address that chronyd would answer."""
    is_path = address.startswith("/")
    with unix_client(address, f"{address}.client") if is_path else udp_client(address) as client:
        yield client


def make_request(
    command: int, length: int, *, payload: bytes = b"", version: int = 6, sequence: int = 7
) -> bytes:
    """Return a request of so many bytes, by section 2 of chronyd-protocol.md."""
    header = struct.pack(">BBHHHI8x", version, 1, 0, command, 0, sequence)
    return (header + payload).ljust(length, b"\0")[:length]


def make_refusal(command: int, status: int, *, sequence: int = 7) -> bytes:
    """Return an answer with no payload, by section 3 of chronyd-protocol.md."""
    return struct.pack(">BBHHHHHIIII", 6, 2, 0, command, 1, status, 0, 0, sequence, 0, 0)


def sequence_of(reply: bytes) -> int:
    return int.from_bytes(reply[16:20], "big")
