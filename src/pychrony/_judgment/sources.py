"""What the judgment asks of one source, or of all."""

from __future__ import annotations

from collections.abc import Iterable

from ..models import Source, SourceState, TrackingStatus

_USABLE = (SourceState.SELECTED, SourceState.UNSELECTED, SourceState.SELECTABLE)


def call(source: Source) -> str:
    """Return what a source is called: its configured name, if that was asked for, or its address.

    A server may choose a name that ends a line, or that a terminal obeys.
    """
    name = source.name or source.address
    return name if name.isprintable() else "".join(c if c.isprintable() else "?" for c in name)


def is_usable(source: Source) -> bool:
    """Return whether the clock could follow this source now."""
    return source.state in _USABLE and source.is_reachable()


def is_unreachable_server(source: Source) -> bool:
    """Return whether this is an NTP source with an address, and unreachable."""
    is_server = source.is_resolved() and not source.is_reference_clock()
    return is_server and not source.is_reachable()


def find_followed(tracking: TrackingStatus, sources: Iterable[Source]) -> Source | None:
    """Return the source that the clock follows.

    Where chronyd has none selected, as all are lost or it is about to choose another one, that is
    the one that the last update came from.
    """
    updated_from = None
    for source in sources:
        if source.is_selected():
            return source
        if is_updated_from(tracking, source):
            updated_from = source
    return updated_from


def is_updated_from(tracking: TrackingStatus, source: Source) -> bool:
    """Return whether the last update of the clock came from this source."""
    if source.is_reference_clock():
        return not tracking.reference_ip and source.address == tracking.reference_id_name
    return bool(tracking.reference_ip) and source.address == tracking.reference_ip
