"""What users may rely on of every enumeration in the records."""

from __future__ import annotations

import copy
import pickle
from enum import Enum
from typing import Any

import pytest

from pychrony import (
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
    Transport,
)
from tests.support.enumerations import CHARACTERS, ENUMERATIONS, FLAGS, NUMBERS

each_enumeration = pytest.mark.parametrize(
    "enumeration", ENUMERATIONS, ids=lambda kind: kind.__name__
)


def test_the_enumerations_have_chronyds_numbers() -> None:
    def numbers(enumeration: type[Enum]) -> list[int]:
        return [member.value for member in enumeration]

    assert [status.name for status in LeapStatus] == ["NORMAL", "INSERT", "DELETE", "UNSYNC"]
    assert [state.name for state in SourceState] == [
        *("SELECTED", "NONSELECTABLE", "FALSETICKER", "JITTERY", "UNSELECTED", "SELECTABLE")
    ]
    assert [mode.name for mode in SourceMode] == ["CLIENT", "PEER", "REFCLOCK"]
    assert [numbers(enumeration) for enumeration in (LeapStatus, SourceState, SourceMode)] == [
        [0, 1, 2, 3],
        [0, 1, 2, 3, 4, 5],
        [0, 1, 2],
    ]
    assert numbers(AuthMode) == [0, 1, 2]
    assert numbers(KeyType) == [*range(12), 13, 14, 15, 30]
    assert numbers(NTPMode) == [0, 1, 2, 4]
    assert {transport.name for transport in Transport} == {"UNIX_SOCKET", "COMMAND_PORT"}


def test_the_enumerations_of_characters_are_chronyds_characters() -> None:
    assert {state.value for state in SelectState} == set("NsMd~wSOTxWPUD+*")
    assert {kind.value for kind in Timestamping} == set("\0DKH")
    assert SelectState("*") is SelectState.BEST


def test_the_flags_are_chronyds_bits() -> None:
    assert {option.name: option.value for option in SelectOptions} == {
        "NOSELECT": 1,
        "PREFER": 2,
        "TRUST": 4,
        "REQUIRE": 8,
    }
    bits = {"1": 9, "2": 8, "3": 7, "5": 6, "6": 5, "7": 4, "A": 3, "B": 2, "C": 1, "D": 0}
    assert {t.name: t.value for t in NTPTests} == {f"TEST{n}": 1 << bit for n, bit in bits.items()}


UNKNOWN = [(kind, number) for kind, numbers in NUMBERS.items() for number in numbers]
UNKNOWN_CHARACTERS = [(kind, char) for kind, chars in CHARACTERS.items() for char in chars]


@pytest.mark.parametrize(("enumeration", "value"), [*UNKNOWN, *UNKNOWN_CHARACTERS])
def test_a_value_that_a_newer_chronyd_invents_is_kept(enumeration: Any, value: int | str) -> None:
    members = len(enumeration)
    unknown = enumeration(value)
    name = {"\0": r"UNKNOWN_\x00", "\x80": r"UNKNOWN_\x80"}.get(str(value), f"UNKNOWN_{value}")

    assert isinstance(unknown, enumeration)
    assert unknown.value == value
    assert unknown != value
    assert unknown == enumeration(value)
    assert unknown.name == name
    assert str(unknown) == f"{unknown}" == f"{enumeration.__name__}.{name}"
    assert repr(unknown) == f"<{unknown}: {value!r}>"
    assert bool(unknown)
    assert not unknown.is_known()
    assert unknown not in list(enumeration)
    assert len(enumeration) == members
    assert_equal_however_carried(unknown)
    assert {unknown: 1}[enumeration(value)] == 1


def copies(member: Any) -> list[Any]:
    protocols = range(2, pickle.HIGHEST_PROTOCOL + 1)
    carried = [pickle.loads(pickle.dumps(member, protocol)) for protocol in protocols]
    return [*carried, copy.copy(member), copy.deepcopy(member)]


