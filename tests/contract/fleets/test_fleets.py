"""Fleets: each target has exactly one answer, the right one, whatever the others do."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import pychrony
from pychrony import (
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
    Fleet,
)
from pychrony.testing import Faults, SimulatedChronyd, make_source
from tests.support.fleets import StartMany, addresses_of


def test_each_target_has_its_own_answer(start_many: StartMany) -> None:
    addresses = addresses_of(start_many(15))

    fleet = Fleet(addresses, timeout=60)
    answers = sorted(fleet.get_tracking(), key=lambda answer: answer.index)

    assert [answer.index for answer in answers] == list(range(15))
    assert [answer.address for answer in answers] == addresses
    assert [answer.get().stratum for answer in answers] == [n + 1 for n in range(15)]


@pytest.mark.parametrize("concurrency", [1, 2, 100])
def test_more_targets_than_places_are_asked_in_turn(
    start_many: StartMany, concurrency: int
) -> None:
    addresses = addresses_of(start_many(5)) * 40

    found = {
        answer.index: answer.get().stratum
        for answer in Fleet(addresses, timeout=60, concurrency=concurrency).get_tracking()
    }

    assert found == {n: n % 5 + 1 for n in range(200)}


@pytest.mark.parametrize(
    ("ask", "single"),
    [
        (Fleet.get_tracking, pychrony.get_tracking),
        (Fleet.get_sources, pychrony.get_sources),
        (Fleet.get_activity, pychrony.get_activity),
    ],
)
@pytest.mark.parametrize("version", ["2.4", "3.5", "4.8"])
def test_a_fleet_and_a_function_read_the_same(
    ask: Callable[[Fleet], Any], single: Callable[[str], Any], version: str, tmp_path: Path
) -> None:
    with SimulatedChronyd(version=version, address=str(tmp_path / "s")) as server:
        [answer] = ask(Fleet([server.address]))

        assert answer.get() == single(server.address)


def test_mixed_versions_are_read_each_by_its_own_layout() -> None:
    versions = ["2.4", "3.5", "4.2", "4.8"]
    servers = [SimulatedChronyd(version=version) for version in versions]
    for server in servers:
        server.start()
    try:
        fleet = Fleet(addresses_of(servers) * 3)
        sources = {answer.index: answer.get() for answer in fleet.get_sources()}
        expected = [pychrony.get_sources(server.address) for server in servers]
    finally:
        for server in servers:
            server.stop()

    assert sources == {n: expected[n % 4] for n in range(12)}


def test_names_are_asked_for_where_they_are_wanted() -> None:
    with SimulatedChronyd(sources=[make_source(name="ntp.example.net")]) as server:
        [answer] = Fleet([server.address]).get_sources(names=True)

    assert [source.name for source in answer.get()] == ["ntp.example.net"]


def test_check_judges_each_target_as_the_function_does(start_many: StartMany) -> None:
    servers = start_many(4)
    servers[1].sources = []
    servers[1].tracking = None

    found = {a.index: a.get() for a in Fleet(addresses_of(servers)).check(max_error=0.05)}

    for number, server in enumerate(servers):
        alone = pychrony.check(server.address, max_error=0.05)
        assert found[number].verdict is alone.verdict
        assert found[number].stratum == alone.stratum
        assert found[number].usable_sources == alone.usable_sources


def error_of(call: Callable[[], Any]) -> ChronyError:
    with pytest.raises(ChronyError) as raised:
        call()
    return raised.value


def test_a_target_that_fails_has_the_error_of_a_single_call(silent: str, tmp_path: Path) -> None:
    no_socket = tmp_path / "file"
    no_socket.touch()
    others = ["127.0.0.1:1", str(tmp_path / "nobody.sock"), str(no_socket)]
    answers = [
        *Fleet([silent], timeout=0.3).get_tracking(),
        *Fleet(others, timeout=60).get_tracking(),
    ]

    assert len(answers) == 4
    for answer in answers:
        timeout = 0.3 if answer.address == silent else 60
        alone = error_of(partial(pychrony.get_tracking, answer.address, timeout=timeout))
        assert answer.error is not None
        assert answer.value is None
        assert type(answer.error) is type(alone)
        assert str(answer.error) == str(alone)
        assert vars(answer.error) == vars(alone)
        assert error_of(answer.get) is answer.error


def test_a_refusal_has_the_error_of_a_single_call() -> None:
    with SimulatedChronyd(faults=Faults(status=2)) as server:
        [answer] = Fleet([server.address]).get_activity()
        alone = error_of(lambda: pychrony.get_activity(server.address))

    assert isinstance(answer.error, (ChronyPermissionError, ChronyDataError))
    assert type(answer.error) is type(alone)
    assert str(answer.error) == str(alone)


def test_silent_targets_hold_nobody_up(start_many: StartMany, silent: str) -> None:
    addresses = [silent, *addresses_of(start_many(3)), silent]
    begun = time.monotonic()

    answers = list(Fleet(addresses, timeout=3).get_tracking())

    assert [answer.index for answer in answers[:3]] == sorted(
        [1, 2, 3], key=[answer.index for answer in answers].index
    )
    assert {answer.index for answer in answers[3:]} == {0, 4}
    assert all(isinstance(answer.error, ChronyTimeoutError) for answer in answers[3:])
    assert 3 <= time.monotonic() - begun < 30


def test_the_time_of_a_target_begins_with_its_first_request(silent: str) -> None:
    """Four silent ones in one place take four times the timeout, and none of them less."""
    begun = time.monotonic()

    answers = list(Fleet([silent] * 4, timeout=0.2, concurrency=1).get_tracking())

    assert len(answers) == 4
    assert time.monotonic() - begun >= 0.8


def test_none_is_the_chronyd_of_this_computer_by_the_first_address_that_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, silent: str
) -> None:
    with SimulatedChronyd(address=str(tmp_path / "s")) as server:
        tried = (str(tmp_path / "nobody"), "127.0.0.1:1", silent, server.address)
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", tried)
        fleet = Fleet([None], timeout=60)
        [answer] = fleet.get_tracking()
        [judged] = fleet.check(max_error=0.05)

        assert answer.get() == pychrony.get_tracking(timeout=60)
        assert judged.get().verdict is pychrony.check(max_error=0.05, timeout=60).verdict


def test_where_all_addresses_of_a_target_fail_the_error_is_that_of_a_single_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, silent: str
) -> None:
    tried = (str(tmp_path / "nobody"), "127.0.0.1:1", silent)
    monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", tried)

    [answer] = Fleet([None], timeout=0.3).get_tracking()
    alone = error_of(lambda: pychrony.get_tracking(timeout=0.3))

    assert answer.error is not None
    assert type(answer.error) is type(alone)
    assert str(answer.error) == str(alone)
    assert [str(each) for each in answer.error.failures] == [str(e) for e in alone.failures]


def test_a_fleet_can_be_asked_again_and_at_the_same_time(start_many: StartMany) -> None:
    fleet = Fleet(addresses_of(start_many(3)))

    tracking, activity = fleet.get_tracking(), fleet.get_activity()
    pairs = list(zip(tracking, activity, strict=True))

    assert len(pairs) == 3
    assert len(list(fleet.get_tracking())) == 3


def test_a_fleet_of_nobody_has_no_answers() -> None:
    answers = Fleet([]).get_tracking()

    assert list(answers) == []
    assert (answers.total, answers.done) == (0, 0)


def test_total_and_done_tell_the_progress(start_many: StartMany) -> None:
    answers = Fleet(addresses_of(start_many(4))).get_tracking()

    assert (answers.total, answers.done) == (4, 0)
    assert [answers.done for _ in answers] == [1, 2, 3, 4]
    assert answers.done == 4


def test_a_loop_that_was_left_is_gone_on_with_by_another(start_many: StartMany) -> None:
    answers = Fleet(addresses_of(start_many(6))).get_tracking()
    first = next(iter(answers))
    second = next(iter(answers))

    rest = list(answers)

    assert len({first.index, second.index, *(answer.index for answer in rest)}) == 6
    assert list(answers) == []


def test_nothing_is_sent_before_the_answers_are_taken(tmp_path: Path) -> None:
    with SimulatedChronyd(address=str(tmp_path / "s")) as server:
        answers = Fleet([server.address], timeout=60).get_tracking()
        server.stop()  # what was sent before has come now
        assert server.requests == 0
        server.start()
        [answer] = answers
        assert answer.get() == server.tracking
        assert server.requests > 0
