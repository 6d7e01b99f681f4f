"""Addresses where the system has a say: host names, lists, schemes, and the longest path."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from pychrony import (
    Answer,
    AsyncChronyConnection,
    ChronyConnection,
    ChronyConnectionError,
    ChronyTimeoutError,
    Fleet,
    TrackingStatus,
    check,
    get_sources,
    get_tracking,
    libchrony_info,
)
from pychrony._client.addresses import candidates, parse
from pychrony.testing import Faults, SimulatedChronyd, make_tracking

ResultT = TypeVar("ResultT")

REFUSING = "127.0.0.1:1"
UNKNOWN = "nosuch.invalid"
PATIENCE = 60.0  # seconds: a name server may be slow to say that a name is unknown
TIMES = 50  # more than a computer is too busy to answer within a quarter of a second


def test_a_host_name_stands_for_its_addresses() -> None:
    found = candidates(("localhost", 324))

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


def ask_blocking(address: str) -> tuple[int, str]:
    with ChronyConnection(address, timeout=PATIENCE) as connection:
        assert repr(connection) == f"<ChronyConnection to {connection.address} (open)>"
        return connection.get_tracking().stratum, connection.address


def ask_in_asyncio(address: str) -> tuple[int, str]:
    async def ask() -> tuple[int, str]:
        async with AsyncChronyConnection(address, timeout=PATIENCE) as connection:
            assert repr(connection) == f"<AsyncChronyConnection to {connection.address} (open)>"
            return (await connection.get_tracking()).stratum, connection.address

    return asyncio.run(ask())


def ask_fleet(address: str) -> list[Answer[TrackingStatus]]:
    return list(Fleet([address], timeout=PATIENCE).get_tracking())


def find_first(address: str, later: SimulatedChronyd, ask: Callable[[str], ResultT]) -> ResultT:
    """Return what was answered where the last address was not asked.

    It is where the one before did not answer within a quarter of a second. Then ask again.
    """
    for _ in range(TIMES):
        later.requests = 0
        result = ask(address)
        if later.requests == 0:
            return result
    raise TimeoutError("the last address was asked each time")


def test_the_first_of_a_list_that_answers_is_used_by_every_kind_of_caller() -> None:
    with (
        SimulatedChronyd(faults=Faults(silent=True)) as silent,
        SimulatedChronyd(make_tracking(stratum=7)) as server,
        SimulatedChronyd(make_tracking(stratum=8)) as later,
    ):
        address = ",".join(
            (UNKNOWN, "/nonexistent/s", REFUSING, silent.address, server.address, later.address)
        )
        first = partial(find_first, address, later)
        expected = 7, server.address
        assert first(ask_blocking) == expected
        assert first(ask_in_asyncio) == expected
        assert first(partial(get_tracking, timeout=PATIENCE)).stratum == 7
        assert first(partial(check, timeout=PATIENCE)).stratum == 7
        assert len(first(partial(get_sources, timeout=PATIENCE))) == len(server.sources)
        [answer] = first(ask_fleet)
        assert (answer.address, answer.get().stratum) == (address, 7)


def test_a_list_without_host_names_is_asked_by_a_fleet_too() -> None:
    with SimulatedChronyd(make_tracking(stratum=7)) as server:
        answers = Fleet([f"{REFUSING},{server.address}", server.address]).get_tracking()
        assert [answer.get().stratum for answer in answers] == [7, 7]


def test_one_address_of_two_spellings_is_asked_once() -> None:
    with (
        SimulatedChronyd(faults=Faults(silent=True)) as server,
        pytest.raises(ChronyTimeoutError) as raised,
    ):
        get_tracking(f"{server.address},udp://{server.address}", timeout=0.1)

    assert str(raised.value) == f"{server.address}: no answer in time"


def test_where_all_of_a_list_fail_each_says_why() -> None:
    for call in (
        partial(get_tracking, timeout=PATIENCE),
        ask_blocking,
        ask_in_asyncio,
        lambda address: ask_fleet(address)[0].get(),
    ):
        with pytest.raises(ChronyConnectionError) as raised:
            call(f"{UNKNOWN},{REFUSING},other.invalid:7")
        addresses = [failure.address for failure in raised.value.failures]
        assert sorted(map(str, addresses)) == [REFUSING, "nosuch.invalid:323", "other.invalid:7"]
        assert "nosuch.invalid:323: " in str(raised.value)

        with pytest.raises(ChronyConnectionError, match=r"no chronyd answered: .*invalid:323: "):
            call(f"{UNKNOWN},other.invalid")


def test_schemes_reach_sockets_and_ports(tmp_path: Path) -> None:
    with SimulatedChronyd(address=tmp_path / "s") as unix, SimulatedChronyd() as udp:
        for address in (f"unix:{unix.address}", f"unixgram://{unix.address}"):
            assert ask_blocking(address)[1] == unix.address
        for address in (f"udp:{udp.address}", f"udp://{udp.address}"):
            assert ask_blocking(address)[1] == udp.address
