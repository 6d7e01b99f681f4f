"""Judge whether the clock is good enough, for programs and for monitoring systems.

A clock that is wrong is critical. A clock that is right, but may not stay so, is a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ._client.timeouts import is_positive
from ._units import short_age, short_seconds
from .models import CheckResult, Source, SourceState, TrackingStatus, Verdict

# An update may lie so many seconds in the future. The clocks of two computers differ a little, and
# this computer's clock tells the age.
_FUTURE = 1.0

# An update comes a little after a measurement. One measurement may be lost, and nothing is wrong.
_POLLS_ALLOWED = 3

_USABLE = (SourceState.SELECTED, SourceState.UNSELECTED, SourceState.SELECTABLE)


# Not frozen: that would take four times as long to import.
@dataclass(slots=True, eq=False, repr=False)
class Limits:
    """What is good enough, as `check` describes it.

    Raises:
        ValueError: A limit is malformed.

    """

    max_error: float | None = 0.005
    max_offset: float | None = None
    min_sources: int = 2
    max_age: float = 600.0

    def __post_init__(self) -> None:
        for name, value in (("max_error", self.max_error), ("max_offset", self.max_offset)):
            if value is not None and not is_positive(value):
                raise ValueError(
                    f"{name} must be a positive number of seconds or None, not {value!r}"
                )
        if not is_positive(self.max_age):
            raise ValueError(f"max_age must be a positive number of seconds, not {self.max_age!r}")
        least = self.min_sources
        if not isinstance(least, int) or isinstance(least, bool) or least < 0:
            raise ValueError(f"min_sources must be an integer from 0 on, not {least!r}")


def judge(
    tracking: TrackingStatus,
    sources: Collection[Source],
    now_ns: int,
    limits: Limits,
    *,
    remote: bool = False,
) -> CheckResult:
    """Return the judgment of what chronyd reported at `now_ns` on the system's clock."""
    usable = sum(source.state in _USABLE and source.is_reachable() for source in sources)
    polls = [source.poll_seconds for source in sources if source.is_selected()]
    allowed_age = max([limits.max_age, *(_POLLS_ALLOWED * poll for poll in polls)])
    age = _age(tracking, now_ns)
    found = [*_find_critical(tracking, limits.max_error, limits.max_offset)]
    warnings = [*_find_warnings(age, allowed_age, usable, limits.min_sources)]
    if tracking.is_synchronized() and age is not None and age < -_FUTURE:
        (warnings if remote else found).append(_describe_future(age, remote))
    verdict = Verdict.WARNING if warnings else Verdict.OK
    return CheckResult(
        verdict=Verdict.CRITICAL if found else verdict,
        message="; ".join([*found, *warnings]) or _describe(tracking, age, usable),
        error_bound=tracking.error_bound,
        offset=tracking.offset,
        age=age,
        max_age=allowed_age,
        usable_sources=usable,
        stratum=tracking.stratum,
        reference=tracking.reference_id_name,
    )


def _age(tracking: TrackingStatus, now_ns: int) -> float | None:
    """Return the age of the last update. Its time is chronyd's, so the clock's offset is added."""
    if tracking.ref_time_ns == 0:
        return None
    return (now_ns - tracking.ref_time_ns) / 1e9 + tracking.offset


def _find_critical(
    tracking: TrackingStatus,
    max_error: float | None,
    max_offset: float | None,
) -> Iterable[str]:
    if not tracking.is_synchronized():
        yield "not synchronized"
        return  # the other values mean nothing
    if tracking.is_local_reference():
        yield "follows only its own clock (local), so that its error is not known"
        return
    if max_error is not None and tracking.error_bound > max_error:
        bound, limit = short_seconds(tracking.error_bound), short_seconds(max_error)
        yield f"error bound {_exceeds(bound, limit)}"
    if max_offset is not None and abs(tracking.offset) > max_offset:
        direction = "slow" if tracking.offset > 0 else "fast"
        offset, limit = short_seconds(abs(tracking.offset)), short_seconds(max_offset)
        yield f"clock {direction} by {_exceeds(offset, limit)}"


def _find_warnings(
    age: float | None, max_age: float, usable: int, min_sources: int
) -> Iterable[str]:
    if age is not None and age > max_age:
        yield f"last update {_exceeds(short_age(int(age)), short_age(int(max_age)), ' ago')}"
    if usable < min_sources:
        yield f"{_count(usable)}, fewer than {min_sources}"


def _describe(tracking: TrackingStatus, age: float | None, usable: int) -> str:
    updated = "never" if age is None else f"{short_age(int(age))} ago"
    return (
        f"error bound {short_seconds(tracking.error_bound)}, last update {updated}, "
        f"{_count(usable)}, follows {tracking.reference_id_name} at stratum {tracking.stratum}"
    )


def _describe_future(age: float, remote: bool) -> str:
    reason = "the clock here differs" if remote else "the clock went back"
    return f"last update {short_age(int(-age))} in the future: {reason}"


def _exceeds(value: str, limit: str, ago: str = "") -> str:
    return f"{value}{ago}, {'just ' if value == limit else ''}more than {limit}"


def _count(usable: int) -> str:
    return f"{usable} usable source{'' if usable == 1 else 's'}"
