"""Addresses and ports on loopback, for tests that run beside those of other processes."""

from __future__ import annotations

import secrets
import socket
from functools import cache

PORTS = range(10_000, 32_000)  # below those that the kernel gives to clients
BLOCK = 500  # ports, more than a run of all tests needs


@cache
def loopback_addresses() -> tuple[str, ...]:
    """Return 127.0.0.1, and ::1 where this system has it (many containers do not)."""
    return tuple(address for address in ("127.0.0.1", "::1") if _can_bind(address, 0))


def free_port() -> int:
    """Return a port that is free on loopback, for UDP and for TCP.

    Nobody gets it while a chronyd restarts: neither a client from the kernel, nor another process
    that runs tests. And none is given twice: a port where nobody shall listen stays one.
    """
    while True:
        port = _own_ports.pop() if _own_ports else secrets.choice(PORTS)
        if all(_can_bind(address, port) for address in loopback_addresses()):
            return port


def _take_block() -> list[int]:
    """Return ports that this process alone has. None are left where very many processes run.

    They are others each time: what a run that was killed has left may ask for the time for long.
    """
    for first in _shuffled(PORTS[::BLOCK]):
        if _take(f"the ports from {first} on, for tests of pychrony"):
            return _shuffled(range(first, first + BLOCK))
    return []


def _shuffled(numbers: range) -> list[int]:
    return secrets.SystemRandom().sample(numbers, len(numbers))


def _take(name: str) -> bool:
    """Take what no other process can have at the same time, until this one ends.

    It is the name of an abstract Unix socket, which is left open, and which the kernel takes away.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mark:
        try:
            mark.bind(f"\0{name}")
        except OSError:
            return False
        mark.detach()
        return True


_own_ports = _take_block()  # now, as tests count the files that are open


def _can_bind(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(family, kind) as probe:
                probe.bind((address, port))
    except OSError:
        return False
    return True
