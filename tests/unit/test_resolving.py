"""Host names are looked up on threads of our own: how many, and what each is told."""

from __future__ import annotations

import errno
import socket
import threading
from _thread import _count as count_threads
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

import pytest

from pychrony import ChronyConnectionError
from pychrony._client import resolving
from pychrony._client.resolving import Found, Resolver
from tests.support.chronyd import wait_for

N_NAMES = 1000
SECONDS = 60


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], str]], None]:
    """Return a function that sets how the system finds the address of a name."""

    def set_names(find: Callable[[str], str]) -> None:
        def getaddrinfo(host: str, port: int, **_options: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_DGRAM, 0, "", (find(host), port))]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return set_names


@pytest.fixture(autouse=True)
def threads_end() -> Iterator[None]:
    """Check that no thread is left after a test."""
    before = count_threads()
    yield
    wait_for(lambda: count_threads() <= before)


def test_each_of_many_names_is_told_its_own_addresses_once(names: Any) -> None:
    names(lambda host: f"192.0.2.{host.removeprefix('n')}")
    told: SimpleQueue[tuple[int, Found]] = SimpleQueue()
    resolver = Resolver()

    def tell(number: int) -> Callable[[Found], None]:
        return lambda found: told.put((number, found))

    for number in range(N_NAMES):
        resolver.look_up((f"n{number}", 323), tell(number))

    found = dict(told.get(timeout=SECONDS) for _ in range(N_NAMES))
    assert found == {number: [f"192.0.2.{number}:323"] for number in range(N_NAMES)}
    assert told.empty()


def test_at_most_64_names_are_looked_up_at_a_time(names: Any) -> None:
    go_on, begun = threading.Event(), threading.Semaphore(0)
    told: SimpleQueue[Found] = SimpleQueue()

    def find(_host: str) -> str:
        begun.release()
        assert go_on.wait(SECONDS)
        return "192.0.2.1"

    names(find)
    before, resolver = count_threads(), Resolver()
    try:
        for number in range(100):
            resolver.look_up((f"n{number}", 323), told.put)
        assert all(begun.acquire(timeout=SECONDS) for _ in range(64))
        assert count_threads() - before <= 64  # fewer, where one of another test has just ended
        assert told.empty()
        assert not begun.acquire(timeout=0.2)
    finally:
        go_on.set()

    assert all(told.get(timeout=SECONDS) == ["192.0.2.1:323"] for _ in range(100))


def test_an_unknown_name_is_an_error_of_its_own(names: Any) -> None:
    def find(host: str) -> str:
        raise socket.gaierror(socket.EAI_NONAME, f"no {host}")

    names(find)
    told: SimpleQueue[Found] = SimpleQueue()
    Resolver().look_up(("nosuch", 323), told.put)

    error = told.get(timeout=SECONDS)
    assert isinstance(error, ChronyConnectionError)
    assert str(error) == "nosuch:323: no nosuch"
    assert error.address == "nosuch:323"


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("/run/c.sock", "/run/c.sock"),
        (("192.0.2.1", 323), "192.0.2.1:323"),
        (("::1", 1), "[::1]:1"),
    ],
)
def test_an_address_needs_no_thread(
    target: Any, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "start_new_thread", None)
    told: list[Found] = []
    Resolver().look_up(target, told.append)

    assert told == [[address]]


def test_where_no_thread_can_be_started_the_names_fail(
    names: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any) -> None:
        raise RuntimeError("can't start new thread")

    names(lambda _host: "192.0.2.1")
    told: list[Found] = []
    resolver = Resolver()
    with monkeypatch.context() as patch:
        patch.setattr(resolving, "start_new_thread", refuse)
        resolver.look_up(("n", 323), told.append)
    [error] = told
    assert isinstance(error, ChronyConnectionError)
    assert error.errno == errno.EAGAIN
    assert str(error) == "n:323: can't start new thread"

    later: SimpleQueue[Found] = SimpleQueue()
    resolver.look_up(("n", 323), later.put)
    assert later.get(timeout=SECONDS) == ["192.0.2.1:323"]
