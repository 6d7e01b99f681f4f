"""Reference IDs: 32 bits for an address, or for the name of a reference that has none."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from typing import Any

from ._wire import Encoder, integer, is_address


def encode_reference(name: str) -> bytes:
    """Return the 4 bytes of the reference ID that a reference without an address is named by."""
    if not isinstance(name, str):
        raise TypeError(f"must be a text, not {name!r}")
    if name == "LOCAL":
        return bytes.fromhex("7F7F0101")
    if re.fullmatch("[!-~]{0,4}", name):
        return name.encode("ascii").ljust(4, b"\0")
    if re.fullmatch("[0-9A-F]{8}", name):
        return bytes.fromhex(name)
    raise ValueError(f"must be a name of up to 4 characters, LOCAL or 8 hex digits, not {name!r}")


def reference_id_of(address: str) -> int:
    """Return chronyd's ID for an address or a reference's name; 0 for none and one not resolved."""
    if address.startswith("ID#"):
        return 0
    if not is_address(address):
        return int.from_bytes(_packed("address", encode_reference, address), "big")
    ip = ipaddress.ip_address(address)
    if ip.version == 4:
        return int(ip)
    return int.from_bytes(hashlib.md5(ip.packed, usedforsecurity=False).digest()[:4], "big")


def reference_name_of(reference_id: int) -> str:
    """Return the name of a reference that has no address, such as GPS."""
    if reference_id == 0x7F7F0101:
        return "LOCAL"
    name = _packed("reference_id", integer(4), reference_id).rstrip(b"\0")
    is_text = all(0x20 < byte < 0x7F for byte in name)
    return name.decode() if is_text else f"{reference_id:08X}"


def _packed(field: str, encode: Encoder, value: Any) -> bytes:
    try:
        return encode(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{field} {error}") from None
