"""What users may rely on of every record."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import typing
from dataclasses import Field, FrozenInstanceError, asdict, astuple, fields, replace
from enum import Enum
from types import GenericAlias, UnionType
from typing import Any

import pytest

import pychrony
from pychrony import CheckResult, Finding, LibchronyInfo, Limits, TrackingStatus, models
from pychrony.models._check import Levels
from pychrony.testing import SimulatedChronyd, make_tracking
from tests.support.enumerations import ENUMERATIONS

RECORDS: list[type[Any]] = [
    kind
    for kind in vars(models).values()
    if dataclasses.is_dataclass(kind) and kind.__name__ in models.__all__
]
OWN = (CheckResult, Finding, Limits, LibchronyInfo)  # which chronyd does not report
REPORTS = [kind for kind in RECORDS if kind not in OWN]
TIMES = ("ref_time", "ref_time_ns")  # where one is given, the other follows
UNITS = {"", "s", "ns", "ppm", "ppm/s", "log2 s", "bit", "byte"}
each_record = pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
each_report = pytest.mark.parametrize("kind", REPORTS, ids=lambda kind: kind.__name__)


def types_of(field: Field[Any]) -> list[type[Any]]:
    """Return the types that a field may have, NoneType among them."""
    annotation: Any = field.type
    if typing.get_origin(annotation) is tuple:
        return [annotation]
    return list(typing.get_args(annotation)) or [annotation]


def some_value(kind: Any, number: int) -> object:
    if kind in SOME_TUPLES:
        return SOME_TUPLES[kind]
    if dataclasses.is_dataclass(kind):
        return make(kind)
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


SOME_TUPLES: dict[Any, Any] = {Levels: (0.5, None), tuple[str, ...]: ("GPS",)}
SOME_TUPLES[tuple[Finding, ...]] = (make(Finding), make(Finding, none=True))


def as_given(record: Any) -> dict[str, Any]:
    """Return what a record was made of; `asdict` takes records within it apart, too."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


@pytest.fixture(params=["full", "none"])
def record(kind: type[Any], request: pytest.FixtureRequest) -> Any:
    return make(kind, none=request.param == "none")


def test_no_record_and_no_enumeration_is_left_out() -> None:
    public = [getattr(pychrony, name) for name in pychrony.__all__]
    classes = [thing for thing in public if inspect.isclass(thing)]
    of_fields = {kind for kind in classes if dataclasses.is_dataclass(kind)}

    assert of_fields - {pychrony.Answer} == set(RECORDS)  # an answer only holds a record
    assert {kind for kind in classes if issubclass(kind, Enum)} == set(ENUMERATIONS)
    assert len(REPORTS) == 11


@each_record
def test_a_record_passes_through_pickle_and_copy(kind: type[Any], record: Any) -> None:
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert_twins(record, pickle.loads(pickle.dumps(record, protocol)))
    assert_twins(record, copy.copy(record))
    assert_twins(record, copy.deepcopy(record))
    assert_twins(record, replace(record))
    assert_twins(record, kind(**as_given(record)))
    assert_twins(record, kind(*as_given(record).values()))
    assert len(asdict(record)) == len(astuple(record)) == len(fields(record))


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

    assert optional <= {"name", "ref_time_ns"} or kind in (Finding, Limits)
    with pytest.raises(TypeError, match="missing"):
        kind()


@each_record
def test_each_annotation_is_a_real_type(kind: type[Any]) -> None:
    hints = typing.get_type_hints(kind)
    for field in fields(kind):
        assert isinstance(field.type, (type, UnionType, GenericAlias)), field.name
        assert hints[field.name] == field.type
        assert all(isinstance(part, (type, GenericAlias)) for part in types_of(field))


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
