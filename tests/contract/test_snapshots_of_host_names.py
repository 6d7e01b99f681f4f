"""Snapshots for metrics where the address is a host's name: looking it up counts."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from pychrony import FindingCode
from pychrony.metrics import limits_of
from pychrony.metrics._asking import take_snapshot
from pychrony.testing import SimulatedChronyd

SetNames = Callable[[Callable[[str], list[str]]], None]


@pytest.fixture
def set_names(monkeypatch: pytest.MonkeyPatch) -> SetNames:
    """Return a function that sets how the system finds the addresses of a name."""

    def use(find: Callable[[str], list[str]]) -> None:
        def getaddrinfo(host: str, port: int, **_options: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_DGRAM, 0, "", (at, port)) for at in find(host)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return use


def test_a_look_up_that_hangs_is_over_in_time(set_names: SetNames) -> None:
    go_on = threading.Event()

    def hang(_host: str) -> list[str]:
        go_on.wait(20)
        return ["127.0.0.1"]

    set_names(hang)
    start = time.monotonic()
    taken = take_snapshot("host", limits_of(), timeout=0.1)
    took = time.monotonic() - start
    go_on.set()

    assert took < 10
    assert taken.failure is not None
    assert taken.failure.code is FindingCode.NO_ANSWER
    assert taken.failure.message.startswith("host:323: the name was not looked up in time")
    assert taken.outcomes.keys() == {"tracking"}


@pytest.mark.parametrize("address", ["nosuch", "nosuch,nothing"])
def test_a_name_that_is_unknown_is_told(address: str, set_names: SetNames) -> None:
    def find(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, f"no {host}")

    set_names(find)
    taken = take_snapshot(address, limits_of())

    assert taken.failure is not None
    assert taken.failure.code is FindingCode.CANNOT_ASK
    assert "nosuch:323: no nosuch" in taken.failure.message


def test_the_first_of_a_names_addresses_that_answers_is_asked(set_names: SetNames) -> None:
    set_names(lambda _host: ["127.0.0.9", "127.0.0.1"])
    with SimulatedChronyd() as server:
        taken = take_snapshot(server.address.replace("127.0.0.1", "host"), limits_of())

    assert taken.check is not None
    assert taken.outcomes["tracking"][0]
