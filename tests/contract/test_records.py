"""What users may rely on of every record, and of the enumerations in them."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import typing
from dataclasses import Field, FrozenInstanceError, asdict, astuple, fields, replace
from enum import Enum, Flag
from types import UnionType
from typing import Any

import pytest

import pychrony
from pychrony import (
    AuthMode,
    CheckResult,
    KeyType,
    LeapStatus,
    LibchronyInfo,
    NTPMode,
    NTPTests,
    SelectOptions,
    SelectState,
    SourceMode,
    SourceState,
    Timestamping,
    TrackingStatus,
    Transport,
    Verdict,
    models,
)
from pychrony.testing import SimulatedChronyd, make_tracking

RECORDS: list[type[Any]] = [
    kind
    for kind in vars(models).values()
    if dataclasses.is_dataclass(kind) and kind.__name__ in models.__all__
]
REPORTS = [kind for kind in RECORDS if kind not in (CheckResult, LibchronyInfo)]
TIMES = ("ref_time", "ref_time_ns")  # where one is given, the other follows
UNITS = {"", "s", "ns", "ppm", "ppm/s", "log2 s", "bit", "byte"}

NUMBERS: dict[type[Enum], list[int]] = {
    LeapStatus: [4, 7, 255, 65535],
    SourceState: [6, 255, 65535],
    SourceMode: [3, 255, 65535],
    AuthMode: [3, 255, 65535],
    KeyType: [12, 16, 29, 31, 65535],
    NTPMode: [3, 5, 6, 7, 255],
}
CHARACTERS: dict[type[Enum], str] = {SelectState: "rL?\0\x80\xff", Timestamping: "dkhX\x80\xff"}
FLAGS: dict[type[Flag], list[int]] = {
    SelectOptions: [16, 17, 0x8000, 0xFFFF],
    NTPTests: [0x400, 0x4001, 0xFFFF],
}
ENUMERATIONS: list[type[Enum]] = [*NUMBERS, *CHARACTERS, *FLAGS, Transport, Verdict]

each_record = pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
each_report = pytest.mark.parametrize("kind", REPORTS, ids=lambda kind: kind.__name__)
each_enumeration = pytest.mark.parametrize(
    "enumeration", ENUMERATIONS, ids=lambda kind: kind.__name__
)


def types_of(field: Field[Any]) -> list[type[Any]]:
    """Return the types that a field may have, NoneType among them."""
    annotation: Any = field.type
    return list(typing.get_args(annotation)) or [annotation]


def some_value(kind: type[Any], number: int) -> object:
    if issubclass(kind, Enum):
        return list(kind)[number % len(kind)]
    values: dict[type[Any], object] = {
        int: number,
        float: number / 8,
        str: f"192.0.2.{number}",
        bool: True,
        type(None): None,
    }
    return values[kind]


def make(kind: type[Any], *, none: bool = False) -> Any:
    """Return a record with a value of its own in each field; None wherever that may be."""
    choice = -1 if none else 0
    pairs = enumerate(fields(kind), start=1)
    values = {field.name: some_value(types_of(field)[choice], n) for n, field in pairs}
    if values.get("ref_time") is not None:
        del values["ref_time_ns"]  # it follows
    return kind(**values)


@pytest.fixture(params=["full", "none"])
def record(kind: type[Any], request: pytest.FixtureRequest) -> Any:
    return make(kind, none=request.param == "none")


def test_no_record_and_no_enumeration_is_left_out() -> None:
    public = [getattr(pychrony, name) for name in pychrony.__all__]
    classes = [thing for thing in public if inspect.isclass(thing)]

    assert {kind for kind in classes if dataclasses.is_dataclass(kind)} == set(RECORDS)
    assert {kind for kind in classes if issubclass(kind, Enum)} == set(ENUMERATIONS)
    assert len(REPORTS) == 11


# Records.


@each_record
def test_a_record_passes_through_pickle_and_copy(kind: type[Any], record: Any) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert_twins(record, pickle.loads(pickle.dumps(record, protocol)))
    assert_twins(record, copy.copy(record))
    assert_twins(record, copy.deepcopy(record))
    assert_twins(record, replace(record))
    assert_twins(record, kind(**asdict(record)))
    assert_twins(record, kind(*astuple(record)))


@each_record
def test_a_record_pickled_by_another_version_is_refused(kind: type[Any], record: Any) -> None:
    values = asdict(record)
    fewer = dict(list(values.items())[:-1])  # as in 2.0.3
    more = {**values, "another": 1}
    renamed = {**fewer, "another": 1}
    for state in (fewer, more, renamed, list(values.values())):
        pickled = pickle.dumps(Pickled(kind, state))
        with pytest.raises(TypeError, match="pickled by another version of pychrony"):
            pickle.loads(pickled)


@dataclasses.dataclass
class Pickled:
    """What pickles as a record with such a state does."""

    kind: type[Any]
    state: object

    def __reduce__(self) -> tuple[Any, ...]:
        return object.__new__, (self.kind,), self.state


class Labeled(TrackingStatus):
    """A user's own class, with an attribute that is no field."""

    def __init__(self, *values: Any, label: str = "") -> None:
        super().__init__(*values)
        self.label = label


