"""Look at the clock and its sources again and again, over one connection."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from pychrony import (
    Activity,
    ChronyConnection,
    ChronyError,
    SelectState,
    Source,
    SourceState,
    TrackingStatus,
    Transport,
)


def watch(samples: int, seconds: float) -> Iterator[TrackingStatus]:
    with ChronyConnection(timeout=5) as connection:
        for _ in range(samples):
            yield connection.get_tracking()
            time.sleep(seconds)


def describe(status: TrackingStatus) -> str:
    if not status.is_synchronized() or status.is_local_reference():
        return "nobody knows how wrong the clock is"
    updated = status.ref_datetime
    when = "never" if updated is None else updated.isoformat()
    soon = ", a leap second is coming" if status.is_leap_pending() else ""
    return f"{status.offset:+.9f} s, at the most {status.error_bound:.9f} s, as of {when}{soon}"


def best(sources: list[Source]) -> Source | None:
    trusted = [source for source in sources if source.is_selected() and source.is_reachable()]
    return min(trusted, key=lambda source: abs(source.latest_meas), default=None)


def print_sources(connection: ChronyConnection) -> None:
    for source in connection.get_sources(names=True):
        name: str = source.name or source.address
        age = "never" if source.last_sample_ago is None else f"{source.last_sample_ago} s ago"
        print(name, source.state.name, source.mode.name, f"{source.poll_seconds:g} s", age)
    for stats in connection.get_source_stats():
        if stats.has_sufficient_samples(8):
            print(stats.address, stats.std_dev * 1e6, stats.resid_freq)
    if connection.transport is Transport.UNIX_SOCKET:
        verdicts = connection.get_select_data()
        print(sum(verdict.state is SelectState.BEST for verdict in verdicts))


def count_offline(activity: Activity) -> int:
    return activity.offline + activity.burst_offline + activity.unresolved


def main() -> int:
    try:
        for status in watch(samples=3, seconds=0.01):
            print(describe(status))
        with ChronyConnection() as connection:
            print_sources(connection)
            source = best(connection.get_sources())
            print("nobody" if source is None else source.address)
            print(count_offline(connection.get_activity()), SourceState.SELECTED.name)
            served = connection.get_server_stats()
            print(served.ntp_received, (served.nts_ke_accepted or 0) + served.ntp_dropped)
    except ChronyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
