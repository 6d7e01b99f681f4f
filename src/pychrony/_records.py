"""From a record's bytes to a dataclass, by what the dataclass's fields say of themselves.

C hands over each record as one run of bytes, whose layout depends on the report and on chronyd's
version. A decoder is made once for a class and a layout, and then used for every such record.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import Field, fields, make_dataclass
from enum import Enum
from functools import cache
from operator import itemgetter
from typing import Any

from ._binding import ffi, lib
from .exceptions import ChronyLibraryError
from .models import LOCAL_REFERENCE_ID

# libchrony's type of a field -> its bytes in struct's terms ("p": a length, then the text), and how
# many values they make.
_FORMATS = {
    lib.CHRONY_TYPE_UINTEGER: ("Q", 1),
    lib.CHRONY_TYPE_INTEGER: ("q", 1),
    lib.CHRONY_TYPE_FLOAT: ("d", 1),
    lib.CHRONY_TYPE_TIMESPEC: ("qq", 2),
    lib.CHRONY_TYPE_STRING: (f"{lib.PYCHRONY_TEXT_SIZE}p", 1),
}

# The names and types of a record's fields, in order.
Layout = tuple[tuple[str, int], ...]
# A record's values as struct unpacks them, and what makes an attribute's value of them.
_Raw = tuple[Any, ...]
_Convert = Callable[[_Raw], Any]


def read_layout(layout: Any) -> Layout:
    """Return C's description of a record in Python's terms."""
    described = [layout.fields[index] for index in range(layout.n_fields)]
    return tuple((ffi.string(field.name).decode(), field.type) for field in described)


def reference_id_text(reference_id: int) -> str:
    """Return the name of a reference that has no address: "GPS", "LOCAL", "" for none."""
    if reference_id == LOCAL_REFERENCE_ID:
        return "LOCAL"
    text = reference_id.to_bytes(4, "big").rstrip(b"\0")
    if all(0x20 < byte < 0x7F for byte in text):
        return text.decode("ascii")
    return f"{reference_id:08X}"


@cache
def decoder(record_class: type[Any], layout: Layout) -> Callable[[Any], Any]:
    """Return what turns the bytes of one such record into an instance of `record_class`."""
    unpack, places = _read_places(layout)
    columns = [_column(field, places) for field in fields(record_class)]
    pick = itemgetter(*(place for place, _ in columns))
    conversions = [(index, convert) for index, (_, convert) in enumerate(columns) if convert]
    # A frozen instance is slow to fill. An unfrozen twin with the same slots is filled instead, and
    # then made an instance of the class.
    twins = [(field.name, field.type) for field in fields(record_class)]
    draft = make_dataclass(record_class.__name__, twins, slots=True, eq=False, repr=False)

    def decode(record: Any) -> Any:
        raw = unpack(record)
        values = [*pick(raw)]
        for index, convert in conversions:
            values[index] = convert(raw)
        instance = draft(*values)
        instance.__class__ = record_class
        return instance

    return decode


def _read_places(layout: Layout) -> tuple[Callable[[Any], _Raw], dict[str, tuple[int, int]]]:
    """Return what unpacks a record, and each field's place among the values, with its type."""
    places: dict[str, tuple[int, int]] = {}
    formats, place = "=", 0
    for name, type_ in layout:
        format_, n_values = _FORMATS.get(type_, ("", 0))
        if n_values:
            places[name] = place, type_
        formats += format_
        place += n_values
    return struct.Struct(formats).unpack, places


def _column(field: Field[Any], places: dict[str, tuple[int, int]]) -> tuple[int, _Convert | None]:
    """Return the place of an attribute's value, and what converts it (None: nothing need)."""
    names, unit = field.metadata["libchrony"], field.metadata["unit"]
    names = names if isinstance(names, tuple) else (names,)
    found = [places[name] for name in names if name in places]
    if not found:
        raise ChronyLibraryError(f"libchrony's record has no field {' or '.join(names)!r}")
    converters = [_converter(field.type, unit, place, type_) for place, type_ in found]
    if len(converters) > 1:
        return 0, _first_with_value([convert for convert in converters if convert])
    return found[0][0], converters[0]


def _converter(wanted: Any, unit: str, place: int, type_: int) -> _Convert | None:
    """Return what makes a `wanted` of the value at `place`; None where it is one already."""
    if type_ == lib.CHRONY_TYPE_TIMESPEC and unit == "ns":
        return lambda raw: raw[place] * 1_000_000_000 + raw[place + 1]
    if type_ == lib.CHRONY_TYPE_TIMESPEC:
        return lambda raw: raw[place] + raw[place + 1] / 1e9
    if type_ == lib.CHRONY_TYPE_STRING:
        return lambda raw: raw[place].decode()
    if wanted is str:
        return lambda raw: reference_id_text(raw[place])
    if issubclass(wanted, Enum):
        members = _Members(wanted)
        return lambda raw: members[raw[place]]
    return None


def _first_with_value(converters: list[_Convert]) -> _Convert:
    """Return what takes the first of several texts that is not empty."""

    def convert(raw: _Raw) -> str:
        for each in converters:
            if text := each(raw):
                return text
        return ""

    return convert


class _Members(dict[int, Enum]):
    """An enumeration's members by value, faster to ask than the enumeration itself."""

    def __init__(self, enumeration: type[Enum]) -> None:
        self._enumeration = enumeration

    def __missing__(self, value: int) -> Enum:
        member = self[value] = self._enumeration(value)
        return member
