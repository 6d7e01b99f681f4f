"""From a record's bytes to a dataclass, by the metadata of the dataclass's fields.

C hands over each record as one run of bytes. Its layout depends on the report and on chronyd's
version. A decoder is made once for a class and a layout, and is used for every such record.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import Field, fields
from enum import Enum
from functools import partial
from typing import Any, get_args

from ..exceptions import ChronyLibraryError
from ..models._record import reference_id_text

# The format of a field: its bytes in the terms of `struct`. A time is two values, seconds and
# nanoseconds. A text is its length, then so many bytes at the most.
UNSIGNED, SIGNED, FLOAT, TIME = "Q", "q", "d", "qq"
TEXT = "p"  # after the number of bytes

# The names and formats of a record's fields, in order. A field that holds nothing has "".
Layout = tuple[tuple[str, str], ...]

# The place of each field's first value among the values of a record, and the field's format.
Places = dict[str, tuple[int, str]]


def make_decoder(record_class: type[Any], layout: Layout) -> Callable[[Any, int], Any]:
    """Return a function that makes a `record_class` of a record's bytes, from an offset on.

    A `dict` gets all fields, by libchrony's names. For a dataclass the decoder is compiled, as
    dataclasses compile an `__init__`. It has one line for each field, with an expression over the
    values `v` that struct unpacks. It sets the slots by their descriptors, because the records are
    frozen. That takes two thirds of the time of the constructor.
    """
    if record_class is dict:
        return partial(_read_fields, *_read_places(layout))
    format_, places = _read_places(layout)
    scope = _Scope(unpack=format_.unpack_from, new=object.__new__, record_class=record_class)
    setting = [
        f"{scope.setter_of(record_class, field.name)}(made, {_expression(field, places, scope)})"
        for field in fields(record_class)
    ]
    lines = ["v = unpack(record, offset)", "made = new(record_class)", *setting, "return made"]
    source = "def decode(record, offset):\n    " + "\n    ".join(lines)
    exec(source, scope)  # noqa: S102 - made of places among the values, and of nothing from outside
    return scope["decode"]


def _read_fields(
    format_: struct.Struct, places: Places, record: Any, offset: int
) -> dict[str, int | float | str]:
    """Return a record's values by libchrony's names. A time is in nanoseconds."""
    values = format_.unpack_from(record, offset)
    return {name: _plain(values, place, format_) for name, (place, format_) in places.items()}


def _plain(values: tuple[Any, ...], place: int, format_: str) -> int | float | str:
    if format_ == TIME:
        return values[place] * 1_000_000_000 + values[place + 1]
    return values[place].decode() if format_.endswith(TEXT) else values[place]


def _read_places(layout: Layout) -> tuple[struct.Struct, Places]:
    """Return the format of a whole record, and the place of each field in it."""
    places: Places = {}
    place = 0
    for name, format_ in layout:
        if format_:
            places[name] = place, format_
            place += 2 if format_ == TIME else 1
    return struct.Struct("=" + "".join(format_ for _, format_ in layout)), places


def _expression(field: Field[Any], places: Places, scope: _Scope) -> str:
    """Return the expression of an attribute's value. Of several texts it takes the first filled."""
    names = field.metadata.get("libchrony")
    if names is None:  # not libchrony's
        return repr(field.default)
    names = names if isinstance(names, tuple) else (names,)
    found = [places[name] for name in names if name in places]
    if found:
        return " or ".join(_conversion(field, place, format_, scope) for place, format_ in found)
    if _is_optional(field):  # this version of chronyd has no such field
        return "None"
    raise ChronyLibraryError(f"libchrony's record has no field {' or '.join(names)!r}")


def _conversion(field: Field[Any], place: int, format_: str, scope: _Scope) -> str:
    """Return the expression that converts the value at `place` to the type of the attribute."""
    value = _bare_conversion(field, place, format_, scope)
    if format_.endswith(TEXT) and _is_optional(field):
        return f"({value} or None)"
    if "never" in field.metadata:
        return f"(None if v[{place}] in {field.metadata['never']!r} else {value})"
    return value


def _bare_conversion(field: Field[Any], place: int, format_: str, scope: _Scope) -> str:
    value, wanted = f"v[{place}]", field.type
    if format_ == TIME:
        if field.metadata["unit"] == "ns":
            return f"{value} * 1_000_000_000 + v[{place + 1}]"
        return f"{value} + v[{place + 1}] / 1e9"
    if format_.endswith(TEXT):
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

    def setter_of(self, record_class: type[Any], attribute: str) -> str:
        """Return the name of what sets a record's slot."""
        name = f"set_{attribute}"
        self[name] = record_class.__dict__[attribute].__set__
        return name

    def members_of(self, enumeration: type[Enum]) -> str:
        """Return the name of the table of an enumeration's members."""
        self[enumeration.__name__] = _Members(enumeration)
        return enumeration.__name__


class _Members(dict[int, Enum]):
    """An enumeration's members by chronyd's numbers. It is faster than the enumeration itself.

    It holds only members that the enumeration keeps, because a server chooses the numbers.
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
