"""Compare, copy and store records."""

from __future__ import annotations

import json
from dataclasses import asdict, astuple, fields, replace
from pathlib import Path

from pychrony import (
    CheckResult,
    LibchronyInfo,
    RTCData,
    ServerStats,
    Smoothing,
    Source,
    SourceStats,
    TrackingStatus,
    __version__,
    check,
    get_activity,
    get_server_stats,
    get_source_stats,
    get_sources,
    get_tracking,
    libchrony_info,
)
from pychrony.models import LOCAL_REFERENCE_ID


def units_of(kind: type[Source] | type[TrackingStatus]) -> dict[str, str]:
    return {field.name: field.metadata.get("unit", "") for field in fields(kind)}


def with_offset(status: TrackingStatus, offset: float) -> TrackingStatus:
    return replace(status, offset=offset)


def is_local(status: TrackingStatus) -> bool:
    return status.reference_id == LOCAL_REFERENCE_ID


def by_address(sources: list[Source], stats: list[SourceStats]) -> dict[str, float]:
    known = {source.address for source in sources}
    worst_first = sorted(stats, key=lambda each: each.std_dev, reverse=True)
    return {each.address: each.std_dev for each in worst_first if each.address in known}


def summary(
    result: CheckResult, rtc: RTCData | None, smoothing: Smoothing | None, stats: ServerStats
) -> str:
    parts = [result.message, str(result.error_bound), str(stats.ntp_interleaved)]
    if rtc is not None:
        parts.append(f"{rtc.freq_offset} ppm, {rtc.ref_time_ns} ns")
    if smoothing is not None and smoothing.active:
        parts.append(f"{smoothing.wander} ppm/s")
    return ", ".join(parts)


def store(status: TrackingStatus, path: Path) -> None:
    path.write_text(json.dumps(asdict(status), default=str))


def main() -> None:
    status = get_tracking()
    changed = with_offset(status, 0.25)
    assert changed != status
    assert len({status, changed, replace(changed, offset=status.offset)}) == 2
    assert not is_local(status)
    print(units_of(Source), units_of(type(status)), by_address(get_sources(), get_source_stats()))
    print(summary(check(), None, None, get_server_stats()), astuple(get_activity()))
    store(status, Path("/dev/null"))
    info: LibchronyInfo = libchrony_info()
    print(__version__, info.kind, info.version)


if __name__ == "__main__":
    main()
