"""Clients of a chronyd: recorded ones, and those that a test sends itself."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from functools import cache

from tests.support.vectors import FOLDER

CLIENTS = 68  # the command
SIZE = 520  # of a request and its reply
_NTP_REQUEST = bytes([0x23]) + bytes(47)  # version 4, mode 3: a client
_PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Recorded:
    """What a chronyd answered, and what chronyc printed of it."""

    replies: tuple[bytes, ...]
    rows: tuple[str, ...]
    rows_with_nts_ke: tuple[str, ...]


@cache
def recorded() -> Recorded:
    raw = json.loads((FOLDER / "clients-debian-4.3.json").read_text())
    return Recorded(
        replies=tuple(bytes.fromhex(reply).ljust(SIZE, b"\0") for reply in raw["replies"]),
        rows=tuple(raw["chronyc -c clients"]),
        rows_with_nts_ke=tuple(raw["chronyc -c clients -k"]),
    )


def ask_for_the_time(address: str, port: int, times: int = 1) -> None:
    """Ask a chronyd on this computer, from one of loopback's addresses; wait for each answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.bind((address, 0))
        client.settimeout(_PATIENCE)
        for _ in range(times):
            client.sendto(_NTP_REQUEST, ("127.0.0.1", port))
            client.recv(len(_NTP_REQUEST))
