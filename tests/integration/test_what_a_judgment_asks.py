"""What chronyd is asked for a judgment, and a chronyd that does not answer all of it."""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from collections.abc import Callable

import pytest

import pychrony
from pychrony import AsyncChronyConnection, CheckResult, ChronyConnection, Fleet
from tests.conftest import StartChronyd
from tests.support.chronyd import Chronyd
from tests.support.relay import Relay

# The numbers of requests.
N_SOURCES, SOURCES, TRACKING, SOURCESTATS, ACTIVITY = 14, 15, 33, 34, 44
NTPDATA, AUTHDATA, SELECTDATA = 57, 67, 69


# Any error bound will do: that of a young chronyd may grow for a moment.
def by_function(address: str, timeout: float) -> CheckResult:
    return pychrony.check(address, timeout=timeout, max_error=None)


def on_a_connection(address: str, timeout: float) -> CheckResult:
    with ChronyConnection(address, timeout=timeout) as connection:
        return connection.check(max_error=None)


def in_asyncio(address: str, timeout: float) -> CheckResult:
    async def ask() -> CheckResult:
        async with AsyncChronyConnection(address, timeout=timeout) as connection:
            return await connection.check(max_error=None)

    return asyncio.run(ask())


def in_a_fleet(address: str, timeout: float) -> CheckResult:
    [answer] = Fleet([address], timeout=timeout).check(max_error=None)
    return answer.get()


Check = Callable[[str, float], CheckResult]
each_way = pytest.mark.parametrize(
    "check", [by_function, on_a_connection, in_asyncio, in_a_fleet], ids=lambda way: way.__name__
)


def number_of(request: bytes) -> int:
    return struct.unpack_from("!H", request, 4)[0]


def check_and_count(check: Check, daemon: Chronyd, lost: tuple[int, ...] = ()) -> Counter[int]:
    """Return how often each request was sent, the least of several times.

    Some are sent again, and some are there because something is wrong for a moment.
    """
    counts: list[Counter[int]] = []
    for _ in range(10):
        counter: Counter[int] = Counter()

        def count(request: bytes, counter: Counter[int] = counter) -> bool:
            counter[number_of(request)] += 1
            return number_of(request) not in lost

        with Relay(daemon, count) as relay:
            check(relay.address, 60.0)
        counts.append(counter)
    return +Counter({key: min(each[key] for each in counts) for key in counts[0]})


@each_way
def test_a_healthy_clock_costs_tracking_sources_and_select_data(
    check: Check, synchronized_chronyd: Chronyd
) -> None:
    asked = check_and_count(check, synchronized_chronyd)

    assert asked.keys() == {TRACKING, N_SOURCES, SOURCES, SELECTDATA}
    assert asked[TRACKING] == 1
    assert asked[SELECTDATA] == asked[SOURCES] + 1  # whether chronyd gives it, then the list


@each_way
def test_a_clock_that_follows_nothing_is_asked_for_activity_too(
    check: Check, unsynchronized_chronyd: Chronyd
) -> None:
    assert check_and_count(check, unsynchronized_chronyd)[ACTIVITY] == 1


@each_way
def test_a_source_with_a_key_that_answers_costs_authdata_and_no_more(
    check: Check, busy_chronyd: Chronyd
) -> None:
    asked = check_and_count(check, busy_chronyd)

    assert asked.keys() == {*(TRACKING, N_SOURCES, SOURCES, SELECTDATA), SOURCESTATS, AUTHDATA}


@each_way
def test_a_clock_without_sources_that_answer_is_asked_for_their_messages(
    check: Check, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd("server 127.0.0.1 port 9 offline")

    asked = check_and_count(check, daemon)

    assert asked[ACTIVITY] == 1
    assert NTPDATA in asked
    assert AUTHDATA not in asked


@each_way
def test_a_chronyd_that_gives_no_more_is_judged_by_tracking_and_sources(
    check: Check, synchronized_chronyd: Chronyd
) -> None:
    result = check(synchronized_chronyd.udp4, 60.0)

    assert (result.verdict.name, result.findings) == ("OK", ())


@each_way
@pytest.mark.slow
def test_a_chronyd_that_is_silent_about_the_rest_is_judged_when_time_is_up(
    check: Check, synchronized_chronyd: Chronyd
) -> None:
    with Relay(synchronized_chronyd, lambda request: number_of(request) != SELECTDATA) as relay:
        result = check(relay.address, 2.0)

    assert (result.verdict.name, result.findings) == ("OK", ())
