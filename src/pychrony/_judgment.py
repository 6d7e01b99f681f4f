"""Judge whether the clock is good enough, for programs and for monitoring systems.

A clock that is wrong is critical. A clock that is right, but may not stay so, is a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from time import time_ns

from ._client.addresses import Address, is_local, parse
from ._client.search import OneCall
from ._client.timeouts import deadline_after, is_positive
from ._units import short_age, short_seconds
from .models import CheckResult, Source, SourceState, TrackingStatus, Verdict

# An update may lie so many seconds in the future. The clocks of two computers differ a little, and
# this computer's clock tells the age.
_FUTURE = 1.0

# An update comes a little after a measurement. One measurement may be lost, and nothing is wrong.
_POLLS_ALLOWED = 3

_USABLE = (SourceState.SELECTED, SourceState.UNSELECTED, SourceState.SELECTABLE)


def check(
    address: Address = None,
    *,
    timeout: float | None = 3.0,
    max_error: float | None = 0.005,
    max_offset: float | None = None,
    min_sources: int = 2,
    max_age: float = 600.0,
) -> CheckResult:
    """Return whether the clock is good enough, and the numbers that say so.

    CRITICAL: it is not synchronized; follows only itself (`local`); its error bound is above
    `max_error` or what is left to correct above `max_offset`; or the last update lies in the
    future, so that the clock was set back. WARNING: the last update is older than `max_age`, or
    there are fewer usable sources than `min_sources`. Of another computer's clock an update in the
    future is a WARNING: it may be this computer's that is wrong.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT; None is the chronyd of this computer.
        timeout: The deadline of the whole call, in seconds; None waits forever.
        max_error: The bound on the clock's error that is good enough, in seconds: the offset
            without its sign + root dispersion + root delay / 2 (the chronyc manual, "tracking": the
            root distance of RFC 5905, and the offset). chronyd lets it grow while it has no new
            measurement. None: any will do.
        max_offset: How far the clock may be from chronyd's estimate of the time, in seconds. None:
            as far as `max_error` allows.
        min_sources: How many sources must be usable: reachable, and selected, combined or
            selectable (the chronyc manual, "sources": `*`, `+` and `-`).
        max_age: How old the last update may be, in seconds, to about a second. It may be at least
            three polling intervals of the selected source old.

    Returns:
        The verdict, the reasons in words, and the numbers that it was made from.

    Raises:
        ChronyConnectionError: chronyd is not there, or this process cannot make a socket to ask it
            by. `errno` and the message say which.
        ChronyTimeoutError: No answer came in time.
        ChronyPermissionError: chronyd or the system does not let this process ask.
        ChronyDataError: chronyd's answer made no sense, or the list of sources changed each time it
            was read.
        ChronyLibraryError: libchrony itself failed, or there is no memory.
        ValueError: An argument is malformed.

    Example:
        >>> from pychrony import check
        >>> result = check(max_error=0.05)
        >>> result.verdict.name, result.usable_sources
        ('OK', 3)

    """
    _check_limits(max_error, max_offset, min_sources, max_age)
    with OneCall(parse(address), deadline_after(timeout)) as connection:
        tracking = connection.get_tracking()
        now_ns = time_ns()
        sources = connection.get_sources()
        remote = not is_local(connection.address)
    return judge(
        tracking,
        sources,
        now_ns,
        remote=remote,
        max_error=max_error,
        max_offset=max_offset,
        min_sources=min_sources,
        max_age=max_age,
    )


def _check_limits(
    max_error: float | None, max_offset: float | None, min_sources: int, max_age: float
) -> None:
    for name, value in (("max_error", max_error), ("max_offset", max_offset)):
        if value is not None and not is_positive(value):
            raise ValueError(f"{name} must be a positive number of seconds or None, not {value!r}")
    if not is_positive(max_age):
        raise ValueError(f"max_age must be a positive number of seconds, not {max_age!r}")
    if not isinstance(min_sources, int) or isinstance(min_sources, bool) or min_sources < 0:
        raise ValueError(f"min_sources must be an integer from 0 on, not {min_sources!r}")


def judge(
    tracking: TrackingStatus,
    sources: Collection[Source],
    now_ns: int,
    *,
    remote: bool = False,
    max_error: float | None = 0.005,
    max_offset: float | None = None,
    min_sources: int = 2,
    max_age: float = 600.0,
) -> CheckResult:
    """Return the judgment of what chronyd reported at `now_ns` on the system's clock."""
    usable = sum(source.state in _USABLE and source.is_reachable() for source in sources)
    polls = [source.poll_seconds for source in sources if source.is_selected()]
    allowed_age = max([max_age, *(_POLLS_ALLOWED * poll for poll in polls)])
    age = _age(tracking, now_ns)
    found = [*_find_critical(tracking, max_error, max_offset)]
    warnings = [*_find_warnings(age, allowed_age, usable, min_sources)]
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
