"""Records as a chronyd in good health would report them, for tests to vary."""

from __future__ import annotations

import hashlib
import ipaddress
from typing import Any

from .._enums import LeapStatus
from ..models import TrackingStatus

# chronyd's floats have 24 significant bits. Fractions of powers of two pass unchanged, so that
# what a client reads from the simulated chronyd equals the record that was put in.
_TRACKING: dict[str, Any] = {
    "reference_ip": "192.0.2.1",
    "stratum": 3,
    "leap_status": LeapStatus.NORMAL,
    "ref_time_ns": 1_767_225_600_250_000_000,
    "offset": 13 / 2**20,
    "last_offset": -9 / 2**20,
    "rms_offset": 21 / 2**20,
    "frequency": -12.625,
    "residual_freq": 1 / 2**8,
    "skew": 3 / 2**6,
    "root_delay": 23 / 2**11,
    "root_dispersion": 5 / 2**12,
    "update_interval": 64.5,
}


def make_tracking(**overrides: Any) -> TrackingStatus:
    """Return the tracking report of a clock 12 µs slow that follows 192.0.2.1, at stratum 3.

    Args:
        overrides: Fields to have other values. Unless overridden too, `reference_id` and
            `reference_id_name` follow `reference_ip`, which is "" where a `reference_id` is given
            alone, and `ref_time` and `ref_time_ns` follow each other.

    """
    fields = {**_TRACKING, **overrides}
    if "reference_id" in overrides and "reference_ip" not in overrides:
        fields["reference_ip"] = ""
    ip = fields["reference_ip"]
    reference_id = fields.setdefault("reference_id", _reference_id(ip))
    fields.setdefault("reference_id_name", _reference_id_name(ip, reference_id))
    if "ref_time" in overrides and "ref_time_ns" not in overrides:
        fields["ref_time_ns"] = _nanoseconds(fields["ref_time"])
    fields.setdefault("ref_time", fields["ref_time_ns"] / 10**9)
    return TrackingStatus(**fields)


def _reference_id(ip: str) -> int:
    """Return what chronyd has for a source with this address; 0 for none, or one not resolved."""
    if not ip or ip.startswith("ID#"):
        return 0
    address = ipaddress.ip_address(ip)
    if address.version == 4:
        return int(address)
    return int.from_bytes(hashlib.md5(address.packed, usedforsecurity=False).digest()[:4], "big")


def _reference_id_name(ip: str, reference_id: int) -> str:
    """Return the source's address, or the name of a reference that has none, such as GPS."""
    if ip:
        return ip
    if reference_id == 0x7F7F0101:
        return "LOCAL"
    name = reference_id.to_bytes(4, "big").rstrip(b"\0")
    is_text = all(0x20 < byte < 0x7F for byte in name)
    return name.decode() if is_text else f"{reference_id:08X}"


def _nanoseconds(seconds: float) -> int:
    # In two steps: a product of 1.8e18 in a float is a multiple of 256.
    whole, fraction = divmod(seconds, 1)
    return int(whole) * 10**9 + round(fraction * 10**9)
