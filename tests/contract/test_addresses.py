"""Addresses where the system has a say: host names, and the longest path."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from pychrony import ChronyConnection, ChronyConnectionError, libchrony_info
from pychrony._client.addresses import candidates, parse


def test_a_host_name_stands_for_its_addresses() -> None:
    found = candidates(parse("localhost:324"))

    assert "127.0.0.1:324" in found
    assert set(found) <= {"127.0.0.1:324", "[::1]:324"}


def test_a_path_may_be_as_long_as_the_clients_own_socket_allows_and_no_longer() -> None:
    # What each library makes below the folder of the server's socket.
    own = {
        "bundled": "/libchrony.0123456789abcdef",
        "system": "/libchrony.0123456789ab/0123456789abcdef/sock",
    }
    added = len(own[libchrony_info().kind])
    with tempfile.TemporaryDirectory(prefix="chronyd-", dir="/tmp") as base:
        longest = Path(base) / ("x" * (107 - added - len(f"{base}/")))
        longest.mkdir()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
            server.bind(str(longest / "s"))
            with ChronyConnection(longest / "s"):
                assert len(list(longest.iterdir())) == 2

        with pytest.raises(ValueError, match=f"too long.*has {added} more"):
            parse(f"{longest}x/s")
    with pytest.raises(ChronyConnectionError):
        ChronyConnection(longest / "s").__enter__()
