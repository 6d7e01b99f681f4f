"""The judgment of records that were made up: each rule by itself, and at its limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pychrony import (
    CheckResult,
    LeapStatus,
    Source,
    SourceMode,
    SourceState,
    TrackingStatus,
    Verdict,
    check,
)
from pychrony._judgment.clock import judge
from pychrony._judgment.inquiry import Facts
from pychrony._judgment.limits import make_limits
from pychrony.testing import make_tracking

UPDATED_NS = 1_795_377_600_000_000_000
GOOD = make_tracking(
    ref_time_ns=UPDATED_NS, offset=2**-12, root_dispersion=2**-11, root_delay=2**-10
)
BOUND = 2**-12 + 2**-11 + 2**-11  # the chronyc manual: |offset| + dispersion + half the delay
SECOND = 10**9


def make_source(state: SourceState = SourceState.SELECTED, **overrides: Any) -> Source:
    values: dict[str, Any] = {
        "address": "192.0.2.1",
        "poll": 6,
        "stratum": 2,
        "state": state,
        "mode": SourceMode.CLIENT,
        "flags": 0,
        "reachability": 0o377,
        "last_sample_ago": 5,
        "orig_latest_meas": 0.0,
        "latest_meas": 0.0,
        "latest_meas_err": 0.0,
    }
    return Source(**{**values, **overrides})


TWO = [make_source(), make_source(SourceState.UNSELECTED, address="192.0.2.2")]


def judged_result(
    tracking: TrackingStatus = GOOD,
    sources: list[Source] = TWO,
    after: float = 1.0,
    *,
    remote: bool = False,
    **limits: Any,
) -> CheckResult:
    """Return the judgment so many seconds after the last update."""
    given: dict[str, Any] = dict.fromkeys(("max_offset", "max_skew", "max_stratum", "source"))
    given |= {"max_error": 0.005, "max_age": 600.0, "min_sources": 2}
    now_ns = UPDATED_NS + int(after * SECOND)
    return judge(Facts(now_ns, remote, tracking, sources), make_limits(**{**given, **limits}))


def judged(
    tracking: TrackingStatus = GOOD, sources: list[Source] = TWO, after: float = 1.0, **limits: Any
) -> tuple[Verdict, str]:
    """Return the verdict and why, so many seconds after the last update."""
    result = judged_result(tracking, sources, after, **limits)
    return result.verdict, result.message


def test_a_good_clock_is_ok_and_its_numbers_are_told() -> None:
    result = judged_result()

    assert result.verdict is Verdict.OK
    assert (result.error_bound, result.offset) == (BOUND, 2**-12)
    assert result.limits.max_age == (600.0, None)
    assert result.age == pytest.approx(1.0 + 2**-12)
    assert (result.usable_sources, result.stratum, result.reference) == (2, 3, "192.0.2.1")
    assert result.message == (
        "error bound 1221us, last update 1s ago, 2 usable sources, follows 192.0.2.1 at stratum 3"
    )


@pytest.mark.parametrize(
    ("tracking", "words"),
    [
        (replace(GOOD, leap_status=LeapStatus.UNSYNC), "not synchronized"),
        (
            make_tracking(reference_id=0, leap_status=LeapStatus.UNSYNC, ref_time_ns=0),
            "not synchronized",
        ),
        (make_tracking(reference_id=0x7F7F0101, ref_time_ns=UPDATED_NS), "own clock (local)"),
        (replace(GOOD, root_dispersion=1.0), "error bound 1001ms, more than 5000us"),
    ],
)
def test_a_clock_that_is_not_good_is_critical(tracking: TrackingStatus, words: str) -> None:
    verdict, reasons = judged(tracking)

    assert verdict is Verdict.CRITICAL
    assert words in reasons
    assert ";" not in reasons


@pytest.mark.parametrize(
    ("limit", "words"),
    [(0.1, "skew 0.500ppm, more than 0.100ppm"), (0.0001, "skew 0.500ppm, more than 0.0001ppm")],
)
def test_a_limit_of_the_skew_is_told_however_small(limit: float, words: str) -> None:
    assert judged(replace(GOOD, skew=0.5), max_skew=limit) == (Verdict.CRITICAL, words)


def test_the_limits_themselves_are_still_good() -> None:
    assert judged(max_error=BOUND, max_offset=2**-12, after=600 - 2**-12)[0] is Verdict.OK


@pytest.mark.parametrize("offset", [2**-12, -(2**-12)])
def test_an_offset_above_its_own_limit_is_critical(offset: float) -> None:
    verdict, reasons = judged(replace(GOOD, offset=offset), max_offset=2**-13)

    assert verdict is Verdict.CRITICAL
    assert reasons == f"clock {'slow' if offset > 0 else 'fast'} by 244us, more than 122us"


def test_any_error_bound_may_be_good() -> None:
    assert judged(replace(GOOD, root_dispersion=99.0), max_error=None)[0] is Verdict.OK


def test_an_old_update_is_a_warning_while_the_bound_holds() -> None:
    assert judged(after=601) == (Verdict.WARNING, "last update 601s ago, more than 600s")
    assert judged(after=601, max_age=1000)[0] is Verdict.OK


@pytest.mark.parametrize("poll", [24, 25, 1022, 1023, 32767])
def test_a_polling_interval_that_cannot_be_allows_no_more_than_the_longest(poll: int) -> None:
    """chronyd's ends at 2 ** 24 seconds (the chrony.conf manual, maxpoll)."""
    result = judged_result(sources=[make_source(poll=poll)], after=3 * 2**24 + 1, min_sources=1)

    assert result.limits.max_age == (3.0 * 2**24, None)
    assert result.verdict is Verdict.WARNING


