"""Host names are looked up beside the event loop, and nobody waits for one who need not."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pychrony import AsyncChronyConnection, ChronyConnection, ChronyConnectionError
from pychrony.testing import Faults, SimulatedChronyd

SECONDS = 60
Find = Callable[[str], list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[Find], None]:
    """Return a function that sets how the system finds the addresses of a name."""

    def set_names(find: Find) -> None:
        def getaddrinfo(host: str, port: int, **_options: Any) -> list[Any]:
            found = find(host)
            return [(socket.AF_INET, socket.SOCK_DGRAM, 0, "", (each, port)) for each in found]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return set_names


@pytest.fixture
def hanging(names: Callable[[Find], None]) -> Iterator[threading.Event]:
    """Return what tells that a look-up has begun. It hangs until the test ends."""
    begun, go_on = threading.Event(), threading.Event()

    def find(_host: str) -> list[str]:
        begun.set()
        assert go_on.wait(SECONDS)
        return ["127.0.0.1"]

    names(find)
    yield begun
    go_on.set()


async def until(event: threading.Event) -> None:
    while not event.is_set():
        await asyncio.sleep(0.001)


def at(host: str, server: SimulatedChronyd) -> str:
    return server.address.replace("127.0.0.1", host)


def test_the_first_address_of_a_name_that_answers_is_used(
    names: Callable[[Find], None], server: SimulatedChronyd
) -> None:
    names(lambda _host: ["127.0.0.9", "127.0.0.1"])

    async def main() -> None:
        async with AsyncChronyConnection(at("host", server), timeout=SECONDS) as connection:
            assert connection.address == server.address
            assert (await connection.get_tracking()).stratum == 3

    asyncio.run(main(), debug=True)


def test_an_unknown_name_is_the_same_error_as_of_a_blocking_connection(
    names: Callable[[Find], None],
) -> None:
    def find(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"no {host}")

    names(find)

    async def main() -> None:
        connection = AsyncChronyConnection("nosuch")
        with pytest.raises(ChronyConnectionError) as caught:
            await connection.open()
        with pytest.raises(ChronyConnectionError) as expected:
            ChronyConnection("nosuch").open()
        assert str(caught.value) == str(expected.value) == "nosuch:323: no nosuch"
        assert caught.value.address == expected.value.address

    asyncio.run(main(), debug=True)


def test_a_look_up_that_hangs_holds_neither_the_loop_nor_a_cancelled_task(
    hanging: threading.Event, server: SimulatedChronyd
) -> None:
    async def main() -> None:
        opening = asyncio.create_task(AsyncChronyConnection(at("host", server)).open())
        await until(hanging)
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            assert (await connection.get_tracking()).stratum == 3
        assert not opening.done()
        begin = time.monotonic()
        opening.cancel()
        await asyncio.wait([opening])
        assert opening.cancelled()
        assert time.monotonic() - begin < SECONDS / 2

    asyncio.run(main(), debug=True)


def test_a_look_up_that_hangs_keeps_nothing_of_a_loop_that_is_over(
    hanging: threading.Event, server: SimulatedChronyd, capsys: pytest.CaptureFixture[str]
) -> None:
    loops: list[weakref.ref[asyncio.AbstractEventLoop]] = []

    async def main() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        opening = asyncio.create_task(AsyncChronyConnection(at("host", server)).open())
        await until(hanging)
        opening.cancel()

    asyncio.run(main(), debug=True)
    gc.collect()
    assert loops[0]() is None
    assert capsys.readouterr().err == ""


def test_a_loop_whose_own_threads_are_all_busy_can_look_up_names(
    names: Callable[[Find], None], server: SimulatedChronyd
) -> None:
    names(lambda _host: ["127.0.0.1"])
    go_on = threading.Event()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(100):
            loop.run_in_executor(None, go_on.wait, SECONDS)
        try:
            async with AsyncChronyConnection(at("host", server), timeout=SECONDS) as connection:
                assert (await connection.get_tracking()).stratum == 3
        finally:
            go_on.set()

    asyncio.run(main(), debug=True)


@pytest.mark.slow
def test_an_address_that_is_slow_is_asked_again_after_the_others(
    server: SimulatedChronyd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers after 0.4 s, and its first turn is 0.25 s."""
    server.faults = Faults(delay=0.4)
    with SimulatedChronyd(address="127.0.0.1", faults=Faults(silent=True)) as silent:
        addresses = (server.address, silent.address)
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", addresses)

        async def main() -> None:
            async with AsyncChronyConnection(timeout=SECONDS) as connection:
                assert connection.address == server.address

        asyncio.run(main(), debug=True)
