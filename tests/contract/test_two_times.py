"""Records with two times, `ref_time` and `ref_time_ns`: where one is given, the other follows."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass, field, fields, make_dataclass, replace
from functools import partial
from typing import Any

import pytest

from pychrony import get_tracking
from pychrony.testing import SimulatedChronyd, make_ntp_data, make_rtc_data, make_tracking

SECOND = 10**9
MOMENT = 1_767_225_600_123_456_789  # no float has it
MAKERS = [make_tracking, make_ntp_data, make_rtc_data]
REPLACE: list[Callable[..., Any]] = [replace]
if sys.version_info >= (3, 13):
    REPLACE.append(copy.replace)

each_record = pytest.mark.parametrize("make", MAKERS)
each_replace = pytest.mark.parametrize("replace", REPLACE)


def times(record: Any) -> tuple[float | None, int | None]:
    return record.ref_time, record.ref_time_ns


def without(record: Any, *names: str) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if name not in names}


@each_record
class TestConstructing:
    def test_either_time_is_enough(self, make: Callable[..., Any]) -> None:
        record = make(ref_time_ns=MOMENT)
        kind, others = type(record), without(record, "ref_time", "ref_time_ns")

        assert kind(**others, ref_time_ns=MOMENT) == record
        assert times(kind(**others, ref_time=5.25)) == (5.25, 5_250_000_000)
        assert times(kind(**others, ref_time=0.0)) == (0.0, 0)
        assert times(kind(**others, ref_time_ns=0)) == (0.0, 0)

    def test_by_position_the_exact_time_may_be_left_out(self, make: Callable[..., Any]) -> None:
        record = make(ref_time=5.25)
        place = [field.name for field in fields(record)].index("ref_time_ns")

        assert type(record)(*astuple(record)[:place]) == replace(record, **no_name(record))

    def test_both_may_be_given_where_they_tell_the_same(self, make: Callable[..., Any]) -> None:
        record = make(ref_time_ns=MOMENT)
        for seconds in (MOMENT / SECOND, MOMENT * 1e-9, 1767225600 + 123456789 / 1e9):
            twin = type(record)(**{**asdict(record), "ref_time": seconds})
            assert times(twin) == (seconds, MOMENT)

    def test_no_time_at_all_is_for_a_response_that_never_came(
        self, make: Callable[..., Any]
    ) -> None:
        record = make()
        for nothing in ({"ref_time": None}, {"ref_time_ns": None}):
            if make is make_ntp_data:
                assert times(make(**nothing)) == (None, None)
                continue
            for change in (make, partial(replace, record)):
                with pytest.raises(TypeError, match="needs ref_time or ref_time_ns, not None"):
                    change(**nothing)

    @pytest.mark.parametrize("seconds", [1767225600.123458, 0.0, 5.0])
    def test_two_times_that_differ_are_refused(
        self, make: Callable[..., Any], seconds: float
    ) -> None:
        record = make(ref_time_ns=MOMENT)
        values = {**asdict(record), "ref_time": seconds}
        message = rf"ref_time is {seconds} and ref_time_ns {MOMENT}, .*leave one of them out"

        with pytest.raises(ValueError, match=message):
            type(record)(**values)
        with pytest.raises(ValueError, match=message):
            type(record)(*values.values())

    def test_one_of_them_must_be_given(self, make: Callable[..., Any]) -> None:
        record = make()

        with pytest.raises(TypeError, match=r"missing 1 required .*'ref_time'"):
            type(record)(**without(record, "ref_time", "ref_time_ns"))

    def test_the_exact_time_is_optional_in_the_signature(self, make: Callable[..., Any]) -> None:
        parameters = inspect.signature(type(make())).parameters

        assert list(parameters) == [field.name for field in fields(make())]
        assert parameters["ref_time"].default is inspect.Parameter.empty
        assert parameters["ref_time_ns"].default is None


@each_replace
@each_record
class TestReplacing:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"ref_time": 6.5}, (6.5, 6_500_000_000)),
            ({"ref_time": 1767225600.123458}, (1767225600.123458, 1_767_225_600_123_457_909)),
            ({"ref_time_ns": 6}, (6e-9, 6)),
            ({"ref_time_ns": MOMENT + SECOND}, ((MOMENT + SECOND) / SECOND, MOMENT + SECOND)),
            ({"ref_time": 1.0, "ref_time_ns": SECOND}, (1.0, SECOND)),
            ({}, (MOMENT / SECOND, MOMENT)),
        ],
    )
    def test_the_time_that_is_not_changed_follows(
        self,
        replace: Callable[..., Any],
        make: Callable[..., Any],
        change: dict[str, Any],
        expected: tuple[float, int],
    ) -> None:
        record = make(ref_time_ns=MOMENT)

        assert times(replace(record, **change, offset=5.0)) == expected
        assert times(record) == (MOMENT / SECOND, MOMENT)

    def test_two_changed_times_that_differ_are_refused(
        self, replace: Callable[..., Any], make: Callable[..., Any]
    ) -> None:
        with pytest.raises(ValueError, match="another time"):
            replace(make(), ref_time=1.0, ref_time_ns=2)

    def test_a_copy_and_a_record_that_was_read_are_no_exception(
        self, replace: Callable[..., Any], make: Callable[..., Any]
    ) -> None:
        record = make(ref_time_ns=MOMENT)
        with SimulatedChronyd() as server:
            read = get_tracking(server.address)
        for one in (copy.copy(record), pickle.loads(pickle.dumps(record)), read):
            assert times(replace(one, ref_time=7.0)) == (7.0, 7 * SECOND)


@each_replace
@each_record
@pytest.mark.parametrize("kind", ["plain", "own __init__", "dataclass", "dataclass with slots"])
class TestSubclassing:
    def test_the_times_of_a_users_own_class_follow_each_other(
        self, replace: Callable[..., Any], make: Callable[..., Any], kind: str
    ) -> None:
        record = make(ref_time=5.25)
        own = subclass(type(record), kind)
        made = own(**without(record, "ref_time_ns"))

        assert times(made) == (5.25, 5_250_000_000)
        assert times(own(**asdict(record))) == times(record)
        assert times(replace(made, ref_time=7.0)) == (7.0, 7 * SECOND)
        assert times(replace(made, ref_time_ns=SECOND)) == (1.0, SECOND)
        assert times(replace(made, offset=5.0)) == times(made)
        with pytest.raises(ValueError, match="another time"):
            own(**{**asdict(record), "ref_time": 5.5})


def subclass(record: Any, kind: str) -> Any:
    class Plain(record):
        pass

    class OwnInit(record):
        def __init__(self, **values: Any) -> None:
            super().__init__(**values)

    if kind.startswith("dataclass"):
        place = [("place", str, field(default="here"))]
        slots = kind.endswith("slots")
        return make_dataclass("Placed", place, bases=(record,), frozen=True, slots=slots)
    return Plain if kind == "plain" else OwnInit


@dataclass
class Sample:
    seconds: float

    def __post_init__(self) -> None:
        self.status = make_tracking(ref_time=self.seconds)
        with pytest.raises(ValueError, match="another time"):
            make_tracking(ref_time=self.seconds, ref_time_ns=1)


@each_replace
def test_a_record_that_is_made_where_something_else_is_replaced_is_a_new_one(
    replace: Callable[..., Any],
) -> None:
    assert times(replace(Sample(5.0), seconds=6.0).status) == (6.0, 6 * SECOND)


def test_a_time_may_become_never_and_be_given_again() -> None:
    never = make_ntp_data(ref_time=None)

    assert times(never) == (None, None)
    assert times(replace(make_ntp_data(), ref_time=None)) == (None, None)
    assert times(replace(make_ntp_data(), ref_time_ns=None)) == (None, None)
    assert times(replace(never, ref_time=2.0)) == (2.0, 2 * SECOND)
    assert times(replace(never, ref_time_ns=SECOND)) == (1.0, SECOND)


def no_name(record: Any) -> dict[str, None]:
    return {"name": None} if hasattr(record, "name") else {}
