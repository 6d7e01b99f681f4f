"""The metrics of a chronyd for OpenTelemetry: `pip install "pychrony[opentelemetry]"`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from math import isfinite
from threading import Lock

try:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "opentelemetry is not installed: pip install 'pychrony[opentelemetry]'",
        name="opentelemetry",
    ) from None

from .._client.addresses import DEFAULT_PORT, Address, Target, is_local, parse
from .._judgment.defaults import Threshold
from ._asking import check_arguments, take_snapshot
from ._instruments import ATTRIBUTES, INSTRUMENTS, REPORTS, Instrument
from ._snapshot import Snapshot

__all__ = ["create_instruments"]

# Of the time that is left of a collection. The rest is for other instruments: where nothing is
# left, all that was collected is lost.
_SHARE = 0.8


def create_instruments(
    meter: Meter,
    address: Address = None,
    *,
    timeout: float = 3.0,
    source: str | Collection[str] | None = None,
    **thresholds: Threshold,
) -> None:
    """Create instruments that observe a chronyd whenever a reader collects.

    Each collection asks chronyd once, in the reader's thread, and all instruments tell of its
    answers. What chronyd does not give has no points, and neither has what is infinite:
    `ntp.time.error_bound` is left out where the clock follows no source. `ntp.synchronized`,
    `ntp.leap_status` and `ntp.check.verdict` are always there.

    Each chronyd needs a meter of its own, of another name: a meter has an instrument of a name
    once. Points of a chronyd on another computer have the attribute `server.address`, and
    `server.port` where it is not 323: those of the first address that is given.

    Args:
        meter: Where the instruments are created.
        address: A path, HOST, HOST:PORT or [IPV6]:PORT; None is the chronyd of this computer. Of
            several, separated by commas, the first that answers is asked.
        timeout: How long a collection may wait for chronyd, in seconds. Looking up a host's name
            counts.
        source: The source that the clock may follow, or several, as `check` takes it.
        thresholds: The limits, by the names of the arguments of `check`: `max_error=0.1`.

    Raises:
        ValueError: An argument is malformed.
        TypeError: There is no such limit.

    Example:
        >>> from opentelemetry.metrics import get_meter
        >>> from pychrony.metrics.opentelemetry import create_instruments
        >>> create_instruments(get_meter("my.clock"), max_error=0.1)

    """
    limits = check_arguments(address, timeout, source, thresholds)
    attributes = _server(parse(address))

    def take(seconds: float) -> Snapshot:
        allowed = min(timeout, max(seconds, 0.001))
        return take_snapshot(address, limits, timeout=allowed, reports=REPORTS)

    shared = _SharedSnapshot(take)
    for instrument in INSTRUMENTS:
        meter.create_observable_gauge(
            instrument.name,
            [_observer(instrument, shared, attributes)],
            instrument.unit,
            instrument.description,
        )


def _server(target: Target) -> dict[str, str | int]:
    """Return the attributes of a chronyd on another computer; nothing of one on this."""
    place = target[0] if isinstance(target, list) else target
    if not isinstance(place, tuple):
        return {}
    host, port = place
    if host == "localhost" or is_local(f"[{host}]" if ":" in host else host):
        return {}
    return {"server.address": host} | ({} if port == DEFAULT_PORT else {"server.port": port})


class _SharedSnapshot:
    """One snapshot for all instruments in a collection.

    Nothing tells that a collection begins. It has begun when an instrument asks that has had this
    snapshot already.
    """

    def __init__(self, take: Callable[[float], Snapshot]) -> None:
        self._take = take
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._shown: set[str] = set()

    def show(self, name: str, options: CallbackOptions) -> Snapshot:
        """Return the snapshot of this collection for the instrument of this name."""
        with self._lock:
            if self._snapshot is None or name in self._shown:
                self._shown.clear()
                self._snapshot = self._take(options.timeout_millis / 1000 * _SHARE)
            self._shown.add(name)
            return self._snapshot


def _observer(
    instrument: Instrument, shared: _SharedSnapshot, attributes: dict[str, str | int]
) -> Callable[[CallbackOptions], Iterator[Observation]]:
    family = instrument.family
    labels = [ATTRIBUTES.get(label, label) for label in family.labels]

    def observe(options: CallbackOptions) -> Iterator[Observation]:
        for sample in family.read(shared.show(instrument.name, options)):
            if isfinite(sample.value):
                named = dict(zip(labels, sample.labels, strict=True))
                yield Observation(sample.value, attributes | named)

    return observe
