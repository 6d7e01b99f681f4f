"""BoundedClock on a real chronyd, whose source has a clock of its own: the true time is that one's.

chronyd does not touch the clock here (-x), so it reports how far off that is.
"""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from pychrony import BoundedClock, ClockInterval, ClockStatus, ClockUnknownError, bounded_now
from tests.conftest import PickAddress, StartChronyd
from tests.integration.conftest import error_bound_by_chronyc
from tests.support.chronyd import Chronyd
from tests.support.ntp_server import NTPServer

OFTEN = "iburst minpoll -4 maxpoll -4"
SURELY = "maxclockerror 50"


def follow(server: NTPServer, start_chronyd: StartChronyd) -> Chronyd:
    daemon = start_chronyd(server.line(OFTEN), SURELY)
    daemon.wait_synchronized()
    return daemon


@pytest.mark.slow
@pytest.mark.parametrize(
    ("offset", "rate"), [(0.0, 0.0), (0.25, 20e-6), (-3.0, -20e-6), (1e-4, 40e-6)]
)
def test_each_interval_holds_the_time_of_a_server_that_is_shifted_and_drifts(
    offset: float, rate: float, start_chronyd: StartChronyd
) -> None:
    with NTPServer(offset=offset, rate=rate) as server:
        daemon = follow(server, start_chronyd)
        misses: list[tuple[ClockInterval, int]] = []
        counts = [0, 0, 0]
        end = time.monotonic() + 3

        def read(which: int, clock: BoundedClock) -> None:
            while time.monotonic() < end or counts[which] <= 100:
                before = server.time_ns()
                interval = clock.now()
                after = server.time_ns()
                counts[which] += 1
                if interval.latest_ns < before or interval.earliest_ns > after:
                    misses.append((interval, before))

        with BoundedClock(daemon.socket_path, refresh=0.05) as clock:
            threads = [threading.Thread(target=read, args=(at, clock)) for at in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

    assert misses == []


def test_the_bound_is_that_of_chronyd(quiet_chronyd: Chronyd, pick_address: PickAddress) -> None:
    address = pick_address(quiet_chronyd)
    before = error_bound_by_chronyc(quiet_chronyd)
    intervals = [bounded_now(address) for _ in range(20)]
    after = error_bound_by_chronyc(quiet_chronyd)

    assert {interval.status for interval in intervals} == {ClockStatus.SYNCHRONIZED}
    # A call that takes long, on a busy computer, knows the time less well.
    assert 0.5 * before <= min(interval.error_ns for interval in intervals) / 1e9 <= 1.5 * after


def test_in_asyncio_too(synchronized_chronyd: Chronyd) -> None:
    async def use() -> None:
        async with BoundedClock(synchronized_chronyd.socket_path) as clock:
            first = clock.now()
            await clock.wait_until_past_async(first)
            assert clock.now().is_after(first)

    asyncio.run(use())


@pytest.mark.parametrize("kind", ["unsynchronized_chronyd", "local_chronyd"])
def test_a_chronyd_that_follows_nothing_gives_no_bound(
    kind: str, request: pytest.FixtureRequest
) -> None:
    daemon: Chronyd = request.getfixturevalue(kind)

    with pytest.raises(ClockUnknownError, match=r"not synchronized|follows only itself"):
        bounded_now(daemon.socket_path)


def test_a_chronyd_that_pauses_or_is_restarted_leaves_the_last_bound(
    start_chronyd: StartChronyd,
) -> None:
    with NTPServer() as server:
        daemon = follow(server, start_chronyd)
        with BoundedClock(daemon.socket_path, refresh=0.02, timeout=1.0) as clock:
            daemon.wait_for(lambda: clock.status is ClockStatus.SYNCHRONIZED)
            daemon.pause()
            daemon.wait_for(lambda: clock.status is ClockStatus.FREE_RUNNING)
            assert clock.now().earliest_ns <= time.time_ns()
            daemon.resume()
            daemon.wait_for(lambda: clock.status is ClockStatus.SYNCHRONIZED)
            daemon.restart()
            daemon.wait_synchronized()
            daemon.wait_for(lambda: clock.status is ClockStatus.SYNCHRONIZED)
            before, now, after = time.time_ns(), clock.now(), time.time_ns()
            assert now.earliest_ns <= after
            assert before <= now.latest_ns
