"""From a record's bytes to a dataclass, by what the dataclass's fields say of themselves.

C hands over each record as one run of bytes, whose layout depends on the report and on chronyd's
version. A decoder is made once for a class and a layout, and then used for every such record.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import Field, fields, make_dataclass
from enum import Enum
from functools import cache, lru_cache
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


def read_layout(layout: Any) -> Layout:
    """Return C's description of a record in Python's terms."""
    described = [layout.fields[index] for index in range(layout.n_fields)]
    return tuple((ffi.string(field.name).decode(), field.type) for field in described)


@lru_cache(maxsize=256)
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
    """Return what turns the bytes of one such record into an instance of `record_class`.

    It is compiled, as dataclasses compile an `__init__`: one expression a field, over the values
    `v` that struct unpacks. That takes a third of the time that functions in a loop do.
    """
    unpack, places = _read_places(layout)
    scope = _Scope(unpack=unpack, draft=_draft_class(record_class), record_class=record_class)
    values = [_expression(field, places, scope) for field in fields(record_class)]
    exec(  # noqa: S102 - of places among the values, and of nothing from outside
        f"""def decode(record):
    v = unpack(record)
    instance = draft({", ".join(values)})
    instance.__class__ = record_class
    return instance""",
        scope,
    )
    return scope["decode"]


def _draft_class(record_class: type[Any]) -> type[Any]:
    """Return an unfrozen twin with the same slots: a frozen instance is slow to fill."""
    twins = [(field.name, field.type) for field in fields(record_class)]
    return make_dataclass(record_class.__name__, twins, slots=True, eq=False, repr=False)


def _read_places(layout: Layout) -> tuple[Callable[[Any], Any], dict[str, tuple[int, int]]]:
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


def _expression(field: Field[Any], places: dict[str, tuple[int, int]], scope: _Scope) -> str:
    """Return the expression of an attribute's value: of several texts the first that is there."""
    names = field.metadata["libchrony"]
    names = names if isinstance(names, tuple) else (names,)
    found = [places[name] for name in names if name in places]
    if not found:
        raise ChronyLibraryError(f"libchrony's record has no field {' or '.join(names)!r}")
    return " or ".join(_conversion(field, place, type_, scope) for place, type_ in found)


def _conversion(field: Field[Any], place: int, type_: int, scope: _Scope) -> str:
    """Return the expression that makes what the field wants of the value at `place`."""
    if type_ == lib.CHRONY_TYPE_TIMESPEC and field.metadata["unit"] == "ns":
        return f"v[{place}] * 1_000_000_000 + v[{place + 1}]"
    if type_ == lib.CHRONY_TYPE_TIMESPEC:
        return f"v[{place}] + v[{place + 1}] / 1e9"
    if type_ == lib.CHRONY_TYPE_STRING:
        return f"v[{place}].decode()"
    if field.type is str:
        return f"reference_id_text(v[{place}])"
    if isinstance(field.type, type) and issubclass(field.type, Enum):
        return f"{scope.members_of(field.type)}[v[{place}]]"
    return f"v[{place}]"


class _Scope(dict[str, Any]):
    """The names that a compiled decoder uses."""

    def __init__(self, **names: Any) -> None:
        super().__init__(names, reference_id_text=reference_id_text)

    def members_of(self, enumeration: type[Enum]) -> str:
        """Return the name of the table of an enumeration's members."""
        self[enumeration.__name__] = _Members(enumeration)
        return enumeration.__name__


class _Members(dict[int, Enum]):
    """An enumeration's members by value, faster to ask than the enumeration itself."""

    def __init__(self, enumeration: type[Enum]) -> None:
        self._enumeration = enumeration

    def __missing__(self, value: int) -> Enum:
        member = self[value] = self._enumeration(value)
        return member
