"""What the clock follows, and whether that is what it may follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..models import Source
from .inquiry import Facts
from .sources import call, is_updated_from

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address


def find_name(facts: Facts) -> str:
    """Return what the followed source is called: its configured name if that was asked for."""
    source = _find_source(facts)
    return facts.tracking.reference_id_name if source is None else call(source)


def is_expected(facts: Facts, expected: tuple[str, ...]) -> bool:
    """Return whether the clock follows one of these addresses, names or reference IDs, or any."""
    if not expected:
        return True
    tracking = facts.tracking
    source = _find_source(facts)
    followed = {
        _plain(tracking.reference_ip),
        _plain(tracking.reference_id_name),
        _plain(f"{tracking.reference_id:08X}"),
        _plain((source.name if source else None) or ""),
    }
    if not followed.isdisjoint(map(_plain, expected)):
        return True
    # The name of a source is not known any more that has just been replaced, as in a pool.
    was_replaced = bool(tracking.reference_ip) and source is None
    return was_replaced and not all(map(_is_address, expected))


def _find_source(facts: Facts) -> Source | None:
    """Return the source that the last update came from, if it is still there."""
    return next((each for each in facts.sources if is_updated_from(facts.tracking, each)), None)


def _plain(text: str) -> str:
    """Return one spelling for all of an address or a name."""
    address = _parse(text)
    return text.strip().rstrip(".").casefold() if address is None else str(address)


def _is_address(text: str) -> bool:
    return _parse(text) is not None


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    import ipaddress  # takes long, and few need it

    try:
        return ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
