"""Which attributes of a record make up a reply's payload: how each is written, and in what order.

A layout is a sequence of fields, and a field an encoder with the names of the attributes whose
values it takes. It takes none for padding, and makes no bytes where it only checks a value.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from ..models import (
    AuthMode,
    KeyType,
    LeapStatus,
    NTPMode,
    NTPTests,
    SelectOptions,
    SelectState,
    SourceMode,
    SourceState,
    Timestamping,
)
from ._references import encode_reference
from ._wire import (
    Encoder,
    encode_address,
    encode_character,
    encode_measure,
    encode_name,
    encode_time,
    integer,
    is_address,
)

Layout = tuple[tuple[Any, ...], ...]
"""Of each field the encoder, and the names."""

_U8, _U16, _U32, _U64 = (integer(size) for size in (1, 2, 4, 8))
_I8, _I16 = (integer(size, signed=True) for size in (1, 2))
_NEVER = 2**32 - 1
_TOO_FEW = 127


def encode_record(record: object, layout: Layout) -> bytes:
    """Return the payload that a record makes.

    Raises:
        TypeError, ValueError: A value has no place in it; the text names record, field and value.

    """
    return b"".join(_encode_field(record, *field) for field in layout)


def _encode_field(record: object, encode: Encoder, *names: str) -> bytes:
    try:
        return encode(*(getattr(record, name) for name in names))
    except (TypeError, ValueError) as error:
        raise type(error)(f"{type(record).__name__}.{names[0]} {error}") from None


# Values.


def _boolean(value: Any) -> bytes:
    if not isinstance(value, bool):
        raise TypeError(f"must be True or False, not {value!r}")
    return _U8(value)


def _boolean_word(value: Any) -> bytes:
    return b"\0" + _boolean(value)


def _count_or_never(value: int | None) -> bytes:
    return _U32(_NEVER if value is None else value)


def _interval_or_too_few(value: int | None) -> bytes:
    return _I8(_TOO_FEW if value is None else value)


def _time(ns: int | None) -> bytes:
    """Write nanoseconds; None is never."""
    return encode_time(0 if ns is None else ns)


def _value_of(member: Any, kind: type[Enum]) -> Any:
    if not isinstance(member, kind):
        raise TypeError(f"must be one of {kind.__name__}, not {member!r}")
    return member.value


def _enumerator(kind: type[Enum], encode: Encoder) -> Encoder:
    """Return what encodes a member of an enumeration by its value."""
    return lambda member: encode(_value_of(member, kind))


def _ntp_flags(tests: Any, interleaved: bool, authenticated: bool) -> bytes:
    bits = _value_of(tests, NTPTests)
    if bits > 0x3FF:
        raise ValueError(f"must be from 0 to 0x3ff, not {tests!r}")
    return _U16(bits | interleaved << 14 | authenticated << 15)


def _smoothing_flags(active: bool, leap_only: bool) -> bytes:
    return _U32(active | leap_only << 1)


# Addresses, which reference clocks have none of.


def _address(text: str) -> bytes:
    """Write an address, "" or the name of a reference clock for none."""
    return encode_address(text if is_address(text) else "")


def _ntp_address(text: str) -> bytes:
    if not text:
        raise ValueError("must be the address of an NTP source, not ''")
    return encode_address(text)


def _ntp_address_before_4_3(text: str, mode: NTPMode) -> bytes:
    """Write an address only where there was a response."""
    return bytes(20) if mode is NTPMode.NONE else _ntp_address(text)


def _source_address(text: str, mode: SourceMode) -> bytes:
    """Write an address; a reference clock has its ID where an IPv4 address would be."""
    if mode is SourceMode.REFCLOCK:
        return encode_reference(text) + bytes(12) + b"\0\1" + bytes(2)
    return _ntp_address(text)


def _reference_id(number: Any, address: str) -> bytes:
    """Write a reference ID; where there is no address it must go with the name."""
    encoded = _U32(number)
    if not is_address(address) and encode_reference(address) != encoded:
        raise ValueError(f"is {number:#010x}, which is not {address!r}: change both")
    return encoded


def _reference_name(name: str, reference_id: int, ip: str) -> bytes:
    """Write nothing, but insist on the name that readers make of address and ID."""
    if ip and name != ip:
        raise ValueError(f"is {name!r} and reference_ip {ip!r}: change both")
    if not ip and encode_reference(name) != _U32(reference_id):
        raise ValueError(f"is {name!r}, which is not reference_id {reference_id:#010x}")
    return b""


# Fields.


def _each(encode: Encoder, *names: str) -> Layout:
    return tuple((encode, name) for name in names)


def _check(encode: Encoder, *names: str) -> Layout:
    """Return fields that make no bytes, but have an encoder's errors."""
    return _each(lambda value: encode(value)[:0], *names)


