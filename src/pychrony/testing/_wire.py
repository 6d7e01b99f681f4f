"""The monitoring protocol's headers, and its ways to write numbers, times, addresses and texts.

All of it follows from a reading of the protocol alone, and nothing here is shared with the code
that decodes replies: a mistake in one cannot hide behind the same mistake in the other.

What encodes a value raises a `TypeError` or a `ValueError` for one that has no place on the wire.
"""

from __future__ import annotations

import ipaddress
import math
import re
import struct
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

VERSION = 6
_OLDEST_ANSWERED = 5
_REQUEST, _REPLY = 1, 2
_NO_PAYLOAD = 1

_REQUEST_HEADER, _REPLY_HEADER = struct.Struct(">BBHH2xI8x"), struct.Struct(">BBHHHH6xI8x")

# A float is a coefficient of 25 bits and an exponent of 7, both two's complement.
_COEFFICIENT_BITS = 25
_COEFFICIENT_LIMIT = 2**24
_EXPONENT_MIN, _EXPONENT_MAX = -64, 63
FLOAT_MIN, FLOAT_MAX = -(2.0**62), (_COEFFICIENT_LIMIT - 1) * 2.0**38

_NAME_BYTES = 256
_UNRESOLVED = re.compile(r"ID#(\d{10})", re.ASCII)

Encoder = Callable[..., bytes]


class Status(IntEnum):
    """The status codes that the simulator gives of its own accord."""

    SUCCESS = 0
    UNAUTHORIZED = 2
    INVALID = 3
    NO_SUCH_SOURCE = 4
    NOT_ENABLED = 6
    NO_RTC = 13
    BAD_VERSION = 18
    BAD_LENGTH = 19


class Request(NamedTuple):
    """A request that chronyd would not drop."""

    version: int
    command: int
    sequence: int
    payload: bytes
    """What follows the header, padding included."""
    length: int
    """Bytes in the whole datagram."""


def parse_request(datagram: bytes) -> Request | None:
    """Return the request in a datagram, or `None` for one that every chronyd drops unanswered."""
    if len(datagram) < _REPLY_HEADER.size:
        return None
    version, kind, reserved, command, sequence = _REQUEST_HEADER.unpack_from(datagram)
    if kind != _REQUEST or reserved != 0 or version < _OLDEST_ANSWERED:
        return None
    return Request(version, command, sequence, datagram[_REQUEST_HEADER.size :], len(datagram))


def build_reply(
    request: Request, status: int = Status.SUCCESS, code: int = _NO_PAYLOAD, payload: bytes = b""
) -> bytes:
    """Return the datagram that answers a request; `code` tells the layout of the payload."""
    header = VERSION, _REPLY, 0, request.command, code, status, request.sequence
    return _REPLY_HEADER.pack(*header) + payload


def with_wrong_sequence(reply: bytes) -> bytes:
    """Return a reply with a sequence number that nobody asked for."""
    return reply[:16] + bytes(byte ^ 0xFF for byte in reply[16:20]) + reply[20:]


def encode_float(x: float) -> bytes:
    """Return the 4 bytes of the nearest float that chronyd can send.

    NaN and what is too small become 0; what is too large, infinities too, the largest there is.
    """
    if math.isnan(x):
        return bytes(4)
    x = min(max(x, FLOAT_MIN), FLOAT_MAX)
    exponent = min(max(math.frexp(x)[1] + 1, _EXPONENT_MIN), _EXPONENT_MAX)
    coefficient = round(math.ldexp(x, _COEFFICIENT_BITS - exponent))
    if coefficient == 0:
        return bytes(4)
    if coefficient == _COEFFICIENT_LIMIT:
        coefficient, exponent = coefficient // 2, exponent + 1
    word = (exponent % 2**7) << _COEFFICIENT_BITS | coefficient % 2**_COEFFICIENT_BITS
    return struct.pack(">I", word)


@lru_cache(maxsize=4096)
def encode_address(text: str) -> bytes:
    """Return the 20 bytes of an IPv4 or IPv6 address, of an `ID#0000000001`, or of no address."""
    if not isinstance(text, str):
        raise TypeError(f"must be a text, not {text!r}")
    if not text:
        return bytes(20)
    unresolved = _UNRESOLVED.fullmatch(text)
    if unresolved:
        family, packed = 3, integer(4)(int(unresolved[1]))
    else:
        address = _parse_ip(text)
        family, packed = (1 if address.version == 4 else 2), address.packed
    return struct.pack(">16sH2x", packed, family)


def _parse_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = None
    if address is None or "%" in text:  # there is no place for an interface
        raise ValueError(f"must be an IP address or like 'ID#0000000001', not {text!r}")
    return address


def is_address(text: str) -> bool:
    """Return whether a text is the address of an NTP source, and no reference clock's name."""
    try:
        return any(encode_address(text))
    except ValueError:
        return False


def encode_time(ns: int) -> bytes:
    """Return the 12 bytes of a time in nanoseconds since 1970, UTC."""
    if not isinstance(ns, int):
        raise TypeError(f"must be an integer of nanoseconds, not {ns!r}")
    if not -(2**63) <= ns // 10**9 < 2**63:
        raise ValueError(f"must be a time in 64 bits of seconds, not {ns!r}")
    return struct.pack(">qI", *divmod(ns, 10**9))


def integer(size: int, *, signed: bool = False) -> Encoder:
    """Return what encodes an integer in so many bytes."""
    low = -(2 ** (8 * size - 1)) if signed else 0
    high = low + 2 ** (8 * size) - 1

    def encode(value: Any) -> bytes:
        if not isinstance(value, int):
            raise TypeError(f"must be an integer, not {value!r}")
        if not low <= value <= high:
            raise ValueError(f"must be from {low} to {high}, not {value!r}")
        return int(value).to_bytes(size, "big", signed=signed)

    return encode


def encode_measure(value: Any) -> bytes:
    """Return the 4 bytes of a float that chronyd could report."""
    if not isinstance(value, (int, float)):
        raise TypeError(f"must be a float, not {value!r}")
    if not FLOAT_MIN <= value <= FLOAT_MAX:  # NaN is neither
        raise ValueError(f"must be a number from {FLOAT_MIN:.3g} to {FLOAT_MAX:.3g}, not {value!r}")
    return encode_float(value)


def encode_character(value: str) -> bytes:
    """Return the byte of a character."""
    if len(value) != 1 or ord(value) > 0xFF:
        raise ValueError(f"must be one character of 8 bits, not {value!r}")
    return value.encode("latin-1")


def encode_name(name: str | None) -> bytes:
    """Return the 256 bytes of a source's name, to which chronyd cuts a longer one."""
    if name is None:
        return bytes(_NAME_BYTES)
    if not isinstance(name, str):
        raise TypeError(f"must be a text or None, not {name!r}")
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise ValueError(f"must be a text without NUL and surrogates, not {name!r}")
    return encoded[:_NAME_BYTES].ljust(_NAME_BYTES, b"\0")
