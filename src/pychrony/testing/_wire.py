"""chronyd's side of the monitoring protocol: requests taken apart, replies put together.

All of it follows from a reading of the protocol alone, and nothing here is shared with the code
that decodes replies: a mistake in one cannot hide behind the same mistake in the other.
"""

from __future__ import annotations

import ipaddress
import math
import struct
from enum import IntEnum
from typing import NamedTuple

from ..models import TrackingStatus

VERSION = 6
_OLDEST_ANSWERED = 5
_REQUEST, _REPLY = 1, 2
_NO_PAYLOAD = 1

_REQUEST_HEADER, _REPLY_HEADER = struct.Struct(">BBHH2xI8x"), struct.Struct(">BBHHHH6xI8x")
_LONGEST_REQUEST = 860

# A float is a coefficient of 25 bits and an exponent of 7, both two's complement.
_COEFFICIENT_BITS = 25
_COEFFICIENT_LIMIT = 2**24
_EXPONENT_MIN, _EXPONENT_MAX = -64, 63
_FLOAT_MIN, _FLOAT_MAX = -(2.0**62), (_COEFFICIENT_LIMIT - 1) * 2.0**38


class Status(IntEnum):
    """The status codes that the simulator gives of its own accord."""

    SUCCESS = 0
    UNAUTHORIZED = 2
    INVALID = 3
    NO_SUCH_SOURCE = 4
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
    """Return the request in a datagram, or `None` for one that chronyd drops unanswered."""
    if not _REPLY_HEADER.size <= len(datagram) <= _LONGEST_REQUEST:
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


def encode_float(x: float) -> bytes:
    """Return the 4 bytes of the nearest float that chronyd can send.

    NaN and what is too small become 0; what is too large, infinities too, the largest there is.
    """
    if math.isnan(x):
        return bytes(4)
    x = min(max(x, _FLOAT_MIN), _FLOAT_MAX)
    exponent = min(max(math.frexp(x)[1] + 1, _EXPONENT_MIN), _EXPONENT_MAX)
    coefficient = round(math.ldexp(x, _COEFFICIENT_BITS - exponent))
    if coefficient == 0:
        return bytes(4)
    if coefficient == _COEFFICIENT_LIMIT:
        coefficient, exponent = coefficient // 2, exponent + 1
    word = (exponent % 2**7) << _COEFFICIENT_BITS | coefficient % 2**_COEFFICIENT_BITS
    return struct.pack(">I", word)


def encode_address(text: str) -> bytes:
    """Return the 20 bytes of an IPv4 or IPv6 address, of an `ID#0000000001`, or of no address."""
    if not text:
        return bytes(20)
    if text.startswith("ID#"):
        family, packed = 3, struct.pack(">I", int(text[3:]))
    else:
        address = ipaddress.ip_address(text)
        family, packed = (1 if address.version == 4 else 2), address.packed
    return struct.pack(">16sH2x", packed, family)


def encode_time(ns: int) -> bytes:
    """Return the 12 bytes of a time in nanoseconds since 1970, UTC."""
    return struct.pack(">QI", *divmod(ns, 10**9))


def encode_tracking(record: TrackingStatus) -> bytes:
    """Return the 76 bytes of a tracking report; its time is taken from `ref_time_ns`."""
    seconds = record.offset, record.last_offset, record.rms_offset
    ppm = record.frequency, record.residual_freq, record.skew
    more_seconds = record.root_delay, record.root_dispersion, record.update_interval
    return (
        struct.pack(">I", record.reference_id)
        + encode_address(record.reference_ip)
        + struct.pack(">HH", record.stratum, record.leap_status)
        + encode_time(record.ref_time_ns)
        + b"".join(map(encode_float, seconds + ppm + more_seconds))
    )
