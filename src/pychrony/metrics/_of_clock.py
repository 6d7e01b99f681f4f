"""The metrics of the clock itself, and of its judgment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from .._judgment.severity import worst
from ..models import FindingCode, LeapStatus, Limits, TrackingStatus, Verdict
from ._family import Family, Read, Sample, of_one, unit_of
from ._snapshot import Snapshot

_INFINITE = float("inf")


def _tracking(name: str, text: str, read: Read) -> Family:
    return Family(name, text, "tracking", of_one("tracking", read), unit=unit_of(name))


def _follows_source(tracking: TrackingStatus) -> bool:
    return tracking.is_synchronized() and not tracking.is_local_reference()


def _bound(tracking: TrackingStatus) -> float:
    return tracking.error_bound if _follows_source(tracking) else _INFINITE


def _info(snapshot: Snapshot) -> Iterable[Sample]:
    tracking = snapshot.tracking
    if tracking is None:
        return ()
    address = tracking.reference_ip or tracking.reference_id_name
    names = {source.address: source.name for source in snapshot.sources or ()}
    name = names.get(tracking.reference_ip) or address
    return (Sample((address, name, f"{tracking.reference_id:08X}"), 1.0),)


_LEAP = {
    "normal": LeapStatus.NORMAL,
    "insert_second": LeapStatus.INSERT,
    "delete_second": LeapStatus.DELETE,
    "unsynchronized": LeapStatus.UNSYNC,
}


def _leap(snapshot: Snapshot) -> Iterable[Sample]:
    now = None if snapshot.tracking is None else snapshot.tracking.leap_status
    return (Sample((name,), float(now is status)) for name, status in _LEAP.items())


def _one(value: float) -> Iterable[Sample]:
    return (Sample((), value),)


def _up(snapshot: Snapshot) -> Iterable[Sample]:
    return _one(float(snapshot.tracking is not None))


def _synchronized(snapshot: Snapshot) -> Iterable[Sample]:
    tracking = snapshot.tracking
    return _one(float(tracking is not None and tracking.is_synchronized()))


def _verdict(snapshot: Snapshot) -> Iterable[Sample]:
    if snapshot.check is None:
        return _one(float(Verdict.UNKNOWN.value))
    return _one(float(worst(finding.severity for finding in snapshot.findings).value))


_PROBLEMS = tuple(code.value for code in FindingCode)


def _problems(snapshot: Snapshot) -> Iterable[Sample]:
    found = {finding.code.value for finding in snapshot.findings}
    return [Sample((problem,), float(problem in found)) for problem in _PROBLEMS]


_TIME_LIMITS = tuple(limit.name for limit in fields(Limits) if limit.metadata.get("unit") == "s")


def _limits(snapshot: Snapshot) -> Iterable[Sample]:
    if snapshot.check is None:
        return
    for name in _TIME_LIMITS:
        levels = getattr(snapshot.check.limits, name)
        for level, value in zip(("warning", "critical"), levels, strict=True):
            if value is not None:
                yield Sample((name, level), float(value))  # a user's may be an int, or NumPy's


def _least_sources(snapshot: Snapshot) -> Iterable[Sample]:
    least = () if snapshot.check is None else snapshot.check.limits.min_sources
    levels = zip(("warning", "critical"), least, strict=False)
    return (Sample((level,), float(value)) for level, value in levels if value is not None)


CLOCK: tuple[Family, ...] = (
    Family("chrony_up", "Whether chronyd answered: 1 or 0.", "", _up),
    Family(
        "chrony_tracking_info",
        "What the clock follows. The value is 1.",
        "tracking",
        _info,
        ("tracking_address", "tracking_name", "tracking_refid"),
    ),
    _tracking(
        "chrony_tracking_last_offset_seconds",
        "The estimated offset at the last update of the clock, in seconds. Positive means that "
        "the clock was ahead of its source.",
        lambda r: r.last_offset,
    ),
    _tracking(
        "chrony_tracking_system_time_seconds",
        "What is still to be corrected, in seconds. Positive means that the system clock is "
        "slow of NTP time.",
        lambda r: r.offset,
    ),
    _tracking(
        "chrony_tracking_rms_offset_seconds",
        "A long-term average of the offset in seconds, never negative.",
        lambda r: r.rms_offset,
    ),
    _tracking(
        "chrony_tracking_root_delay_seconds",
        "The sum of the network's round-trip delays up to the stratum-1 computer, in seconds.",
        lambda r: r.root_delay,
    ),
    _tracking(
        "chrony_tracking_root_dispersion_seconds",
        "The dispersion gathered on the way from the stratum-1 computer, in seconds.",
        lambda r: r.root_dispersion,
    ),
    _tracking(
        "chrony_tracking_update_interval_seconds",
        "The time between the last two updates of the clock, in seconds.",
        lambda r: r.update_interval,
    ),
    _tracking(
        "chrony_tracking_frequency_ppms",
        "How wrong the clock's rate would be without correction, in ppm. Positive means that it "
        "would run fast.",
        lambda r: r.frequency,
    ),
    _tracking(
        "chrony_tracking_residual_frequency_ppms",
        "The difference between the measured rate of the source and the one used, in ppm. "
        "Positive means that the clock gains on its source.",
        lambda r: r.residual_freq,
    ),
    _tracking(
        "chrony_tracking_skew_ppms",
        "The estimated error bound of the frequency, in ppm.",
        lambda r: r.skew,
    ),
    _tracking(
        "chrony_tracking_reference_timestamp_seconds",
        "When the clock was last updated, in seconds since 1970, UTC; 0 for never.",
        lambda r: r.ref_time,
    ),
    _tracking(
        "chrony_tracking_stratum",
        "How many hops the clock is from a reference clock; 0 while not synchronized.",
        lambda r: r.stratum,
    ),
    _tracking(
        "chrony_tracking_remote_reference",
        "Whether the clock follows a source, and not only itself: 1 or 0.",
        _follows_source,
    ),
    Family(
        "chrony_tracking_leap_status",
        "1 for the leap status that holds, 0 for the others.",
        "",
        _leap,
        ("leap_status",),
    ),
    _tracking(
        "chrony_clock_error_bound_seconds",
        "The bound on the clock's error in seconds: the offset without its sign + root "
        "dispersion + root delay / 2; +Inf where the clock follows no source.",
        _bound,
    ),
    Family(
        "chrony_clock_synchronized",
        "Whether the clock follows a reference, its own among them: 1 or 0.",
        "",
        _synchronized,
    ),
    _tracking(
        "chrony_clock_local_reference",
        "Whether the clock follows only itself, by the directive local: 1 or 0.",
        lambda r: r.is_local_reference(),
    ),
    Family(
        "chrony_clock_last_update_age_seconds",
        "The time since the last update of the clock in seconds, by chronyd's own time; +Inf "
        "for never.",
        "tracking",
        of_one("check", lambda r: _INFINITE if r.age is None else r.age),
        unit="seconds",
    ),
    Family(
        "chrony_check_verdict",
        "The judgment of pychrony check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. It is 3 while "
        "chronyd gives nothing to judge by.",
        "",
        _verdict,
    ),
    Family(
        "chrony_check_problem",
        "Whether pychrony check found this: 1 or 0.",
        "",
        _problems,
        ("problem",),
    ),
    Family(
        "chrony_check_limit_seconds",
        "The limits in force for pychrony check, in seconds.",
        "tracking",
        _limits,
        ("limit", "level"),
        unit="seconds",
    ),
    Family(
        "chrony_check_usable_sources",
        "How many sources the clock could follow now, reference clocks included.",
        "tracking",
        of_one("check", lambda r: r.usable_sources),
    ),
    Family(
        "chrony_check_min_sources",
        "How many sources must be usable.",
        "tracking",
        _least_sources,
        ("level",),
    ),
)
