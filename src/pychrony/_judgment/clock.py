"""The judgment of a clock by what chronyd reports of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from .._units import short_age, short_seconds
from ..models import CheckResult, Finding, FindingCode, Limits, Source, TrackingStatus, Verdict
from ..models._check import Levels
from .authentication import find_failing
from .causes import count_sources, find_cause, tell_unselected, tell_unusable
from .inquiry import Facts, follows_nothing
from .limits import RULES
from .reasons import are_offline
from .references import find_name, is_expected
from .severity import sort_by_severity, worst
from .sources import call, find_followed, is_updated_from, is_usable

# An update may lie so many seconds in the future. The clocks of two computers differ a little, and
# this computer's clock tells the age.
_FUTURE = -1.0

# An update comes a little after a measurement. One measurement may be lost, and nothing is wrong.
_POLLS_ALLOWED = 3

# What a chronyd says beyond its own end of polling intervals would allow any age, and is no number
# that documents can have.
_LONGEST_POLL = 24


class _Case(NamedTuple):
    """A clock, and what follows from its reports."""

    facts: Facts
    limits: Limits
    age: float | None
    usable: int
    followed: Source | None

    @property
    def tracking(self) -> TrackingStatus:
        return self.facts.tracking


class _Measure(NamedTuple):
    """What has a limit: its value of a clock, and the sentence for one that is beyond it."""

    code: FindingCode
    limit: str
    read: Callable[[_Case], float | None]
    describe: Callable[[_Case, float, float], str]
    unit: str = ""


def judge(facts: Facts, limits: Limits) -> CheckResult:
    """Return the judgment of a clock."""
    tracking = facts.tracking
    case = _Case(
        facts,
        _with_polls(limits, facts),
        age=_age(tracking, facts.now_ns),
        usable=sum(map(is_usable, facts.sources)),
        followed=find_followed(tracking, facts.sources),
    )
    find = _find_why_it_follows_nothing if follows_nothing(tracking) else _find_faults
    findings = sort_by_severity([*find(case), *find_failing(facts)])
    return CheckResult(
        verdict=worst(finding.severity for finding in findings),
        findings=findings,
        message="; ".join(finding.message for finding in findings) or _describe(case),
        error_bound=tracking.error_bound,
        offset=tracking.offset,
        skew=tracking.skew,
        age=case.age,
        stratum=tracking.stratum,
        usable_sources=case.usable,
        reference=find_name(facts),
        limits=case.limits,
    )


def _age(tracking: TrackingStatus, now_ns: int) -> float | None:
    """Return the age of the last update. Its time is chronyd's, so the clock's offset is added."""
    if tracking.ref_time_ns == 0:
        return None
    return (now_ns - tracking.ref_time_ns) / 1e9 + tracking.offset


def _with_polls(limits: Limits, facts: Facts) -> Limits:
    """Return the limits, with an age that the selected source's polls can keep.

    Where chronyd has just selected another source, the last update is still the former one's.
    """
    polls = [
        2.0 ** min(source.poll, _LONGEST_POLL)
        for source in facts.sources
        if source.is_selected() or is_updated_from(facts.tracking, source)
    ]
    least = _POLLS_ALLOWED * max(polls, default=0.0)
    warning, critical = (None if age is None else max(age, least) for age in limits.max_age)
    return replace(limits, max_age=(warning, critical))


def _find_why_it_follows_nothing(case: _Case) -> Iterator[Finding]:
    """Yield that, and why. Whatever else is wrong follows from it."""
    local = case.tracking.is_local_reference()
    cause = find_cause(case.facts)
    if local:
        code = FindingCode.LOCAL_REFERENCE
        message = "follows only its own clock (local), so that its error is not known"
    else:
        code, message = FindingCode.NOT_SYNCHRONIZED, "not synchronized"
        reasons = "" if cause else tell_unselected(case.facts)
        message += f" ({reasons})" if reasons else ""
    yield Finding(code, Verdict.CRITICAL, message)
    if cause is not None:
        yield cause


def _find_faults(case: _Case) -> Iterator[Finding]:
    """Yield what is wrong with a clock that follows something."""
    for measure in _MEASURES:
        value = measure.read(case)
        if value is not None:
            yield from _find_beyond(case, measure, value)
    yield from _find_future(case)
    yield from _find_silent(case)
    if not is_expected(case.facts, case.limits.sources):
        expected = " or ".join(case.limits.sources)
        followed = find_name(case.facts)
        source = case.tracking.reference_ip or case.tracking.reference_id_name
        yield Finding(
            FindingCode.UNEXPECTED_SOURCE,
            Verdict.WARNING,
            f"follows {followed}, not {expected}",
            source=source,
        )


def _find_beyond(case: _Case, measure: _Measure, value: float) -> Iterator[Finding]:
    levels: Levels = getattr(case.limits, measure.limit)
    for limit, severity in zip(reversed(levels), (Verdict.CRITICAL, Verdict.WARNING), strict=True):
        if limit is None:
            continue
        if RULES[measure.limit].is_beyond(value, limit):
            message = measure.describe(case, value, limit)
            yield Finding(measure.code, severity, message, value, limit, measure.unit)
            return


def _find_future(case: _Case) -> Iterator[Finding]:
    age, remote = case.age, case.facts.is_remote
    if age is None or age >= _FUTURE:
        return
    reason = "the clock here differs" if remote else "the clock went back"
    yield Finding(
        FindingCode.UPDATE_IN_FUTURE,
        Verdict.WARNING if remote else Verdict.CRITICAL,
        f"last update {short_age(int(-age))} in the future: {reason}",
        age,
        _FUTURE,
        "s",
    )


def _find_silent(case: _Case) -> Iterator[Finding]:
    source = case.followed
    if source is None or source.is_reachable():
        return
    if not source.is_reference_clock() and are_offline(case.facts):
        return
    what = "given no sample in" if source.is_reference_clock() else "not answered"
    last = short_age(source.last_sample_ago)
    yield Finding(
        FindingCode.SELECTED_SOURCE_SILENT,
        Verdict.WARNING,
        f"the selected source {call(source)} has {what} its last eight polls "
        f"(last measurement {last} ago)",
        source=source.address,
    )


def _describe_bound(_case: _Case, value: float, limit: float) -> str:
    return f"error bound {_exceeds(short_seconds(value), short_seconds(limit))}"


def _describe_offset(_case: _Case, value: float, limit: float) -> str:
    direction = "slow" if value > 0 else "fast"
    return f"clock {direction} by {_exceeds(short_seconds(abs(value)), short_seconds(limit))}"


def _describe_skew(_case: _Case, value: float, limit: float) -> str:
    return f"skew {_exceeds(_show_ppm(value), _show_ppm(limit))}"


def _show_ppm(value: float) -> str:
    """Return a rate with three digits after the point, or as many as it takes not to be 0."""
    return f"{value:.3f}ppm" if round(value, 3) else f"{value:.1g}ppm"


def _describe_age(_case: _Case, value: float, limit: float) -> str:
    return f"last update {_exceeds(short_age(int(value)), short_age(int(limit)), ' ago')}"


def _describe_stratum(_case: _Case, value: float, limit: float) -> str:
    return f"stratum {value:.0f}, more than {limit:.0f}"


def _describe_sources(case: _Case, value: float, limit: float) -> str:
    unusable = tell_unusable(case.facts)
    reason = f" ({unusable})" if unusable else ""
    return f"{count_sources(int(value), 'usable ')}, fewer than {limit:.0f}{reason}"


_MEASURES = (
    _Measure(
        FindingCode.ERROR_BOUND,
        "max_error",
        lambda case: case.tracking.error_bound,
        _describe_bound,
        "s",
    ),
    _Measure(
        FindingCode.OFFSET, "max_offset", lambda case: case.tracking.offset, _describe_offset, "s"
    ),
    _Measure(FindingCode.SKEW, "max_skew", lambda case: case.tracking.skew, _describe_skew, "ppm"),
    _Measure(
        FindingCode.STRATUM, "max_stratum", lambda case: case.tracking.stratum, _describe_stratum
    ),
    _Measure(FindingCode.UPDATE_TOO_OLD, "max_age", lambda case: case.age, _describe_age, "s"),
    _Measure(
        FindingCode.TOO_FEW_SOURCES, "min_sources", lambda case: case.usable, _describe_sources
    ),
)


def _exceeds(value: str, limit: str, ago: str = "") -> str:
    return f"{value}{ago}, {'just ' if value == limit else ''}more than {limit}"


def _describe(case: _Case) -> str:
    """Return what a clock is like with which nothing is wrong."""
    tracking = case.tracking
    updated = "never" if case.age is None else f"{short_age(int(case.age))} ago"
    return (
        f"error bound {short_seconds(tracking.error_bound)}, last update {updated}, "
        f"{count_sources(case.usable, 'usable ')}, follows {find_name(case.facts)} "
        f"at stratum {tracking.stratum}"
    )