@pytest.mark.parametrize(("poll", "verdict"), [(9, Verdict.OK), (8, Verdict.WARNING)])
def test_three_polling_intervals_of_the_selected_source_are_never_too_old(
    poll: int, verdict: Verdict
) -> None:
    sources = [
        make_source(poll=poll),
        make_source(SourceState.UNSELECTED, address="192.0.2.2", poll=12),
    ]

    assert judged(sources=sources, after=800)[0] is verdict


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        (False, (Verdict.CRITICAL, "last update 9s in the future: the clock went back")),
        (True, (Verdict.WARNING, "last update 9s in the future: the clock here differs")),
    ],
)
def test_another_computers_clock_is_not_blamed_for_this_ones(
    remote: bool, expected: tuple[Verdict, str]
) -> None:
    tracking = replace(GOOD, offset=0.0)
    result = judged_result(tracking, TWO, -9 - 1e-9, remote=remote)

    assert (result.verdict, result.message) == expected


def test_a_limit_that_is_hardly_exceeded_is_not_said_to_be_more_than_itself() -> None:
    assert judged(max_error=BOUND - 1e-9)[1].count("just more than") == 1


@pytest.mark.parametrize("offset", [100.0, -100.0])
def test_the_age_is_by_the_time_that_chronyd_believes_in(offset: float) -> None:
    # chronyd's reference times count in the time of its sources: seen with a reference clock 1000 s
    # ahead of a chronyd that may not set the system's clock.
    tracking = replace(GOOD, offset=offset)

    result = judged_result(tracking, TWO, 1 - offset)

    assert result.age == pytest.approx(1.0)


def test_an_update_in_the_future_is_critical() -> None:
    assert judged(after=-0.5)[0] is Verdict.OK  # the clocks of two computers may differ
    verdict, reasons = judged(after=-5000)
    assert verdict is Verdict.CRITICAL
    assert reasons == "last update 83m in the future: the clock went back"


@pytest.mark.parametrize(
    ("source", "usable"),
    [
        (make_source(SourceState.SELECTED), True),
        (make_source(SourceState.UNSELECTED), True),
        (make_source(SourceState.SELECTABLE), True),
        (make_source(SourceState.NONSELECTABLE), False),
        (make_source(SourceState.FALSETICKER), False),
        (make_source(SourceState.JITTERY), False),
        (make_source(SourceState(7)), False),
        (make_source(SourceState.SELECTED, reachability=0), False),
        (make_source(SourceState.SELECTED, mode=SourceMode.REFCLOCK), True),
    ],
)
def test_usable_sources_are_reachable_and_selectable(source: Source, usable: bool) -> None:
    verdict, message = judged(sources=[source], min_sources=1)

    assert verdict is (Verdict.OK if usable else Verdict.WARNING)
    assert f"{int(usable)} usable source" in message


def test_too_few_sources_are_a_warning() -> None:
    assert judged(sources=TWO[:1]) == (Verdict.WARNING, "1 usable source, fewer than 2")
    assert judged(sources=[], min_sources=0)[0] is Verdict.OK


def test_all_that_is_wrong_is_told_the_worst_first() -> None:
    verdict, reasons = judged(replace(GOOD, root_delay=1.0), [], after=700, max_offset=1e-6)

    assert verdict is Verdict.CRITICAL
    assert [reason.split(" ")[0] for reason in reasons.split("; ")] == [
        "error",
        "clock",
        "last",
        "0",
    ]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("max_error", bad) for bad in (0, -1.0, float("nan"), float("inf"), "1", True)),
        *(("max_offset", bad) for bad in (0, -1.0, float("nan"))),
        *(("max_age", bad) for bad in (0, float("inf"))),
        *(("min_sources", bad) for bad in (-1, 1.5, "2", True)),
        *(("max_stratum", bad) for bad in (0, 16, 3.0)),
        *(("max_error", bad) for bad in ((0.5, 0.1), (0.1,), (0.1, 0.2, 0.3), (0.1, -1))),
        ("min_sources", (1, 2)),
        *(("source", bad) for bad in ("", [], ["GPS", 7], 7)),
    ],
)
def test_a_limit_that_makes_no_sense_is_a_value_error(argument: str, value: object) -> None:
    arguments: dict[str, Any] = {argument: value}
    with pytest.raises(ValueError, match=rf"^{argument} must be .*, not "):
        check("/nonexistent", **arguments)


@pytest.mark.parametrize("limit", [{"max_error": (0.1, 0.01)}, {"min_sources": (1, 3)}])
def test_a_pair_that_is_the_wrong_way_round_is_told_what_is_wrong(limit: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="so that what is critical is a warning too, not"):
        check("/nonexistent", **limit)
