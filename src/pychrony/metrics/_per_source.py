"""How families with a value for each source are declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ._family import Family, Kind, Read, Sample, unit_of
from ._snapshot import Snapshot

SOURCE = ("source_address", "source_name")
"""The labels that tell a source from others."""


def of_each(report: str, read: Read) -> Callable[[Snapshot], Iterable[Sample]]:
    """Return what reads a value from each record of a report. None is no value."""

    def samples(snapshot: Snapshot) -> Iterator[Sample]:
        for source, record in snapshot.each(report):
            value = read(record)
            if value is not None:
                yield Sample(source, float(value))

    return samples


def info_of_each(
    report: str, read: Callable[[Any], Sequence[str]]
) -> Callable[[Snapshot], Iterable[Sample]]:
    """Return what reads texts from each record of a report, as further labels of a 1."""

    def samples(snapshot: Snapshot) -> Iterator[Sample]:
        for source, record in snapshot.each(report):
            yield Sample((*source, *read(record)), 1.0)

    return samples


def value_of(report: str, name: str, text: str, read: Read) -> Family:
    """Return the family of one value of a report."""
    kind = Kind.COUNTER if name.endswith("_total") else Kind.GAUGE
    return Family(name, text, report, of_each(report, read), SOURCE, kind, unit_of(name))


def info_of(
    report: str, name: str, text: str, labels: Sequence[str], read: Callable[[Any], Sequence[str]]
) -> Family:
    """Return the family of what a report says in words. The value is 1."""
    return Family(name, text, report, info_of_each(report, read), (*SOURCE, *labels))


def or_infinite(value: float | None) -> float:
    """Return how long ago something was; never is infinite."""
    return float("inf") if value is None else value
