"""Fleets of real chronyds, over each kind of socket, and what else may be among them."""

from __future__ import annotations

import asyncio

import pytest

import pychrony
from pychrony import ChronyConnectionError, ChronyTimeoutError, Fleet
from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd


def addresses_of(daemon: Chronyd) -> list[str]:
    return [*daemon.addresses]


def test_a_fleet_reads_what_single_calls_read(busy_chronyd: Chronyd) -> None:
    addresses = addresses_of(busy_chronyd)
    fleet = Fleet(addresses * 20, timeout=60)

    sources = {answer.index: answer.get() for answer in fleet.get_sources(names=True)}
    activity = {answer.get() for answer in fleet.get_activity()}

    alone = pychrony.get_sources(addresses[0], names=True)
    kept = [(source.address, source.name, source.poll) for source in alone]
    assert len(sources) == 20 * len(addresses)
    assert all([(s.address, s.name, s.poll) for s in each] == kept for each in sources.values())
    assert activity == {pychrony.get_activity(addresses[0])}


def test_check_judges_each_clock(
    synchronized_chronyd: Chronyd, unsynchronized_chronyd: Chronyd
) -> None:
    good, wrong = addresses_of(synchronized_chronyd), addresses_of(unsynchronized_chronyd)

    answers = Fleet([*good, *wrong], timeout=60).check(max_error=1, min_sources=1)
    verdicts = {answer.address: answer.get().verdict.name for answer in answers}

    assert verdicts == dict.fromkeys(good, "OK") | dict.fromkeys(wrong, "CRITICAL")


def test_in_an_event_loop_too(local_chronyd: Chronyd) -> None:
    addresses = addresses_of(local_chronyd)

    async def ask() -> list[int]:
        answers = Fleet(addresses * 10, timeout=60).get_tracking()
        return [answer.get().stratum async for answer in answers]

    stratum = pychrony.get_tracking(addresses[0]).stratum
    assert asyncio.run(ask()) == [stratum] * 10 * len(addresses)


@pytest.mark.slow
def test_a_chronyd_that_is_stopped_or_was_killed_holds_nobody_up(
    local_chronyd: Chronyd, start_chronyd: StartChronyd
) -> None:
    paused, ended = start_chronyd(*LOCAL), start_chronyd(*LOCAL)
    paused.pause()
    ended.stop()
    silent, refusing, good = map(addresses_of, (paused, ended, local_chronyd))

    answers = list(Fleet([*silent, *refusing, *good], timeout=5).get_tracking())
    paused.resume()

    errors = {answer.address: type(answer.error) for answer in answers}
    assert errors == {
        **dict.fromkeys(silent, ChronyTimeoutError),
        **dict.fromkeys(refusing, ChronyConnectionError),
        **dict.fromkeys(good, type(None)),
    }
