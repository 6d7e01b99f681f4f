"""What may happen to a clock, one thing at a time, where the true time is known.

    LD_PRELOAD=fake_clock.so python -m tests.support.clock_scenarios NAME

It prints nothing where all is well.
"""

from __future__ import annotations

import sys
import time
from threading import Timer

import pytest

from pychrony import BoundedClock, ClockInterval, ClockStatus, ClockUnknownError
from pychrony.models import LeapStatus
from pychrony.testing import Faults
from tests.support.all_knowing_chronyd import RAW_PPM, AllKnowingChronyd
from tests.support.chronyd import wait_for
from tests.support.counting import count_requests
from tests.support.fake_clock import fake_clock, holds, truth_of

SECOND = 1_000_000_000
MILLISECOND = 1_000_000
STARVED = 1000.0  # seconds between two questions: a thread that does not get to run
PATIENCE = 60.0  # seconds that chronyd has to answer, where it shall
NARROW = MILLISECOND  # of a bound where nothing has happened


def starved(chronyd: AllKnowingChronyd) -> BoundedClock:
    """Return a clock whose thread has asked once, and does not get to do it again."""
    return BoundedClock(chronyd.address, refresh=STARVED, timeout=PATIENCE)


def read(clock: BoundedClock) -> ClockInterval | None:
    try:
        return clock.now()
    except ClockUnknownError:
        return None


def is_known(clock: BoundedClock) -> bool:
    return read(clock) is not None


def holds_if_known(clock: BoundedClock) -> bool:
    interval = read(clock)
    return interval is None or holds(interval)


def nothing(chronyd: AllKnowingChronyd) -> None:
    with starved(chronyd) as clock:
        interval = clock.now()
        assert holds(interval)
        assert interval.error_ns < NARROW


def small_steps_and_slews_while_the_thread_is_starved(chronyd: AllKnowingChronyd) -> None:
    """Each is smaller than the bound: chronyd is not asked, and the bound grows."""
    with starved(chronyd) as clock:
        for step in (4000, 15_000, -30_000, 9000):
            fake_clock().fake_step(step)
            assert holds(clock.now())
        assert chronyd.requests == 1


def a_slew_while_the_thread_is_starved(chronyd: AllKnowingChronyd) -> None:
    with starved(chronyd) as clock:
        for rate in (-0.08, 0.08):
            fake_clock().fake_rate(rate)
            end = time.monotonic() + 0.1
            while time.monotonic() < end:
                assert holds(clock.now())
            fake_clock().fake_rate(0)


def a_clock_that_drifts_by_more_than_chronyd_says(chronyd: AllKnowingChronyd) -> None:
    with starved(chronyd) as clock:
        fake_clock().fake_raw_rate((RAW_PPM + 45) * 1e-6)
        fake_clock().fake_rate(45e-6)
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            assert holds(clock.now())
        assert chronyd.requests == 1


