"""What one tracking report says of the true time. The bounds are worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pychrony import ClockStatus, TrackingStatus
from pychrony._bounded.estimate import (
    Estimate,
    NotKnownError,
    Reading,
    Rules,
    make_estimate,
)
from pychrony.models import LeapStatus
from pychrony.testing import make_tracking

SECOND = 1_000_000_000
NOON = 1_764_158_400 * SECOND  # 2025-11-26T12:00:00Z
DAY = 24 * 3600 * SECOND
MIDNIGHT = NOON + DAY // 2
RULES = Rules(drift=50e-6, extra=0, max_age=60 * SECOND)
BEFORE = Reading(NOON, SECOND, 0)


def tracking(**fields: Any) -> TrackingStatus:
    """Return a report whose bound is 3 + 20 + 8 / 2 µs, that of a clock that runs at its rate."""
    values: dict[str, Any] = {
        "offset": 3e-6,
        "root_dispersion": 20e-6,
        "root_delay": 8e-6,
        "frequency": 0.0,
        "skew": 0.0,
        "ref_time_ns": NOON - SECOND,
    }
    return make_tracking(**values | fields)


BOUND = 27_000


def later(seconds: float, *, moved: int = 0, spread: int = 0) -> Reading:
    passed = int(seconds * SECOND)
    return Reading(NOON + passed + moved, SECOND + passed, spread)


def estimate(
    report: TrackingStatus | None = None,
    *,
    before: Reading = BEFORE,
    after: Reading | None = None,
    rules: Rules = RULES,
) -> Estimate:
    return make_estimate(report or tracking(), before, after or before, rules)


def test_the_bound_is_offset_and_dispersion_and_half_the_delay_at_the_reading_before() -> None:
    found = estimate(after=later(0.001))

    assert found.reading == BEFORE
    assert BOUND < found.bound <= BOUND + 2 + 2 * 50  # what the rate may hide within 1 ms
    assert estimate().bound == pytest.approx(BOUND, abs=2)
    assert estimate().bound >= BOUND
    assert (found.correction, found.status) == (3000, ClockStatus.SYNCHRONIZED)


def test_an_offset_counts_whichever_way_it_is() -> None:
    assert estimate(tracking(offset=-3e-6)).bound == estimate(tracking(offset=3e-6)).bound


@pytest.mark.parametrize("offset", [0.7, -0.7, 0.0123456, 5.1])
def test_what_is_lost_where_an_offset_is_sent_is_in_the_bound(offset: float) -> None:
    """A number is sent with 25 bits, one of which is its sign."""
    mantissa, exponent = math.frexp(offset)
    sent = math.ldexp(round(math.ldexp(mantissa, 24)), exponent - 24)
    assert sent != offset

    found = estimate(tracking(offset=sent, root_dispersion=0.0, root_delay=0.0))
    assert found.bound >= abs(offset) * SECOND


def test_an_extra_error_is_added() -> None:
    with_extra = estimate(rules=RULES._replace(extra=1234))

    assert with_extra.bound == estimate().bound + 1234


@pytest.mark.parametrize("moved", [-5000, 5000])
def test_what_the_clock_moved_while_chronyd_was_asked_is_added(moved: int) -> None:
    still, set_meanwhile = (
        estimate(after=later(0.001)),
        estimate(after=later(0.001, moved=moved)),
    )

    assert set_meanwhile.bound == still.bound + 5000


def test_a_clock_that_is_set_by_decades_while_chronyd_is_asked_tells_nothing() -> None:
    with pytest.raises(NotKnownError, match="the clock was set while chronyd was asked"):
        estimate(after=later(0.001, moved=20 * 365 * DAY))


def test_what_the_clocks_rate_may_hide_of_a_movement_is_added() -> None:
    """It is set by 8 µs within the tenth of a second that chronyd takes, and loses 5 µs of them at
    50 ppm: chronyd may have seen it 8 µs from where it was before."""
    seen = estimate(tracking(offset=3e-6), after=later(0.1, moved=3000))

    assert seen.bound >= BOUND + 8000


def test_a_rate_that_chronyd_knows_is_no_movement() -> None:
    """The hardware's clock is 100 ppm too fast, and the system's clock is not."""
    report, after = tracking(frequency=100.0), later(0.1)
    after = after._replace(real=after.real - 10_000)  # 100 ppm of 0.1 s

    assert estimate(report, after=after).bound == estimate(after=later(0.1)).bound


def test_readings_that_took_long_are_added() -> None:
    slow = estimate(before=BEFORE._replace(spread=700), after=later(0, spread=90))

    assert slow.bound == estimate().bound + 790


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"leap_status": LeapStatus.UNSYNC}, "not synchronized"),
        ({"leap_status": LeapStatus(7)}, "a leap status that nobody knows"),
        ({"stratum": 16}, "not synchronized"),
        ({"reference_id": 0}, "not synchronized"),
        ({"reference_id": 0x7F7F0101, "reference_ip": ""}, "follows only itself"),
        ({"root_dispersion": float("inf")}, "a bound that makes no sense"),
        ({"root_delay": float("nan")}, "a bound that makes no sense"),
        ({"offset": -1e12}, "a bound that makes no sense"),
        ({"frequency": 1e6}, "rate"),
        ({"frequency": float("nan")}, "rate"),
        ({"skew": 1e6}, "rate"),
        ({"skew": float("nan")}, "rate"),
    ],
)
def test_a_report_that_is_no_bound_is_refused_with_the_reason(
    fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotKnownError, match=reason):
        estimate(tracking(**fields))


@pytest.mark.parametrize(
    ("ago", "interval", "status"),
    [
        (599, 16.0, ClockStatus.SYNCHRONIZED),
        (601, 16.0, ClockStatus.FREE_RUNNING),
        (8 * 1024 - 1, 1024.0, ClockStatus.SYNCHRONIZED),
        (8 * 1024 + 1, 1024.0, ClockStatus.FREE_RUNNING),
        (601, float("nan"), ClockStatus.FREE_RUNNING),
        (601, float("inf"), ClockStatus.FREE_RUNNING),
    ],
)
def test_a_clock_not_updated_for_long_runs_free(
    ago: int, interval: float, status: ClockStatus
) -> None:
    report = tracking(ref_time_ns=NOON - ago * SECOND, update_interval=interval)

    assert estimate(report).status is status


@pytest.mark.parametrize("leap", [LeapStatus.INSERT, LeapStatus.DELETE])
@pytest.mark.parametrize(
    ("updated", "until"),
    [
        (NOON - SECOND, MIDNIGHT - SECOND),
        (NOON + SECOND, MIDNIGHT - SECOND),
        (NOON + 10 * DAY, MIDNIGHT - SECOND),  # the clock was set since
        (NOON - DAY, MIDNIGHT - DAY - SECOND),  # it was due then: chronyd has not measured since
        (0, DAY - SECOND),
        (-(2**80), DAY - SECOND),
    ],
)
def test_where_a_leap_second_is_due_an_estimate_ends_before_the_last_second_of_the_day(
    updated: int, until: int, leap: LeapStatus
) -> None:
    """That second may come twice, or not at all."""
    assert estimate(tracking(leap_status=leap, ref_time_ns=updated)).until == until
    assert estimate().until > MIDNIGHT + 10**18


@pytest.mark.parametrize(
    ("seconds", "moved", "spread", "grown"),
    [
        (0, 0, 0, 0),
        (1, 0, 0, 50_000),  # 50 ppm
        (60, 0, 0, 3_000_000),
        (1, 10_000, 0, 60_000),
        (1, -10_000, 0, 60_000),
        (1, 0, 300, 50_300),
    ],
)
def test_a_bound_grows_by_the_drift_by_movements_and_by_what_a_reading_took(
    seconds: float, moved: int, spread: int, grown: int
) -> None:
    found = estimate()

    assert found.grown(later(seconds, moved=moved, spread=spread)) == pytest.approx(
        found.bound + grown, abs=2
    )


def test_a_skew_above_the_drift_that_is_allowed_is_what_it_grows_by() -> None:
    found = estimate(tracking(skew=200.0))

    assert found.grown(later(1)) == pytest.approx(found.bound + 200_000, abs=2)


@pytest.mark.parametrize(
    ("moved", "correction", "agrees"),
    [
        (0, 3e-6, True),
        (1_000_000, 3e-6 - 1e-3, True),  # chronyd knows that the clock was set by 1 ms
        (1_000_000, 3e-6, False),  # chronyd does not
        (0, 3e-6 + 1e-3, False),
        (0, 3e-6 + 90e-6, True),  # 24 + 24 µs are unsure, and 50 µs the drift
        (0, 3e-6 + 105e-6, False),
    ],
)
def test_reports_agree_where_both_may_be_of_one_true_time(
    moved: int, correction: float, agrees: bool
) -> None:
    reading = later(1, moved=moved)
    second = estimate(tracking(offset=correction), before=reading)

    assert estimate().agrees(second) is agrees