def test_a_plain_subclass_may_have_attributes_of_its_own() -> None:
    labeled: Any = Labeled(*astuple(make_tracking()), label="here")

    protocols = range(pickle.HIGHEST_PROTOCOL + 1)
    carried = [pickle.loads(pickle.dumps(labeled, protocol)) for protocol in protocols]
    for twin in (labeled, *carried, copy.copy(labeled), copy.deepcopy(labeled)):
        assert_twins(labeled, twin)
        assert twin.label == "here"
        with pytest.raises(FrozenInstanceError, match="'stratum'"):
            twin.stratum = 1
        with pytest.raises(FrozenInstanceError, match="'stratum'"):
            del twin.stratum
        del twin.label
        assert not hasattr(twin, "label")


def assert_twins(record: Any, twin: Any) -> None:
    assert type(twin) is type(record)
    assert twin == record
    assert (twin != record) is False
    assert hash(twin) == hash(record)
    assert repr(twin) == repr(record)
    for field in fields(record):
        assert type(getattr(twin, field.name)) is type(getattr(record, field.name))


@each_record
def test_records_that_differ_in_one_field_are_not_equal(kind: type[Any]) -> None:
    record = make(kind)
    for field in fields(kind):
        another = 77 if field.name in TIMES else "something else"
        different = replace(record, **{field.name: another})
        assert different != record
        assert len({record, different, copy.copy(record)}) == 2


def test_records_of_two_kinds_are_not_equal_and_a_record_equals_nothing_else() -> None:
    records = [make(kind) for kind in RECORDS]

    assert len(set(records)) == len(RECORDS)
    for record in records:
        assert record != astuple(record)
        assert record != asdict(record)
        assert record is not None
        assert record.__eq__(1) is NotImplemented


@each_record
def test_a_record_shows_its_class_and_each_field(kind: type[Any], record: Any) -> None:
    shown = ", ".join(f"{field.name}={getattr(record, field.name)!r}" for field in fields(record))

    assert repr(record) == f"{kind.__name__}({shown})"


@each_record
def test_a_record_cannot_be_changed(kind: type[Any], record: Any) -> None:
    for field in fields(kind):
        with pytest.raises(FrozenInstanceError):
            setattr(record, field.name, 1)
        with pytest.raises(FrozenInstanceError):
            delattr(record, field.name)
    assert record == copy.copy(record)


@each_record
def test_a_record_has_slots_and_takes_no_other_attribute(kind: type[Any], record: Any) -> None:
    assert not hasattr(record, "__dict__")
    with pytest.raises(FrozenInstanceError, match="'another'"):
        record.another = 1
    with pytest.raises(FrozenInstanceError, match="'another'"):
        del record.another


@each_record
def test_a_record_needs_each_field_but_a_name_and_one_of_two_times(kind: type[Any]) -> None:
    optional = {f.name for f in fields(kind) if f.default is not dataclasses.MISSING}

    assert optional <= {"name", "ref_time_ns"}
    with pytest.raises(TypeError, match="missing"):
        kind()


@each_record
def test_each_annotation_is_a_real_type(kind: type[Any]) -> None:
    hints = typing.get_type_hints(kind)
    for field in fields(kind):
        assert isinstance(field.type, (type, UnionType)), field.name
        assert hints[field.name] == field.type
        assert all(isinstance(part, type) for part in types_of(field))


@each_report
def test_each_field_names_its_libchrony_field_and_unit(kind: type[Any]) -> None:
    for field in fields(kind):
        if field.name == "name":
            assert not field.metadata
            continue
        names = field.metadata["libchrony"]
        assert all(names), field.name
        assert isinstance(names, (str, tuple))
        assert field.metadata["unit"] in UNITS, field.name
        assert set(field.metadata) <= {"libchrony", "unit", "never", "bits"}
        with pytest.raises(TypeError):
            field.metadata["unit"] = "m"  # ty: ignore[invalid-assignment]


@each_report
def test_a_float_has_a_unit_unless_it_is_a_ratio(kind: type[Any]) -> None:
    bare = {f.name for f in fields(kind) if float in types_of(f) and not f.metadata["unit"]}

    assert bare <= {"score", "jitter_asymmetry"}


@each_report
def test_wherever_there_is_a_time_there_is_one_in_nanoseconds(kind: type[Any]) -> None:
    names = {field.name: field for field in fields(kind)}

    assert ("ref_time" in names) == ("ref_time_ns" in names) == hasattr(kind, "ref_datetime")
    if "ref_time" in names:
        assert names["ref_time"].metadata["unit"] == "s"
        assert names["ref_time_ns"].metadata["unit"] == "ns"
        assert float in types_of(names["ref_time"])
        assert int in types_of(names["ref_time_ns"])


@each_record
def test_each_property_and_method_has_a_docstring(kind: type[Any]) -> None:
    for name, member in inspect.getmembers(kind):
        if not name.startswith("_") and (isinstance(member, property) or callable(member)):
            assert inspect.getdoc(member), name


def test_a_record_read_from_chronyd_is_as_frozen_as_one_that_was_made() -> None:
    made = make_tracking()
    with SimulatedChronyd(made) as server:
        read = pychrony.get_tracking(server.address)

    assert type(read) is TrackingStatus
    assert_twins(read, made)
    assert not hasattr(read, "__dict__")
    with pytest.raises(FrozenInstanceError):
        read.stratum = 1


# Enumerations.


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
