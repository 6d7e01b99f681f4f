"""Intervals of the time: their order, their middle, and their ends as datetimes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime, timezone

import pytest

from pychrony import ClockInterval, ClockStatus

KNOWN = ClockStatus.SYNCHRONIZED


def interval(earliest: int, latest: int) -> ClockInterval:
    return ClockInterval(earliest, latest, KNOWN)


@pytest.mark.parametrize(
    ("one", "other", "is_before", "is_after"),
    [
        ((0, 10), (11, 20), True, False),
        ((0, 10), (10, 20), False, False),  # both may be at 10
        ((0, 10), (5, 20), False, False),
        ((0, 30), (5, 20), False, False),
        ((5, 5), (5, 5), False, False),
        ((11, 20), (0, 10), False, True),
        ((10, 20), (0, 10), False, False),
        ((-20, -11), (-10, 0), True, False),
    ],
)
def test_an_interval_is_before_another_where_no_time_of_both_could_be_the_other_way(
    one: tuple[int, int], other: tuple[int, int], is_before: bool, is_after: bool
) -> None:
    first, second = interval(*one), interval(*other)

    assert (first.is_before(second), first.is_after(second)) == (is_before, is_after)
    assert (second.is_after(first), second.is_before(first)) == (is_before, is_after)
    assert first.overlaps(second) == second.overlaps(first) == (not is_before and not is_after)


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
def test_intervals_have_no_other_order(compare: Callable[[object, object], bool]) -> None:
    with pytest.raises(TypeError, match=r"use is_before\(\) and is_after\(\)"):
        compare(interval(0, 10), interval(20, 30))


def test_intervals_are_equal_where_their_ends_and_their_status_are() -> None:
    assert interval(0, 10) == interval(0, 10)
    assert interval(0, 10) != interval(0, 11)
    assert interval(0, 10) != ClockInterval(0, 10, ClockStatus.FREE_RUNNING)


@pytest.mark.parametrize(
    ("earliest", "latest", "middle", "error"),
    [(0, 10, 5, 5), (0, 11, 5, 6), (-11, 0, -6, 6), (7, 7, 7, 0)],
)
def test_the_error_reaches_from_the_middle_to_both_ends(
    earliest: int, latest: int, middle: int, error: int
) -> None:
    found = interval(earliest, latest)

    assert (found.midpoint_ns, found.error_ns) == (middle, error)
    assert middle - error <= earliest <= latest <= middle + error


@pytest.mark.parametrize(
    ("earliest", "latest", "microseconds"),
    [(1_000, 2_000, (1, 2)), (1_001, 2_001, (1, 3)), (1_999, 1_999, (1, 2)), (0, 0, (0, 0))],
)
def test_the_ends_as_datetimes_are_rounded_outwards(
    earliest: int, latest: int, microseconds: tuple[int, int]
) -> None:
    found = interval(earliest, latest)

    ends = [datetime(1970, 1, 1, 0, 0, 0, each, timezone.utc) for each in microseconds]
    assert [found.earliest, found.latest] == ends


def test_the_ends_of_an_interval_of_this_century_are_exact_to_the_microsecond() -> None:
    found = interval(1_764_154_722_123_456_789, 1_764_154_722_123_467_891)

    assert found.earliest.isoformat() == "2025-11-26T10:58:42.123456+00:00"
    assert found.latest.isoformat() == "2025-11-26T10:58:42.123468+00:00"
