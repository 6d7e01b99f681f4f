"""What an address may look like. What it may not: tests/contract/test_errors.py."""

from __future__ import annotations

import pytest

from pychrony._addresses import DEFAULT_ADDRESSES, candidates, parse


@pytest.mark.parametrize(
    ("address", "used"),
    [
        ("/run/chrony/chronyd.sock", "/run/chrony/chronyd.sock"),
        ("127.0.0.1", "127.0.0.1:323"),
        ("127.0.0.1:1", "127.0.0.1:1"),
        ("127.0.0.1:65535", "127.0.0.1:65535"),
        ("::1", "[::1]:323"),
        ("[::1]", "[::1]:323"),
        ("[2001:db8::1]:324", "[2001:db8::1]:324"),
        ("2001:db8::1:323", "[2001:db8::1:323]:323"),
    ],
)
def test_addresses_are_given_to_libchrony_with_their_port(address: str, used: str) -> None:
    assert candidates(parse(address)) == [used]


def test_a_host_name_stands_for_its_addresses() -> None:
    found = candidates(parse("localhost:324"))

    assert "127.0.0.1:324" in found
    assert set(found) <= {"127.0.0.1:324", "[::1]:324"}


def test_no_address_stands_for_chronyds_usual_ones() -> None:
    assert candidates(parse(None)) == [
        "/run/chrony/chronyd.sock",
        "/var/run/chrony/chronyd.sock",
        "127.0.0.1:323",
        "[::1]:323",
    ]
    assert tuple(candidates(None)) == DEFAULT_ADDRESSES
