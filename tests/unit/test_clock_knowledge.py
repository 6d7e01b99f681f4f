"""What is known after several reports, where somebody else sets the clock, or a leap second is due.

All values are in microseconds, and the clock's rate is exact. Each report says what chronyd takes
the clock to be off, and how unsure it is; `clock` is how far the clock really was moved.
"""

from __future__ import annotations

import pytest

from pychrony import ClockStatus
from pychrony._bounded.estimate import Estimate, Reading, Rules
from pychrony._bounded.knowledge import Knowledge, learn

US = 1000
SECOND = 1_000_000_000
NEVER = 2**63 - 1
RULES = Rules(drift=0.0, extra=0, max_age=60 * SECOND)


def report(
    at: float,
    *,
    clock: float = 0,
    offset: float = 0,
    margin: float = 10,
    updated: float = 0,
    until: int = NEVER,
) -> Estimate:
    """Return what chronyd says `at` seconds, having measured last at `updated`."""
    time = int(at * SECOND)
    return Estimate(
        reading=Reading(time + int(clock * US), time, 0),
        bound=int((abs(offset) + margin) * US),
        correction=int(offset * US),
        margin=int(margin * US),
        frequency=0.0,
        drift=0.0,
        updated=int(updated * SECOND),
        until=until,
        status=ClockStatus.SYNCHRONIZED,
    )


def learn_all(*reports: Estimate) -> Knowledge:
    known = None
    for each in reports:
        known = learn(known, each, RULES)
    assert known is not None
    return known


def bound(known: Knowledge) -> float:
    """Return the bound in microseconds. Each difference is rounded up by a nanosecond at most."""
    assert known.problem == ""
    return round(known.estimate.bound / US, 1)


def test_reports_that_agree_give_the_bound_of_the_last() -> None:
    known = learn_all(report(0), report(1, margin=12), report(2, margin=7))

    assert bound(known) == 7
    assert known.estimate.status is ClockStatus.SYNCHRONIZED


def test_a_step_that_chronyd_knows_of_is_no_contradiction() -> None:
    known = learn_all(report(0), report(1, clock=5000, offset=-5000))

    assert bound(known) == 5010
    assert known.doubted == ()


@pytest.mark.parametrize("step", [-5000, 5000])
def test_a_step_that_chronyd_does_not_know_of_stays_in_the_bound(step: float) -> None:
    known = learn_all(report(0), report(1, clock=step), report(9, clock=step))

    assert bound(known) == 5010
    assert known.estimate.status is ClockStatus.FREE_RUNNING


def test_a_small_step_is_not_told_from_noise_and_is_in_the_bound_all_the_same() -> None:
    """Until chronyd measures it goes by a known rate, and has no noise."""
    known = learn_all(report(0), report(1, clock=15))

    assert known.doubted == ()
    assert bound(known) == 10 + 15


def test_small_steps_add_up() -> None:
    known = learn_all(report(0), report(1, clock=15), report(2, clock=30), report(3, clock=45))

    assert bound(known) >= 10 + 45


def test_a_small_step_is_not_forgotten_at_a_large_one() -> None:
    """Half a measurement follows: the bound rests on what was known before the large one."""
    steps = [report(0), report(1, clock=15), report(2, clock=15 + 5000)]
    mixed = report(3, clock=15 + 5000, offset=-2500, updated=3)

    assert bound(learn_all(*steps)) >= 10 + 15 + 5000
    assert bound(learn_all(*steps, mixed)) >= 10 + 15 + 5000


def test_half_a_measurement_of_a_small_step_does_not_hide_it() -> None:
    """Each measurement that follows drops half of what chronyd had not seen."""
    known = learn_all(
        report(0, margin=25),
        report(1, clock=20, margin=25),
        report(2, clock=20, offset=-10, margin=6, updated=2),
    )
    assert bound(known) == 10 + 6 + 20

    for at, left in ((3, 10), (4, 5)):
        known = learn(known, report(at, clock=20, offset=-20, margin=6, updated=at), RULES)
        assert bound(known) == 20 + 6 + left


def test_two_steps_that_cancel_each_other_end_the_doubt() -> None:
    known = learn_all(report(0), report(1, clock=5000), report(2))

    assert known.doubted == ()
    assert bound(known) == 10


def test_the_doubt_ends_where_chronyd_has_measured_the_step() -> None:
    known = learn_all(
        report(0), report(1, clock=5000), report(2, clock=5000, offset=-4995, updated=2)
    )

    assert bound(known) == 4995 + 10 + 5  # 5 more may not be measured yet
    assert known.doubted == ()
    assert known.estimate.status is ClockStatus.SYNCHRONIZED


def test_half_a_measurement_does_not_end_the_doubt() -> None:
    """The first measurements after a step are mixed with older ones."""
    known = learn_all(
        report(0), report(1, clock=5000), report(2, clock=5000, offset=-2500, updated=2)
    )

    assert bound(known) >= 5000
    assert known.estimate.status is ClockStatus.FREE_RUNNING


def test_the_doubt_lasts_for_as_long_as_chronyd_does_not_measure() -> None:
    steps = [report(at, clock=5000) for at in range(1, 1000, 50)]

    known = learn_all(report(0), *steps)
    assert bound(known) == 5010
    assert known.estimate.status is ClockStatus.FREE_RUNNING


def test_the_doubt_ends_where_chronyd_measured_and_agreed_with_itself_for_max_age() -> None:
    """It was right then: what it said before the step was not."""
    before = [report(0), report(1, clock=5000)]
    after = [report(at, clock=5000, updated=2) for at in (2, 30, 60)]

    assert bound(learn_all(*before, *after)) == 5010
    assert bound(learn_all(*before, *after, report(62, clock=5000, updated=2))) == 10


def test_a_step_of_seconds_is_not_known_until_chronyd_measures() -> None:
    known = learn_all(report(0), report(1, clock=2_000_000))

    assert known.problem == "the clock was set, and chronyd has not measured since"
    measured = report(2, clock=2_000_000, offset=-2_000_000, updated=2)
    assert bound(learn_all(report(0), report(1, clock=2_000_000), measured)) == 2_000_010


def test_a_chronyd_that_contradicts_itself_over_and_over_is_not_believed() -> None:
    known = learn_all(*(report(at, clock=5000 * at) for at in range(20)))

    assert known.problem == "chronyd contradicts itself again and again"


def test_a_report_that_was_asked_for_earlier_changes_nothing() -> None:
    known = learn_all(report(0), report(2))

    assert learn(known, report(1, clock=5000), RULES) is known


def test_over_a_leap_second_nothing_is_known_until_chronyd_measures() -> None:
    """It ends the 100th second: from 99 s on the clock may show the same twice."""
    last = 99 * SECOND
    known = learn_all(report(97, until=last), report(98, until=last))
    assert known.problem == ""

    for at, updated in ((99, 97), (101, 98), (102, 99.9), (150, 100)):
        known = learn(known, report(at, updated=updated), RULES)
        assert known.problem == "a leap second is due, and chronyd has not measured since"

    known = learn(known, report(151, clock=-1_000_000, updated=150), RULES)
    assert bound(known) == 10


def test_a_leap_second_may_be_due_within_the_bound_before_midnight() -> None:
    until = 100 * SECOND
    known = learn_all(report(98, until=until), report(99.999995, until=until))

    assert known.problem == "a leap second is due, and chronyd has not measured since"
