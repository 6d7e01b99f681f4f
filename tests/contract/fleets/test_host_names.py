"""Fleets of host names: looked up by threads, each target's failure its own."""

from __future__ import annotations

import gc
import socket
import sys
import threading
import time
from collections.abc import Callable
from select import select
from typing import Any

import pytest

import pychrony
from pychrony import ChronyConnectionError, Fleet
from tests.support.chronyd import wait_for
from tests.support.fleets import StartMany, addresses_of
from tests.support.processes import open_descriptors

GetAddrInfo = Callable[..., list[Any]]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[[GetAddrInfo], None]:
    """Return a function that answers look-ups in the system's place."""
    return lambda function: monkeypatch.setattr(socket, "getaddrinfo", function)


def found(*hosts: str) -> list[Any]:
    return [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (host, 0)) for host in hosts]


def port_of(address: str) -> str:
    return address.rpartition(":")[2]


def test_names_are_looked_up_by_other_threads(
    start_many: StartMany, resolve: Callable[[GetAddrInfo], None]
) -> None:
    threads: set[int] = set()

    def look_up(_host: str, _port: int, **_options: Any) -> list[Any]:
        threads.add(threading.get_ident())
        return found("127.0.0.1")

    resolve(look_up)
    ports = [port_of(address) for address in addresses_of(start_many(5))]
    targets = [f"host{n}.example:{port}" for n, port in enumerate(ports * 40)]

    fleet = Fleet(targets, timeout=60)
    answers = {answer.index: answer.get().stratum for answer in fleet.get_tracking()}

    assert answers == {n: n % 5 + 1 for n in range(200)}
    assert threading.get_ident() not in threads


def test_a_name_that_is_not_found_has_the_error_of_a_single_call(
    resolve: Callable[[GetAddrInfo], None],
) -> None:
    def look_up(_host: str, _port: int, **_options: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    resolve(look_up)

    [answer] = Fleet(["nobody.example"]).get_tracking()
    with pytest.raises(ChronyConnectionError) as alone:
        pychrony.get_tracking("nobody.example")

    assert type(answer.error) is ChronyConnectionError
    assert str(answer.error) == str(alone.value)
    assert answer.error.address == alone.value.address == "nobody.example:323"


def test_names_that_hang_hold_nobody_up_and_are_not_waited_for(
    start_many: StartMany, resolve: Callable[[GetAddrInfo], None]
) -> None:
    end = threading.Event()

    def look_up(host: str, _port: int, **_options: Any) -> list[Any]:
        if host.startswith("hangs"):
            end.wait(60)
        return found("127.0.0.1")

    resolve(look_up)
    addresses = addresses_of(start_many(3))
    targets = ["hangs.example", *addresses, f"good.example:{port_of(addresses[0])}"]
    gc.collect()  # what other tests have left
    before = open_descriptors()
    begun = time.monotonic()
    try:
        with Fleet(targets).get_tracking() as answers:
            loop = iter(answers)
            indexes = {next(loop).index for _ in range(4)}
        assert open_descriptors() == before
    finally:
        end.set()

    assert indexes == {1, 2, 3, 4}
    assert time.monotonic() - begun < 30


def test_more_names_that_hang_than_threads_hold_no_address_up(
    start_many: StartMany, resolve: Callable[[GetAddrInfo], None]
) -> None:
    end = threading.Event()

    def look_up(_host: str, _port: int, **_options: Any) -> list[Any]:
        end.wait(60)
        return found("127.0.0.1")

    resolve(look_up)
    targets = [*(f"hangs{n}.example" for n in range(300)), *addresses_of(start_many(3)) * 50]
    answers = Fleet(targets).get_tracking()
    try:
        loop = iter(answers)
        indexes = {next(loop).index for _ in range(150)}
    finally:
        answers.close()
        end.set()

    assert indexes == set(range(300, 450))


def test_of_several_addresses_of_a_name_the_first_that_answers_is_taken(
    start_many: StartMany, resolve: Callable[[GetAddrInfo], None]
) -> None:
    resolve(lambda *_arguments, **_options: found("127.0.0.2", "127.0.0.3", "127.0.0.1"))
    [address] = addresses_of(start_many(1))

    [answer] = Fleet([f"several.example:{port_of(address)}"], timeout=60).check(max_error=1)

    assert answer.get().stratum == 1


def test_what_is_found_while_others_are_begun_can_be_taken_at_once(
    silent: str, resolve: Callable[[GetAddrInfo], None]
) -> None:
    threads: list[int] = []

    def look_up(_host: str, _port: int, **_options: Any) -> list[Any]:
        threads.append(threading.get_ident())
        return found("127.0.0.1")

    def has_ended() -> bool:
        return bool(threads) and threads[-1] not in sys._current_frames()

    resolve(look_up)
    for _ in range(20):
        threads.clear()
        with Fleet(["name.example", *[silent] * 64], timeout=60).get_tracking() as answers:
            select([answers], [], [])
            assert answers.poll() == []
            wait_for(has_ended)
            assert select([answers], [], [], 0)[0]


def test_the_time_of_a_target_begins_after_its_look_up(
    start_many: StartMany, resolve: Callable[[GetAddrInfo], None]
) -> None:
    def look_up(_host: str, _port: int, **_options: Any) -> list[Any]:
        time.sleep(2.2)  # longer than the timeout
        return found("127.0.0.1")

    resolve(look_up)
    [address] = addresses_of(start_many(1))

    [answer] = Fleet([f"slow.example:{port_of(address)}"], timeout=2).get_tracking()

    assert answer.get().stratum == 1