def a_large_step_makes_a_reading_ask(chronyd: AllKnowingChronyd) -> None:
    for step in (SECOND // 10, -3 * SECOND):
        with starved(chronyd) as clock:

            def step_and_read(step: int = step, clock: BoundedClock = clock) -> None:
                fake_clock().fake_step(step)
                assert holds(clock.now())

            assert count_requests(chronyd, step_and_read) == 1


def a_large_step_where_chronyd_is_silent(chronyd: AllKnowingChronyd) -> None:
    with BoundedClock(chronyd.address, refresh=STARVED, timeout=0.05) as clock:
        chronyd.is_silent = True
        fake_clock().fake_step(SECOND // 10)
        with pytest.raises(ClockUnknownError, match="chronyd cannot be asked"):
            clock.now()


def a_step_by_somebody_else(chronyd: AllKnowingChronyd) -> None:
    """chronyd does not know of it, and says that all is well."""
    for step in (300_000, -300_000_000):
        with starved(chronyd) as clock:
            clock.now()
            chronyd.set_unseen(step)
            interval = clock.now()
            assert holds(interval)
            assert interval.error_ns >= abs(step) - NARROW
            assert interval.status is ClockStatus.FREE_RUNNING
            chronyd.measure(seen=0.5)
            clock._ask()
            assert holds(clock.now())
            chronyd.measure()
            clock._ask()
            assert holds(clock.now())
            assert clock.now().status is ClockStatus.SYNCHRONIZED


def small_steps_by_somebody_else(chronyd: AllKnowingChronyd) -> None:
    """Each is no more than what is unsure in a report."""
    with starved(chronyd) as clock:
        for _ in range(8):
            chronyd.set_unseen(8000)
            clock._ask()
            assert holds(clock.now())


def a_step_of_seconds_by_somebody_else(chronyd: AllKnowingChronyd) -> None:
    with starved(chronyd) as clock:
        chronyd.set_unseen(-5 * SECOND)
        assert not is_known(clock)
        chronyd.measure()
        assert holds(clock.now())


def suspend(chronyd: AllKnowingChronyd) -> None:
    """The monotonic clocks stand still meanwhile, and the system's does not."""
    for slept in (SECOND // 10, 3600 * SECOND):
        with BoundedClock(chronyd.address, refresh=0.005, max_age=0.3, timeout=PATIENCE) as clock:
            clock.now()
            chronyd.suspend(slept)
            assert holds_if_known(clock)
            chronyd.measure()
            while clock.status is not ClockStatus.SYNCHRONIZED:
                assert holds_if_known(clock)
            assert holds(clock.now())


def a_leap_second(chronyd: AllKnowingChronyd) -> None:
    """Nothing is known from the last second before it until chronyd has measured again."""
    day = 86_400 * SECOND
    midnight = (fake_clock().fake_true_time() // day + 1) * day
    fake_clock().fake_suspend(midnight - 5 * SECOND // 4 - fake_clock().fake_true_time())
    chronyd.measure()
    chronyd.leap = LeapStatus.INSERT
    with BoundedClock(chronyd.address, refresh=0.005, timeout=PATIENCE) as clock:
        while (interval := read(clock)) is not None:
            assert truth_of(interval) < midnight - SECOND
            assert interval.latest_ns < midnight - SECOND
        wait_for(lambda: time.time_ns() > midnight)
        chronyd.set_unseen(-SECOND)  # the system inserts it: no error, for chronyd
        wait_for(lambda: time.time_ns() > midnight - SECOND // 2)
        # This time was shown before: an interval would tell a wrong order.
        assert not is_known(BoundedClock(chronyd.address))
        assert not is_known(clock)
        wait_for(lambda: time.time_ns() > midnight)
        assert not is_known(BoundedClock(chronyd.address))
        assert not is_known(clock)
        # True time, as UTC, has the second too: the clock is right now.
        fake_clock().fake_step(SECOND)
        chronyd.leap = LeapStatus.NORMAL
        chronyd.measure()
        wait_for(lambda: is_known(clock))
        assert holds(clock.now())


def a_process_that_goes_on_on_another_computer(chronyd: AllKnowingChronyd) -> None:
    """As one that CRIU restores: that computer was started later, or earlier."""
    for younger in (10 * SECOND, -SECOND // 10):
        with starved(chronyd) as clock:
            clock.now()
            fake_clock().fake_raw_step(-younger)
            chronyd.measure()
            assert holds(clock.now())


def readings_torn_between_two_clocks(chronyd: AllKnowingChronyd) -> None:
    """A thread may be stopped after it has read one clock, while the clock is slewed."""
    for rate in (-0.08, 0.08):
        clock = BoundedClock(chronyd.address, refresh=0.002, timeout=PATIENCE)
        fake_clock().fake_delay(2, MILLISECOND)
        fake_clock().fake_rate(rate)
        for _ in range(100):
            assert holds(clock.now())
        fake_clock().fake_delay(0, 1)
        for _ in range(100):
            assert holds(clock.now())
        fake_clock().fake_rate(0)


def a_bound_from_a_reading_torn_between_two_clocks(chronyd: AllKnowingChronyd) -> None:
    """What the thread was stopped for looks like a movement the other way."""
    for rate in (0.08, -0.08):
        fake_clock().fake_delay(1, 5 * MILLISECOND)
        with starved(chronyd) as clock:
            fake_clock().fake_delay(0, 1)
            fake_clock().fake_rate(rate)
            end = time.monotonic() + 0.1
            while time.monotonic() < end:
                assert holds(clock.now())
            fake_clock().fake_rate(0)


def a_slow_answer_while_the_clock_is_set_and_set_back_later(chronyd: AllKnowingChronyd) -> None:
    """The report is of after the step, and the reading that it belongs to is of before."""
    chronyd.faults = Faults(delay=0.1)
    for step in (10 * MILLISECOND, -20 * MILLISECOND):
        fake_clock().fake_step(step)
        timer = Timer(0.05, fake_clock().fake_step, [-step])
        timer.start()
        with starved(chronyd) as clock:
            timer.join()
            fake_clock().fake_step(step)
            assert holds(clock.now())
            fake_clock().fake_step(-step)


def a_slow_answer_while_the_clock_is_set(chronyd: AllKnowingChronyd) -> None:
    """The report is of before the step or of after it: nobody knows which."""
    chronyd.faults = Faults(delay=0.1)
    for step in (SECOND // 100, -SECOND // 50):
        clock = BoundedClock(chronyd.address, timeout=PATIENCE)
        timer = Timer(0.05, fake_clock().fake_step, [step])
        timer.start()
        assert holds(clock.now())
        timer.join()


SCENARIOS = {
    each.__name__: each
    for each in (
        nothing,
        small_steps_and_slews_while_the_thread_is_starved,
        a_slew_while_the_thread_is_starved,
        a_clock_that_drifts_by_more_than_chronyd_says,
        a_large_step_makes_a_reading_ask,
        a_large_step_where_chronyd_is_silent,
        a_step_by_somebody_else,
        small_steps_by_somebody_else,
        a_step_of_seconds_by_somebody_else,
        suspend,
        a_leap_second,
        a_process_that_goes_on_on_another_computer,
        readings_torn_between_two_clocks,
        a_bound_from_a_reading_torn_between_two_clocks,
        a_slow_answer_while_the_clock_is_set_and_set_back_later,
        a_slow_answer_while_the_clock_is_set,
    )
}


def main() -> None:
    fake_clock().fake_raw_rate(RAW_PPM * 1e-6)
    chronyd = AllKnowingChronyd()
    chronyd.measure()
    with chronyd:
        SCENARIOS[sys.argv[1]](chronyd)


if __name__ == "__main__":
    main()
