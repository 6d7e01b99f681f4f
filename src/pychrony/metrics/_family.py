"""What a metric is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from ..models._help import document

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
    """The values of the family's labels."""
    value: float
    """The value, in the unit of the family."""


@dataclass(frozen=True, slots=True)
class Family:
    """A metric, with a value for each set of labels."""

    name: str
    """Its name in Prometheus. A counter's ends in `_total`."""
    help: str
    """What it is, in one line, with its unit, and its sign where it has one."""
    report: str
    """The report that it is read from, by its attribute of `Snapshot`; "" where it is there without
    any."""
    read: Callable[[Snapshot], Iterable[Sample]]
    """Returns what the snapshot has of it, which is nothing where it lacks the report."""
    labels: tuple[str, ...] = ()
    """The names of its labels."""
    kind: Kind = Kind.GAUGE
    """What its values are."""
    unit: str = ""
    """Where its name ends in the unit, or in that and `_total`."""
    buckets: tuple[float, ...] = ()
    """Of a histogram, the upper ends of its buckets but the last, which is infinite."""


document(Sample, Family)

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
