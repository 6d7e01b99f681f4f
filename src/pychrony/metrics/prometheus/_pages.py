"""From a snapshot to the metrics of prometheus_client, which writes the formats."""

from __future__ import annotations

import gzip
import platform
import re
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from ..._client.library import __version__, libchrony_info
from .. import FAMILIES, Family, Kind, Sample, Snapshot

_KINDS: dict[Kind, Any] = {
    Kind.GAUGE: GaugeMetricFamily,
    Kind.COUNTER: CounterMetricFamily,
    Kind.HISTOGRAM: HistogramMetricFamily,
}
_MOST_SERIES = 20_000  # that a writer remembers
_ZERO = re.compile(r"q=0(\.0*)?")
_FAST = 1  # gzip's level: the others take ten times as long, for a fifth of the size


class Page(NamedTuple):
    """What answers a request."""

    body: bytes
    headers: dict[str, str]


class _Made(Collector):
    """Metrics that were made already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


class _Writer:
    """Writes snapshots in one format.

    prometheus_client writes each series once. After that only its value is new: writing all of it
    would cost more than asking chronyd.
    """

    def __init__(self, encode: Callable[[Collector], bytes]) -> None:
        self._encode = encode
        self._heads: dict[str, str] = {}
        self._series: dict[str, dict[tuple[str, ...], str]] = {each.name: {} for each in FAMILIES}
        self._end = encode(_Made(())).decode()  # "" where the format has none

    def write(self, snapshot: Snapshot, others: Iterable[Metric]) -> str:
        """Return the text of a snapshot's metrics, and of others, which have one value each."""
        parts: list[str] = []
        for family in FAMILIES:
            samples = [*family.read(snapshot)]
            if not _is_given(family, samples, snapshot):
                continue
            if family.kind is Kind.HISTOGRAM:
                parts.append(self._text_of(_make_metric(family, samples)))
                continue
            parts.append(self._find_head(family))
            series = self._series[family.name]
            for labels, value in samples:
                start = series.get(labels)
                if start is None:
                    start = self._make_start(family, labels)
                    series[labels] = start
                parts += (start, _write_number(value), "\n")
        for metric in others:
            (sample,) = metric.samples
            if metric.name not in self._heads:
                self._heads[metric.name] = _without_value(self._text_of(metric))
            parts += (self._heads[metric.name], _write_number(sample.value), "\n")
        parts.append(self._end)
        return "".join(parts)

    def _find_head(self, family: Family) -> str:
        """Return the lines that say what a family is."""
        if family.name not in self._heads:
            self._heads[family.name] = self._text_of(_empty(family))
        return self._heads[family.name]

    def _make_start(self, family: Family, labels: tuple[str, ...]) -> str:
        """Return the beginning of a series' line, up to the value."""
        if sum(map(len, self._series.values())) >= _MOST_SERIES:
            for series in self._series.values():
                series.clear()
        text = self._text_of(_make_metric(family, [Sample(labels, 0.0)]))
        return _without_value(text).removeprefix(self._heads[family.name])

    def _text_of(self, metric: Metric) -> str:
        """Return the lines of a metric, without the end of the page."""
        return self._encode(_Made([metric])).decode().removesuffix(self._end)


def _without_value(text: str) -> str:
    """Return the text of a metric without the value at its end."""
    return text[: text.rindex(" ") + 1]


def _write_number(value: float) -> str:
    """Return a number as Go writes it. Only large ones differ from Python's."""
    return repr(value) if -1e6 < value < 1e6 else floatToGoString(value)


def make_page(
    snapshot: Snapshot, accept: str = "", accept_encoding: str = "", others: Iterable[Metric] = ()
) -> Page:
    """Return a snapshot's metrics, and others, in the format that a request accepts."""
    writer, kind = _find_writer(accept)
    body = writer.write(snapshot, others).encode()
    headers = {"content-type": kind, "vary": "accept, accept-encoding"}
    if _accepts_gzip(accept_encoding):
        body = gzip.compress(body, _FAST)
        headers["content-encoding"] = "gzip"
    return Page(body, headers)


def _accepts_gzip(header: str) -> bool:
    """Return whether a request accepts gzip; a weight of 0 refuses it (RFC 9110, 12.4.2)."""
    codings = (each.split(";") for each in "".join(header.lower().split()).split(","))
    weights = [weight for name, *weight in codings if name == "gzip"]
    return bool(weights) and not any(_ZERO.fullmatch(each) for each in weights[0])


@lru_cache(maxsize=8)
def _find_writer(accept: str) -> tuple[_Writer, str]:
    try:
        encode, kind = choose_encoder(accept)
    except TypeError:  # a version is no number
        encode, kind = choose_encoder("")
    return _Writer(encode), kind


def make_metrics(snapshot: Snapshot) -> list[Metric]:
    """Return the metrics that a snapshot has a value of."""
    made = ((family, [*family.read(snapshot)]) for family in FAMILIES)
    return [
        _make_metric(family, samples)
        for family, samples in made
        if _is_given(family, samples, snapshot)
    ]


def describe_metrics() -> Iterator[Metric]:
    """Yield all metrics that there may be, without values."""
    return (_empty(family) for family in FAMILIES)


def own_metrics() -> list[Metric]:
    """Return the metrics of this program itself."""
    library = libchrony_info()
    labels = ("version", "libchrony", "libchrony_version", "python_version")
    values = (__version__, library.kind, library.version or "", platform.python_version())
    text = "The program that gives these metrics. The value is 1."
    info = GaugeMetricFamily("pychrony_build_info", text, labels=labels)
    info.add_metric(values, 1.0)
    return [info, *_PROCESS.collect()]


def file_metrics() -> list[Metric]:
    """Return the metrics of a file that is written now."""
    text = "When this file was written, since 1970, UTC."
    name = "pychrony_textfile_timestamp_seconds"
    return [GaugeMetricFamily(name, text, time.time(), unit="seconds")]


_PROCESS = ProcessCollector(registry=CollectorRegistry())


def _empty(family: Family) -> Any:
    name = family.name.removesuffix("_total")
    return _KINDS[family.kind](name, family.help, labels=family.labels, unit=family.unit)


def _is_given(family: Family, samples: Sequence[Sample], snapshot: Snapshot) -> bool:
    """Return whether there is something to tell: a histogram of nothing tells that too."""
    is_histogram = family.kind is Kind.HISTOGRAM
    return bool(samples) or (is_histogram and getattr(snapshot, family.report) is not None)


def _make_metric(family: Family, samples: Sequence[Sample]) -> Metric:
    metric = _empty(family)
    if family.kind is Kind.HISTOGRAM:
        values = [value for _, value in samples]
        metric.add_metric((), _count(family.buckets, values), sum(values))
    else:
        for labels, value in samples:
            metric.add_metric(labels, value)
    return metric


def _count(ends: Sequence[float], values: Iterable[float]) -> list[tuple[str, float]]:
    """Return how many values there are up to the end of each bucket."""
    counts = [0] * (len(ends) + 1)
    for value in values:
        counts[bisect_left(ends, value)] += 1
    total = 0
    buckets = []
    for end, count in zip((*ends, float("inf")), counts, strict=True):
        total += count
        buckets.append((floatToGoString(end), float(total)))
    return buckets