def _fill(size: int, byte: bytes = b"\0") -> Layout:
    return ((lambda: byte * size,),)


def _reserved(size: int) -> Layout:
    return _fill(size, b"\xff")


_REF_TIME = (_time, "ref_time_ns")
_NAME = _check(encode_name, "name")
_ID_AND_ADDRESS = (
    *_check(_address, "address"),
    (_reference_id, "reference_id", "address"),
    (_address, "address"),
)


# Layouts.

SOURCE_COUNT = _each(_U32, "sources")
SOURCE_NAME = _each(encode_name, "name")

TRACKING = (
    (_U32, "reference_id"),
    (encode_address, "reference_ip"),
    (_reference_name, "reference_id_name", "reference_id", "reference_ip"),
    (_U16, "stratum"),
    (_enumerator(LeapStatus, _U16), "leap_status"),
    _REF_TIME,
    *_each(encode_measure, "offset", "last_offset", "rms_offset"),
    *_each(encode_measure, "frequency", "residual_freq", "skew"),
    *_each(encode_measure, "root_delay", "root_dispersion", "update_interval"),
)


def _source(flags: Layout) -> Layout:
    mode = _enumerator(SourceMode, _U16)
    return (
        *_check(mode, "mode"),
        (_source_address, "address", "mode"),
        (_I16, "poll"),
        (_U16, "stratum"),
        (_enumerator(SourceState, _U16), "state"),
        (mode, "mode"),
        *flags,
        (_U16, "reachability"),
        (_count_or_never, "last_sample_ago"),
        *_each(encode_measure, "orig_latest_meas", "latest_meas", "latest_meas_err"),
        *_NAME,
    )


SOURCE_BEFORE_4_0 = _source(_each(_U16, "flags"))
SOURCE = _source((*_check(_U16, "flags"), *_fill(2)))

SOURCE_STATS = (
    *_ID_AND_ADDRESS,
    *_each(_U32, "samples", "runs", "span"),
    *_each(encode_measure, "std_dev", "resid_freq", "skew", "offset", "offset_err"),
    *_NAME,
)

SELECT_DATA = (
    *_ID_AND_ADDRESS,
    (_enumerator(SelectState, encode_character), "state"),
    (_boolean, "authentication"),
    (_enumerator(LeapStatus, _U8), "leap_status"),
    *_fill(1),
    *_each(_enumerator(SelectOptions, _U16), "configured_options", "effective_options"),
    (_U32, "last_sample_ago"),
    *_each(encode_measure, "score", "low_limit", "high_limit"),
    *_NAME,
)

ACTIVITY = _each(_U32, "online", "offline", "burst_online", "burst_offline", "unresolved")

AUTH_DATA = (
    *_check(_ntp_address, "address"),  # which is in the request alone
    (_enumerator(AuthMode, _U16), "mode"),
    (_enumerator(KeyType, _U16), "key_type"),
    (_U32, "key_id"),
    *_each(_U16, "key_length", "attempts"),
    (_count_or_never, "last_established_ago"),
    *_each(_U16, "cookies", "cookie_length"),
    (_boolean_word, "nak"),
    *_fill(2),
    *_NAME,
)


