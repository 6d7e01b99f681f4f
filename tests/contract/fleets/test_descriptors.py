"""Fleets with few descriptors: fewer targets are asked at once, and each has its answer."""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable

import pytest

from pychrony import ChronyConnectionError, Fleet
from pychrony.testing import SimulatedChronyd, make_source
from tests.support.fleets import StartMany, addresses_of
from tests.support.processes import in_child


def with_descriptors(left: int, ask: Callable[[], object]) -> object:
    """Return what a function returns where so many descriptors may be opened."""

    def limited() -> object:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        # Those of the pipe and of the listing itself are closed again.
        highest = max(map(int, os.listdir("/proc/self/fd")))
        while (fd := os.dup(0)) < highest:
            pass
        os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (fd + left, hard))
        return ask()

    return in_child(limited)


@pytest.mark.parametrize("concurrency", [None, 50, 1000])
@pytest.mark.parametrize("left", [7, 20, 64])
def test_a_process_with_few_descriptors_asks_fewer_at_once(
    start_many: StartMany, left: int, concurrency: int | None
) -> None:
    fleet = Fleet(addresses_of(start_many(3)) * 100, timeout=20, concurrency=concurrency)

    def ask() -> dict[int, int]:
        return {answer.index: answer.get().stratum for answer in fleet.get_tracking()}

    assert with_descriptors(left, ask) == {n: n % 3 + 1 for n in range(300)}


@pytest.mark.parametrize("question", ["get_tracking", "get_sources", "check"])
def test_the_rest_of_the_program_has_descriptors_meanwhile(
    start_many: StartMany, question: str
) -> None:
    sources = [make_source(address=f"192.0.2.{n}") for n in range(1, 9)]
    fleet = Fleet(addresses_of(start_many(3, sources=sources)) * 50, timeout=20)

    def ask() -> int:
        n_answers = 0
        for answer in getattr(fleet, question)():
            answer.get()
            for fd in [os.dup(0) for _ in range(10)]:
                os.close(fd)
            n_answers += 1
        return n_answers

    assert with_descriptors(64, ask) == 150


@pytest.mark.parametrize("left", [0, 1, 2])
def test_where_nothing_can_be_opened_each_target_says_so(left: int) -> None:
    fleet = Fleet(["127.0.0.1:1", "nobody.invalid", "/run/chrony/chronyd.sock"] * 50)

    def ask() -> list[tuple[int, int | None, str | None]]:
        found = []
        for answer in fleet.get_tracking():
            assert isinstance(answer.error, ChronyConnectionError)
            found.append((answer.index, answer.error.errno, answer.error.address))
        return sorted(found)

    names = ["127.0.0.1:1", "nobody.invalid:323", "/run/chrony/chronyd.sock"] * 50
    expected = [(n, errno.EMFILE, name) for n, name in enumerate(names)]
    assert with_descriptors(left, ask) == expected


def test_where_only_the_fleet_itself_can_be_opened_each_target_says_so() -> None:
    def ask() -> list[int | None]:
        answers = Fleet(["127.0.0.1:1"] * 100).get_tracking()
        return [getattr(answer.error, "errno", None) for answer in answers]

    assert with_descriptors(3, ask) == [errno.EMFILE] * 100


@pytest.mark.parametrize("left", [0, 3])
def test_where_no_address_of_a_target_can_be_opened_it_says_so(left: int) -> None:
    fleet = Fleet([None, None])

    def ask() -> list[int | None]:
        answers = fleet.get_tracking()
        return [getattr(answer.error, "errno", None) for answer in answers]

    assert with_descriptors(left, ask) == [errno.EMFILE] * 2


def test_the_descriptor_for_event_loops_cannot_be_had_without_descriptors() -> None:
    def ask() -> int | None:
        answers = Fleet(["127.0.0.1:1"]).get_tracking()
        with pytest.raises(OSError, match=os.strerror(errno.EMFILE)) as raised:
            answers.fileno()
        assert len(answers.poll()) == 1
        return raised.value.errno

    assert with_descriptors(0, ask) == errno.EMFILE


def test_the_limit_is_left_as_it_is() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with SimulatedChronyd() as server:
        list(Fleet([server.address] * 50).get_tracking())

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
