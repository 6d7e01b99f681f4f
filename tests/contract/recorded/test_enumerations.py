"""What recorded numbers, characters and bits are called."""

from __future__ import annotations

from dataclasses import Field as Attribute
from dataclasses import dataclass
from enum import Enum, Flag
from typing import Any

from tests.support.expected_values import assert_equal, attributes_of, typed_records
from tests.support.replay import Read
from tests.support.vectors import Field

# Where a member is not called what libchrony calls the value.
OTHER_NAMES = {
    "insert second": "INSERT",
    "delete second": "DELETE",
    "reference clock": "REFCLOCK",
    "missing selectable sources": "MISSING_SELECTABLE",
}
UNSYNCHRONIZED = ("UNSYNC", "NOT_SYNCHRONIZED")


def test_each_member_of_an_enumeration_is_called_what_libchrony_calls_the_value(
    typed_reads: list[Read],
) -> None:
    assert_equal(
        (f"{read.place}, {attribute.name}", member_name(field), getattr(record, attribute.name))
        for read, record in typed_records(typed_reads)
        for attribute in attributes_of(read.exchange.report)
        if is_enumeration(attribute) and not is_flags(attribute)
        for field in [read.recorded[attribute.metadata["libchrony"]]]
        if field.constant
    )


def is_enumeration(attribute: Attribute[Any]) -> bool:
    return isinstance(attribute.type, type) and issubclass(attribute.type, Enum)


def is_flags(attribute: Attribute[Any]) -> bool:
    return isinstance(attribute.type, type) and issubclass(attribute.type, Flag)


@dataclass(frozen=True)
class Named:
    """Equal to a member of that name."""

    names: tuple[str, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Enum) and other.name in self.names


def member_name(field: Field) -> Named:
    constant = field.constant or ""
    if constant == "not synchronized":
        return Named(UNSYNCHRONIZED)
    upper = constant.upper().replace(" ", "_").replace("-", "_")
    return Named((OTHER_NAMES.get(constant, upper),))


def test_a_value_that_libchrony_has_no_name_for_is_no_known_member(
    typed_reads: list[Read],
) -> None:
    unknown = [
        getattr(record, attribute.name)
        for read, record in typed_records(typed_reads)
        for attribute in attributes_of(read.exchange.report)
        if is_enumeration(attribute) and not is_flags(attribute)
        if not read.recorded[attribute.metadata["libchrony"]].constant
    ]

    assert unknown
    # NONE is ours: the value before there is one.
    assert {member.name for member in unknown if member.is_known()} == {"NONE"}


def test_each_flag_is_called_what_chronyd_means_by_the_bit(typed_reads: list[Read]) -> None:
    assert_equal(
        (f"{read.place}, {attribute.name}", expected, got)
        for read, record in typed_records(typed_reads)
        for attribute in attributes_of(read.exchange.report)
        if is_flags(attribute) or "bits" in attribute.metadata
        for expected, got in [flag_names(read, record, attribute)]
    )


def flag_names(read: Read, record: Any, attribute: Attribute[Any]) -> tuple[object, object]:
    names = {name for name in read.recorded[attribute.metadata["libchrony"]].flags if name}
    value = getattr(record, attribute.name)
    if isinstance(value, bool):
        return attribute.name.replace("_", "") in names, value
    of_others = {"interleaved", "authenticated"}
    members = {member.name for member in type(value) if member in value}
    return {name.upper() for name in names - of_others}, members