def _ntp_data(address: Layout, newer: Layout) -> Layout:
    mode = _enumerator(NTPMode, _U8)
    return (
        *_check(mode, "mode"),
        *_check(_ntp_address, "address"),
        *address,
        (lambda text: encode_address(text or ""), "local_address"),
        (_U16, "port"),
        (_enumerator(LeapStatus, _U8), "leap_status"),
        (_U8, "version"),
        (mode, "mode"),
        (_U8, "stratum"),
        *_each(_I8, "poll", "precision"),
        *_each(encode_measure, "root_delay", "root_dispersion"),
        (_U32, "reference_id"),
        _REF_TIME,
        *_each(encode_measure, "offset", "peer_delay", "peer_dispersion"),
        *_each(encode_measure, "response_time", "jitter_asymmetry"),
        *_check(_boolean, "interleaved", "authenticated"),
        (_ntp_flags, "tests", "interleaved", "authenticated"),
        *_each(_enumerator(Timestamping, encode_character), "tx_timestamping", "rx_timestamping"),
        *_each(_U32, "tx_messages", "rx_messages", "rx_valid"),
        *newer,
        *_NAME,
    )


_RX_GOOD = _each(_count_or_never, "rx_good")
_TIMESTAMPS = _each(
    *(_U32, "kernel_tx_timestamps", "kernel_rx_timestamps"),
    *("hardware_tx_timestamps", "hardware_rx_timestamps"),
)
NTP_DATA_BEFORE_4_3 = _ntp_data(((_ntp_address_before_4_3, "address", "mode"),), _reserved(16))
NTP_DATA_BEFORE_4_6 = _ntp_data(_each(_ntp_address, "address"), (*_RX_GOOD, *_reserved(12)))
NTP_DATA = _ntp_data(_each(_ntp_address, "address"), (*_RX_GOOD, *_TIMESTAMPS, *_reserved(16)))

_SERVER_STATS = (
    *("ntp_received", "nts_ke_accepted", "commands_received", "ntp_dropped", "nts_ke_dropped"),
    *("commands_dropped", "client_log_dropped", "ntp_authenticated", "ntp_interleaved"),
    *("ntp_timestamps_held", "ntp_timestamp_span", "served_daemon_rx", "served_daemon_tx"),
    *("served_kernel_rx", "served_kernel_tx", "served_hardware_rx", "served_hardware_tx"),
)
SERVER_STATS_BEFORE_4_0 = _each(
    *(_U32, "ntp_received", "commands_received", "ntp_dropped", "commands_dropped"),
    "client_log_dropped",
)
SERVER_STATS_BEFORE_4_2 = _each(_U32, *_SERVER_STATS[:8])
SERVER_STATS_BEFORE_4_4 = _each(_U32, *_SERVER_STATS[:11])
SERVER_STATS = (*_each(_U64, *_SERVER_STATS), *_reserved(32))

CLIENT = (
    (_ntp_address, "address"),
    *_each(_U32, "ntp_received", "nts_ke_accepted", "commands_received"),
    *_each(_U32, "ntp_dropped", "nts_ke_dropped", "commands_dropped"),
    *_each(_interval_or_too_few, "ntp_interval", "nts_ke_interval", "commands_interval"),
    (_interval_or_too_few, "ntp_limited_interval"),
    *_each(_count_or_never, "last_ntp_ago", "last_nts_ke_ago", "last_command_ago"),
)
CLIENTS_AT_A_TIME = 8
_CLIENT_BYTES = 60


def _places(clients: Sequence[Any]) -> bytes:
    encoded = b"".join(encode_record(client, CLIENT) for client in clients)
    return encoded.ljust(CLIENTS_AT_A_TIME * _CLIENT_BYTES, b"\0")


CLIENTS = (*_each(_U32, "n_indexes", "next_index", "n_clients"), (_places, "clients"))

RTC_DATA = (
    _REF_TIME,
    *_each(_U16, "samples", "runs"),
    (_U32, "span"),
    *_each(encode_measure, "offset", "freq_offset"),
)

SMOOTHING = (
    *_check(_boolean, "active", "leap_only"),
    (_smoothing_flags, "active", "leap_only"),
    *_each(encode_measure, "offset", "freq_offset", "wander"),
    *_each(encode_measure, "last_update_ago", "remaining_time"),
)
