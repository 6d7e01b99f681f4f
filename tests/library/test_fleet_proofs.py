"""Fleets of thousands: each target has exactly one answer, the right one, whatever goes wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from select import select
from typing import Any

import pytest

from pychrony import (
    Answer,
    Answers,
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
    Fleet,
    Verdict,
)
from tests.support.fleet_answers import assert_each_has_its_answer, class_of, mix
from tests.support.responder import Responder, refusing_port

SOUND, FAULTY = 0, 1
MANY = 10_000
SHORT, LONG = 2.0, 30.0

Take = Callable[[Answers[Any]], list[Answer[Any]]]


def take_by_for(answers: Answers[Any]) -> list[Answer[Any]]:
    return [*answers]


def take_by_async_for(answers: Answers[Any]) -> list[Answer[Any]]:
    async def take() -> list[Answer[Any]]:
        return [answer async for answer in answers]

    return asyncio.run(take())


def take_by_poll(answers: Answers[Any]) -> list[Answer[Any]]:
    taken: list[Answer[Any]] = []
    while answers.done < answers.total:
        readable, _, _ = select([answers], [], [], 2 * LONG)
        assert readable
        taken += answers.poll()
    return taken


@pytest.mark.parametrize("take", [take_by_for, take_by_async_for, take_by_poll])
def test_ten_thousand_targets_answer_each_for_itself(take: Take, responder_program: Path) -> None:
    with Responder(responder_program) as responder:
        addresses = mix(responder, {SOUND: MANY})
        answers = take(Fleet(addresses, timeout=LONG).get_tracking())

        assert_each_has_its_answer(answers, addresses, responder.tracking)


def test_each_report_is_the_targets_own(responder_program: Path) -> None:
    with Responder(responder_program) as responder:
        addresses = mix(responder, {SOUND: 2000})
        fleet = Fleet(addresses, timeout=LONG)

        assert_each_has_its_answer(fleet.get_sources(), addresses, responder.sources)
        assert_each_has_its_answer(fleet.get_activity(), addresses, responder.activity)
        for answer in fleet.check():
            assert answer.get().verdict is Verdict.OK
            assert answer.get().stratum == responder.tracking(addresses[answer.index]).stratum


def test_an_address_that_occurs_often_is_asked_each_time(responder_program: Path) -> None:
    with Responder(responder_program) as responder:
        addresses = responder.addresses(2) * 1000
        answers = Fleet(addresses, timeout=LONG).get_tracking()

        assert_each_has_its_answer(answers, addresses, responder.tracking)


@pytest.mark.parametrize(
    ("n_sound", "n_silent"), [(9500, 500), (1000, 1000), (0, 2000)], ids=["few", "half", "all"]
)
@pytest.mark.slow
def test_silent_targets_time_out_and_keep_no_other_one_waiting(
    n_sound: int, n_silent: int, responder_program: Path
) -> None:
    counts = {SOUND: n_sound, FAULTY: n_silent} if n_sound else {FAULTY: n_silent}
    with Responder(responder_program, {FAULTY: "silent"}) as responder:
        addresses = mix(responder, counts)
        begin = time.monotonic()
        answers = [*Fleet(addresses, timeout=SHORT).get_tracking()]
        taken = time.monotonic() - begin

        timed_out = {FAULTY: ChronyTimeoutError}
        assert_each_has_its_answer(answers, addresses, responder.tracking, timed_out)
    assert taken < 60  # one after the other they would take 1000 s


@pytest.mark.slow
def test_one_datagram_in_twenty_lost_costs_hardly_an_answer(responder_program: Path) -> None:
    with Responder(responder_program, {FAULTY: "loss=20,delay=20"}) as responder:
        addresses = mix(responder, {FAULTY: MANY})
        answers = [*Fleet(addresses, timeout=3.0).get_tracking()]
        lost = [answer for answer in answers if isinstance(answer.error, ChronyTimeoutError)]
        others = [answer for answer in answers if answer not in lost]
        expected = [responder.tracking(addresses[answer.index]) for answer in others]

    assert sorted(answer.index for answer in answers) == [*range(MANY)]
    assert [answer.value for answer in others] == expected
    assert len(lost) <= MANY // 1000


FAULTS: dict[int, tuple[str, type[ChronyError] | None]] = {
    1: ("silent", ChronyTimeoutError),
    2: ("wrong-source", ChronyTimeoutError),
    3: ("wrong-sequence", ChronyTimeoutError),
    4: ("version=1.29", ChronyTimeoutError),
    5: ("status=2", ChronyPermissionError),
    6: ("status=18", ChronyDataError),
    7: ("status=3", ChronyDataError),
    10: ("stray", None),
    12: ("delay=20", None),
    13: ("version=3.5", None),
    14: ("version=2.2", None),
}
REFUSED = 20
VERSIONS = {13: (3, 5), 14: (2, 2)}


@pytest.mark.slow
def test_each_target_has_its_own_fault(responder_program: Path) -> None:
    options = {kind: option for kind, (option, _) in FAULTS.items()}
    errors: dict[int, type[ChronyError]] = {REFUSED: ChronyConnectionError}
    errors |= {kind: error for kind, (_, error) in FAULTS.items() if error is not None}
    with Responder(responder_program, options) as responder, refusing_port() as refusing:
        addresses = mix(responder, dict.fromkeys([SOUND, *FAULTS], 60))
        refused = responder.addresses(60, REFUSED, port=refusing)
        fleet = Fleet([*addresses, *refused], timeout=SHORT)

        def sources(address: str) -> object:
            return responder.sources(address, VERSIONS.get(class_of(address), (4, 8)))

        everything = [*addresses, *refused]
        assert_each_has_its_answer(fleet.get_tracking(), everything, responder.tracking, errors)
        assert_each_has_its_answer(fleet.get_sources(), everything, sources, errors)