def assert_equal_however_carried(member: Any) -> None:
    for carried in copies(member):
        assert type(carried) is type(member)
        assert carried == member
        assert hash(carried) == hash(member)
        assert (carried.name, carried.value) == (member.name, member.value)


@pytest.mark.parametrize("enumeration", [*NUMBERS, *CHARACTERS])
def test_each_member_is_known_and_the_same_however_carried(enumeration: Any) -> None:
    for member in enumeration:
        assert member.is_known()
        assert all(carried is member for carried in copies(member))


@pytest.mark.parametrize(
    ("enumeration", "value"), [(kind, value) for kind in FLAGS for value in FLAGS[kind]]
)
def test_a_bit_that_a_newer_chronyd_invents_is_kept(enumeration: Any, value: int) -> None:
    flags = enumeration(value)

    assert isinstance(flags, enumeration)
    assert flags.value == value
    assert flags != value
    assert flags == enumeration(value)
    assert {member for member in enumeration if member in flags} == {
        member for member in enumeration if member.value & value
    }
    assert list(flags) == [member for member in enumeration if member in flags]
    rest = value & ~sum(member.value for member in enumeration)
    assert str(flags) == f"{flags}" == f"{enumeration.__name__}.{flags.name}"
    assert flags.name.split("|") == [*(member.name for member in flags), f"UNKNOWN_{rest}"]
    assert repr(flags) == f"<{flags}: {value}>"
    assert_equal_however_carried(flags)


@each_enumeration
def test_a_member_is_a_name_in_text_and_no_number(enumeration: Any) -> None:
    for member in enumeration:
        assert str(member) == f"{member}" == format(member)
        assert str(member) == f"{enumeration.__name__}.{member.name}"
        assert f"{member:>40}" == str(member).rjust(40)
        assert repr(member) == f"<{member}: {member.value!r}>"
        assert bool(member) is True
        assert member != member.value
        assert member is enumeration(member.value) is enumeration[member.name]
        assert not isinstance(member, (int, str))


def test_a_member_equals_none_of_another_enumeration() -> None:
    members = [member for enumeration in ENUMERATIONS for member in enumeration]

    assert len(set(members)) == len(members)
    assert SourceState.FALSETICKER != SelectState.FALSETICKER
    assert LeapStatus(7) != SourceState(7)
    assert LeapStatus.NORMAL.__eq__(0) is NotImplemented


@pytest.mark.parametrize("enumeration", FLAGS)
def test_flags_are_true_where_any_is_set_and_are_combined(enumeration: Any) -> None:
    none, first, second = enumeration(0), *list(enumeration)[:2]
    unknown = enumeration(0x8000)

    assert not none
    assert (str(none), repr(none), none.name) == (
        *(f"{enumeration.__name__}(0)", f"<{enumeration.__name__}: 0>"),
        None,
    )
    assert unknown
    assert first in first | second
    assert first | second == enumeration(first.value | second.value)
    assert (first | second) & second == (first | second) ^ first == second
    assert (first | unknown) & ~first == none
    assert first | unknown in first | second | unknown
    assert list(~none) == list(enumeration)
    assert ~(first | unknown) == enumeration(sum(m.value for m in enumeration) - first.value)
    with pytest.raises(TypeError):
        first | 1
    for wrong in (-1, "1", None):
        with pytest.raises(ValueError, match="is not a valid"):
            enumeration(wrong)


@pytest.mark.parametrize("enumeration", NUMBERS)
def test_what_is_no_number_is_no_member(enumeration: Any) -> None:
    for value in ("seven", None, 1.5, "0"):
        with pytest.raises(ValueError, match=str(value)):
            enumeration(value)


@pytest.mark.parametrize("enumeration", CHARACTERS)
def test_what_is_no_character_is_no_member(enumeration: Any) -> None:
    for value in (42, None, b"*"):
        with pytest.raises(ValueError, match=str(value).replace("*", r"\*")):
            enumeration(value)
