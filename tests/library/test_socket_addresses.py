"""The addresses that the bundled library's chrony_open_socket takes, and those it refuses."""

from __future__ import annotations

import errno
import socket

import pytest

from tests.support.socket_client import Client

pytestmark = pytest.mark.sources

GOOD = [
    ("127.0.0.1", "127.0.0.1", 323),
    ("127.0.0.1:1", "127.0.0.1", 1),
    ("127.0.0.1:11123", "127.0.0.1", 11123),
    ("127.0.0.2:65535", "127.0.0.2", 65535),
    ("::1", "::1", 323),
    ("[::1]", "::1", 323),
    ("[::1]:11123", "::1", 11123),
    ("0:0:0:0:0:0:0:1", "::1", 323),
    ("::1:2:323", "::1:2:323", 323),  # no port: its last group is 0x323
    ("::ffff:127.0.0.1", "::ffff:127.0.0.1", 323),
    ("[::ffff:127.0.0.1]:1", "::ffff:127.0.0.1", 1),
]

BAD_PORTS = [
    *("127.0.0.1:", "127.0.0.1:0", "127.0.0.1:00", "127.0.0.1:65536", "127.0.0.1:99999"),
    *("127.0.0.1:4294967619", "127.0.0.1:18446744073709551939", "127.0.0.1:-1", "127.0.0.1:+323"),
    *("127.0.0.1:abc", "127.0.0.1:323abc", "127.0.0.1:0x143", "127.0.0.1: 323", "127.0.0.1:323 "),
    *("127.0.0.1:323:323", "127.0.0.1:3.3", "[::1]:", "[::1]:0", "[::1]:65536", "[::1]:x"),
]
BAD_HOSTS = [
    *("host", "localhost", "localhost:323", "time.example.net", "host:abc", " ", "a"),
    *("1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4x", "0x7f.0.0.1", "127.1", "2130706433"),
    *(" 127.0.0.1", "127.0.0.1 ", "127.0.0.1/8", "127.0.0.1\t", ":323", ":", "::1:", ":::"),
    *("1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::1", "::g", "::1%lo", "::1 ", "fe80::1%1"),
    *("[127.0.0.1]", "[127.0.0.1]:1", "[", "[]", "[]:323", "[::1", "::1]", "[[::1]]", "[::1]]"),
    *("[::1]323", "[::1] :323", "[::1]/", "run/chronyd.sock", "./chronyd.sock", "@chronyd"),
    *("1" * 16, "1" * 46, "1" * 3000, "[" + "1" * 3000 + "]:323", "127.0.0.1:" + "3" * 3000),
]


def _peer_by_python(host: str, port: int) -> str:
    """Return what tests/c/socket.c prints, from Python's own socket. Not every host has IPv6."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as connected:
            connected.connect((host, port))
            name = connected.getpeername()
    except OSError as error:
        return f"failed {error.errno}"
    return f"opened {name[0]} {name[1]}"


@pytest.mark.parametrize(("address", "host", "port"), GOOD, ids=[address for address, *_ in GOOD])
def test_an_address_connects_to_the_peer_it_names(
    client: Client, address: str, host: str, port: int
) -> None:
    assert client.tell(f"open {address}") == _peer_by_python(host, port)


@pytest.mark.parametrize("address", [*BAD_PORTS, *BAD_HOSTS], ids=lambda address: address[:40])
def test_what_is_no_address_is_an_invalid_argument_and_leaves_no_descriptor(
    client: Client, address: str
) -> None:
    before = client.tell("descriptors")

    assert client.tell(f"open {address}") == f"failed {errno.EINVAL}"
    assert client.tell("descriptors") == before


@pytest.mark.parametrize("command", ["open", "open "], ids=["NULL", "empty"])
def test_no_address_is_that_of_one_of_the_usual_places(client: Client, command: str) -> None:
    sockets = ["/run/chrony/chronyd.sock", "/var/run/chrony/chronyd.sock"]  # where a chronyd runs
    usual = [*sockets, "127.0.0.1 323", "::1 323"]

    assert client.tell(command) in [f"opened {place}" for place in usual]
    assert client.tell("close") == "closed"


def test_closing_no_descriptor_does_no_harm(client: Client) -> None:
    before = client.tell("descriptors")

    assert client.tell("close") == "closed"  # -1, nothing having been opened
    client.tell("open 127.0.0.1")
    client.tell("close")
    assert client.tell("close") == "closed"
    assert client.tell("descriptors") == before
