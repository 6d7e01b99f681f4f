"""ChronyCollector, for a registry of one's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from ..._client.addresses import Address
from ..._judgment.defaults import Threshold
from .._asking import check_arguments, take_snapshot
from ._pages import describe_metrics, make_metrics


class ChronyCollector(Collector):
    """Gives the metrics of a chronyd to a registry of prometheus_client.

    Each collection asks chronyd anew, and waits for its answers. Where there is no chronyd,
    `chrony_up` is 0. A registry takes one of them: the names of a second are there already.

    Args:
        address: A path, HOST, HOST:PORT or [IPV6]:PORT; None is the chronyd of this computer.
        timeout: The deadline of a collection, in seconds. Looking up a host's name counts.
        reports: The reports that are wanted, by chronyc's names; tracking and sources always are.
            None: all that chronyd gives but the clients.
        source: The source that the clock may follow, or several, as `check` takes it.
        thresholds: The limits, by the names of the arguments of `check`: `max_error=0.1`.

    Raises:
        ValueError: An argument is malformed.
        TypeError: There is no such limit.

    Example:
        >>> from prometheus_client import REGISTRY
        >>> from pychrony.metrics.prometheus import ChronyCollector
        >>> REGISTRY.register(ChronyCollector(max_error=0.1))

    """

    def __init__(
        self,
        address: Address = None,
        *,
        timeout: float = 3.0,
        reports: Collection[str] | None = None,
        source: str | Collection[str] | None = None,
        **thresholds: Threshold,
    ) -> None:
        self._address = address
        self._timeout = timeout
        self._reports = reports
        self._limits = check_arguments(address, timeout, source, thresholds, reports)

    def describe(self) -> Iterable[Metric]:
        """Return all metrics that there may be, for the registry. It asks no chronyd."""
        return describe_metrics()

    def collect(self) -> Iterable[Metric]:
        """Ask chronyd, and return the metrics that it has a value of."""
        snapshot = take_snapshot(
            self._address, self._limits, timeout=self._timeout, reports=self._reports
        )
        return make_metrics(snapshot)
