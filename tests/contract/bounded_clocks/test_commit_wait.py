"""Waiting until the true time is past an interval."""

from __future__ import annotations

import asyncio

import pytest

from pychrony import BoundedClock, ClockStatus, ClockUnknownError
from pychrony.testing import SimulatedChronyd
from tests.support.good_clocks import PATIENCE, good_tracking

WIDE = 0.05  # seconds
HOUR = 3600.0  # seconds


@pytest.fixture
def wide(server: SimulatedChronyd) -> SimulatedChronyd:
    server.tracking = good_tracking(root_dispersion=WIDE)
    return server


def test_without_waiting_the_true_time_may_not_be_later(server: SimulatedChronyd) -> None:
    server.tracking = good_tracking(root_dispersion=HOUR)
    with BoundedClock(server.address, timeout=PATIENCE) as clock:
        written = clock.now()
        assert not clock.now().is_after(written)


def test_the_true_time_is_certainly_later_afterwards(wide: SimulatedChronyd) -> None:
    with BoundedClock(wide.address, timeout=PATIENCE) as clock:
        written = clock.now()
        clock.wait_until_past(written)
        assert clock.now().is_after(written)


def test_it_takes_twice_the_error(wide: SimulatedChronyd) -> None:
    with BoundedClock(wide.address, timeout=PATIENCE) as clock:
        written = clock.now()
        clock.wait_until_past(written)

        assert clock.now().midpoint_ns - written.midpoint_ns >= 2 * WIDE * 1e9


def test_an_interval_that_is_past_is_not_waited_for(wide: SimulatedChronyd) -> None:
    with BoundedClock(wide.address, timeout=PATIENCE, refresh=HOUR) as clock:
        written = clock.now()
        clock.wait_until_past(written)
        wide.stop()  # chronyd is not asked either

        clock.wait_until_past(written)
        assert clock.now().status is ClockStatus.SYNCHRONIZED


def test_other_tasks_run_meanwhile(wide: SimulatedChronyd) -> None:
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def use() -> None:
        async with BoundedClock(wide.address, timeout=PATIENCE) as clock:
            written = clock.now()
            task = asyncio.ensure_future(turn())
            await clock.wait_until_past_async(written)
            task.cancel()
            assert clock.now().is_after(written)

    asyncio.run(use())
    assert turns > 1


def test_where_the_time_is_not_known_any_more_waiting_ends(server: SimulatedChronyd) -> None:
    server.tracking = good_tracking(root_dispersion=HOUR)
    with BoundedClock(server.address, timeout=PATIENCE, max_age=2.0, refresh=1000) as clock:
        written = clock.now()
        server.stop()
        with pytest.raises(ClockUnknownError):
            clock.wait_until_past(written)
