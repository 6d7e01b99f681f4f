"""What the clock follows, and whether that is what it may follow."""

from __future__ import annotations

from .inquiry import Facts


def find_name(facts: Facts) -> str:
    """Return what the followed source is called: its configured name if that was asked for."""
    tracking = facts.tracking
    return _find_configured_name(facts) or tracking.reference_id_name


def is_expected(facts: Facts, expected: tuple[str, ...]) -> bool:
    """Return whether the clock follows one of these addresses, names or reference IDs, or any."""
    if not expected:
        return True
    tracking = facts.tracking
    followed = {
        _plain(tracking.reference_ip),
        _plain(tracking.reference_id_name),
        _plain(f"{tracking.reference_id:08X}"),
        _plain(_find_configured_name(facts) or ""),
    }
    return not followed.isdisjoint(map(_plain, expected))


def _find_configured_name(facts: Facts) -> str | None:
    address = facts.tracking.reference_ip
    return next((each.name for each in facts.sources if address and each.address == address), None)


def _plain(text: str) -> str:
    """Return one spelling for all of an address or a name."""
    import ipaddress  # takes long, and few need it

    text = text.strip()
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        return text.rstrip(".").casefold()
