"""From a record's bytes to a dataclass, by what the dataclass's fields say of themselves.

C hands over each record as one run of bytes, whose layout depends on the report and on chronyd's
version. A decoder is made once for a class and a layout, and then used for every such record.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import Field, fields, make_dataclass
from enum import Enum
from functools import cache, partial
from typing import Any, get_args

from ._binding import ffi, lib
from .exceptions import ChronyLibraryError
from .models._record import reference_id_text

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


@cache
def decoder(record_class: type[Any], layout: Layout) -> Callable[[Any, int], Any]:
    """Return what turns the bytes of one such record, from an offset, into a `record_class`.

    For `dict` it has all fields, by libchrony's names. For a dataclass it is compiled, as
    dataclasses compile an `__init__`: one expression a field, over the values `v` that struct
    unpacks. That takes a third of the time that functions in a loop do.
    """
    if record_class is dict:
        return partial(_read_fields, *_read_places(layout))
    format_, places = _read_places(layout)
    scope = _Scope(
        unpack=format_.unpack_from, draft=_draft_class(record_class), record_class=record_class
    )
    values = [_expression(field, places, scope) for field in fields(record_class)]
    exec(  # noqa: S102 - of places among the values, and of nothing from outside
        f"""def decode(record, offset):
    v = unpack(record, offset)
    instance = draft({", ".join(values)})
    instance.__class__ = record_class
    return instance""",
        scope,
    )
    return scope["decode"]


def _read_fields(
    format_: struct.Struct, places: dict[str, tuple[int, int]], record: Any, offset: int
) -> dict[str, int | float | str]:
    """Return a record's values by libchrony's names: a time in nanoseconds, an address as text."""
    values = format_.unpack_from(record, offset)
    return {name: _plain(values, place, type_) for name, (place, type_) in places.items()}


def _plain(values: tuple[Any, ...], place: int, type_: int) -> int | float | str:
    if type_ == lib.CHRONY_TYPE_TIMESPEC:
        return values[place] * 1_000_000_000 + values[place + 1]
    return values[place].decode() if type_ == lib.CHRONY_TYPE_STRING else values[place]


def _draft_class(record_class: type[Any]) -> type[Any]:
    """Return an unfrozen twin with the same slots: a frozen instance is slow to fill."""
    twins = [(field.name, field.type) for field in fields(record_class)]
    return make_dataclass(
        record_class.__name__,
        twins,
        bases=record_class.__bases__,  # or the two would not have the same layout
        slots=True,
        eq=False,
        repr=False,
    )


def _read_places(layout: Layout) -> tuple[struct.Struct, dict[str, tuple[int, int]]]:
    """Return a record's format, and each field's place among the values, with its type."""
    places: dict[str, tuple[int, int]] = {}
    formats, place = "=", 0
    for name, type_ in layout:
        format_, n_values = _FORMATS.get(type_, ("", 0))
        if n_values:
            places[name] = place, type_
        formats += format_
        place += n_values
    return struct.Struct(formats), places


def _expression(field: Field[Any], places: dict[str, tuple[int, int]], scope: _Scope) -> str:
    """Return the expression of an attribute's value: of several texts the first that is there."""
    names = field.metadata.get("libchrony")
    if names is None:  # not libchrony's
        return repr(field.default)
    names = names if isinstance(names, tuple) else (names,)
    found = [places[name] for name in names if name in places]
    if found:
        return " or ".join(_conversion(field, place, type_, scope) for place, type_ in found)
    if _is_optional(field):  # this version of chronyd has no such field
        return "None"
    raise ChronyLibraryError(f"libchrony's record has no field {' or '.join(names)!r}")


def _conversion(field: Field[Any], place: int, type_: int, scope: _Scope) -> str:
    """Return the expression that makes what the field wants of the value at `place`."""
    value = _bare_conversion(field, place, type_, scope)
    if type_ == lib.CHRONY_TYPE_STRING and _is_optional(field):
        return f"({value} or None)"
    if "never" in field.metadata:
        return f"(None if v[{place}] in {field.metadata['never']!r} else {value})"
    return value


def _bare_conversion(field: Field[Any], place: int, type_: int, scope: _Scope) -> str:
    value, wanted = f"v[{place}]", field.type
    if type_ == lib.CHRONY_TYPE_TIMESPEC:
        if field.metadata["unit"] == "ns":
            return f"{value} * 1_000_000_000 + v[{place + 1}]"
        return f"{value} + v[{place + 1}] / 1e9"
    if type_ == lib.CHRONY_TYPE_STRING:
        return f"{value}.decode()"
    if "bits" in field.metadata:
        value += f" & {field.metadata['bits']}"
    if wanted is str:
        return f"reference_id_text({value})"
    if wanted is bool:
        return f"bool({value})"
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return f"{scope.members_of(wanted)}[{value}]"
    return value


def _is_optional(field: Field[Any]) -> bool:
    return type(None) in get_args(field.type)


class _Scope(dict[str, Any]):
    """The names that a compiled decoder uses."""

    def __init__(self, **names: Any) -> None:
        super().__init__(names, reference_id_text=reference_id_text)

    def members_of(self, enumeration: type[Enum]) -> str:
        """Return the name of the table of an enumeration's members."""
        self[enumeration.__name__] = _Members(enumeration)
        return enumeration.__name__


class _Members(dict[int, Enum]):
    """An enumeration's members by chronyd's numbers, faster to ask than the enumeration itself.

    It has only what the enumeration keeps: a server chooses the numbers.
    """

    def __init__(self, enumeration: type[Enum]) -> None:
        self._enumeration = enumeration
        self._has_characters = isinstance(next(iter(enumeration)).value, str)

    def __missing__(self, number: int) -> Enum:
        value = chr(number) if self._has_characters else number
        member = self._enumeration(value)
        if value in self._enumeration._value2member_map_:
            self[number] = member
        return member
