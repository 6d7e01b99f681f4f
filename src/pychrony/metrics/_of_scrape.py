"""The metrics of asking chronyd."""

from __future__ import annotations

from collections.abc import Iterable

from ._family import Family, Sample
from ._snapshot import Snapshot


def _success(snapshot: Snapshot) -> Iterable[Sample]:
    for report, (given, _) in snapshot.outcomes.items():
        yield Sample((report,), float(given))


def _duration(snapshot: Snapshot) -> Iterable[Sample]:
    for report, (_, seconds) in snapshot.outcomes.items():
        yield Sample((report,), seconds)


SCRAPE: tuple[Family, ...] = (
    Family(
        "chrony_scrape_success",
        "Whether chronyd gave this report: 1 or 0.",
        "",
        _success,
        ("report",),
    ),
    Family(
        "chrony_scrape_duration_seconds",
        "How long it took to get this report, in seconds.",
        "",
        _duration,
        ("report",),
        unit="seconds",
    ),
)
