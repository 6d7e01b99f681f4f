"""What a metric is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ._snapshot import Snapshot


class Kind(Enum):
    """What the values of a family are (OpenMetrics 1.0)."""

    GAUGE = "gauge"
    """A value that goes up and down."""
    COUNTER = "counter"
    """A count since chronyd started."""
    HISTOGRAM = "histogram"
    """Values of which only their numbers up to each bucket's end are told."""


class Sample(NamedTuple):
    """One value, and the labels that tell it from others of its family."""

    labels: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Family:
    """A metric, with a value for each set of labels.

    Args:
        name: Its name in Prometheus. A counter's ends in `_total`.
        help: What it is, in one line, with its unit, and its sign where it has one.
        report: The report that it is read from, by its attribute of `Snapshot`; "" where it is
            there without any.
        read: Returns what the snapshot has of it: nothing where it lacks the report.
        labels: The names of its labels.
        kind: What its values are.
        unit: Where its name ends in the unit, or in that and `_total`.
        buckets: Of a histogram, the upper ends of its buckets but the last, which is infinite.

    """

    name: str
    help: str
    report: str
    read: Callable[[Snapshot], Iterable[Sample]]
    labels: tuple[str, ...] = ()
    kind: Kind = Kind.GAUGE
    unit: str = ""
    buckets: tuple[float, ...] = ()


Read = Callable[[Any], float | None]


def of_one(report: str, read: Read) -> Callable[[Snapshot], Iterable[Sample]]:
    """Return what reads a value from a report that has one record. None is no value."""

    def samples(snapshot: Snapshot) -> Iterable[Sample]:
        record = getattr(snapshot, report)
        value = None if record is None else read(record)
        return () if value is None else (Sample((), float(value)),)

    return samples


def unit_of(name: str) -> str:
    """Return the unit that a metric's name ends in; "" for none."""
    bare = name.removesuffix("_total")
    return next((unit for unit in ("seconds", "ppms", "bytes") if bare.endswith(f"_{unit}")), "")
