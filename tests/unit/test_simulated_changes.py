"""Changing a simulated chronyd: one of a record's two times, and attributes that it has not."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from typing import Any

import pytest

from pychrony.testing import SimulatedChronyd, make_ntp_data, make_rtc_data, make_tracking

SECOND = 10**9
CHANGES: list[tuple[dict[str, Any], tuple[float, int]]] = [
    ({"ref_time": 1000.5}, (1000.5, 1_000_500_000_000)),
    ({"ref_time_ns": 1_000_000_000_001}, (1000.000000001, 1_000_000_000_001)),
    ({"ref_time": 0.0}, (0.0, 0)),
    ({"ref_time_ns": 0}, (0.0, 0)),
    ({"ref_time": -1.5}, (-1.5, -1_500_000_000)),
]
MAKERS = {"tracking": make_tracking, "ntp_data": make_ntp_data, "rtc_data": make_rtc_data}


def times(record: Any) -> tuple[float | None, int | None]:
    return record.ref_time, record.ref_time_ns


def first(server: SimulatedChronyd, name: str) -> Any:
    found = getattr(server, name)
    return found[0] if isinstance(found, tuple) else found


def assign(server: SimulatedChronyd, name: str, record: Any) -> None:
    setattr(server, name, [record] if name == "ntp_data" else record)


@pytest.mark.parametrize(("change", "expected"), CHANGES)
@pytest.mark.parametrize("name", MAKERS)
class TestOfTwoTimesTheChangedOneCounts:
    def test_in_a_record_that_the_server_has(
        self, name: str, change: dict[str, Any], expected: tuple[float, int]
    ) -> None:
        server = SimulatedChronyd(rtc_data=make_rtc_data(ref_time=5.0))
        assign(server, name, replace(first(server, name), **change))

        assert times(first(server, name)) == expected

    def test_in_a_record_that_the_server_had(
        self, name: str, change: dict[str, Any], expected: tuple[float, int]
    ) -> None:
        server = SimulatedChronyd(rtc_data=make_rtc_data(ref_time=5.0))
        before = first(server, name)
        assign(server, name, MAKERS[name](ref_time=77.0))
        assign(server, name, replace(before, **change))

        assert times(first(server, name)) == expected

    def test_in_a_record_that_was_made_for_it(
        self, name: str, change: dict[str, Any], expected: tuple[float, int]
    ) -> None:
        record: Any = replace(MAKERS[name](), **change)
        options: dict[str, Any] = {name: [record] if name == "ntp_data" else record}
        server = SimulatedChronyd(**options)

        assert times(first(server, name)) == expected


@pytest.mark.parametrize(
    "changes",
    [[{"ref_time": 5.0}, {"ref_time": 6.0}], [{"ref_time_ns": 5 * SECOND}, {"ref_time_ns": 7}]],
)
def test_the_same_change_may_come_again(changes: list[dict[str, Any]]) -> None:
    server = SimulatedChronyd()
    before = server.tracking
    back = {name: getattr(before, name) for name in changes[0]}
    for change in (*changes, *changes, changes[0], changes[0]):
        server.tracking = replace(before, **change)
        assert {name: getattr(server.tracking, name) for name in change} == change
        server.tracking = replace(server.tracking, **back)
        assert server.tracking == before


def test_never_may_be_a_changed_time_too() -> None:
    server = SimulatedChronyd()
    server.ntp_data = [
        replace(server.ntp_data[0], ref_time=None),
        replace(server.ntp_data[1], ref_time_ns=None),
    ]

    assert [times(record) for record in server.ntp_data] == [(None, None)] * 2


def test_one_record_may_be_changed_without_end_and_takes_no_memory_without_end() -> None:
    server = SimulatedChronyd()
    before = server.tracking

    def change(times: range) -> None:
        for time in times:
            server.tracking = replace(before, ref_time=float(time))
            assert server.tracking.ref_time_ns == time * SECOND

    change(range(500))
    tracemalloc.start()
    try:
        change(range(500, 1500))
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < 50_000
    finally:
        tracemalloc.stop()


def test_a_changed_record_need_not_be_one_that_the_server_knows() -> None:
    server = SimulatedChronyd()
    server.tracking = replace(make_tracking(ref_time=5.0), ref_time=6.0)

    assert times(server.tracking) == (6.0, 6 * SECOND)


@pytest.mark.parametrize(
    ("time", "error"), [(float("nan"), ValueError), (float("inf"), ValueError), ("x", TypeError)]
)
def test_a_changed_time_that_is_none_is_refused(time: Any, error: type[Exception]) -> None:
    server = SimulatedChronyd()
    before = server.tracking
    with pytest.raises(error):
        server.tracking = replace(server.tracking, ref_time=time)

    assert server.tracking is before


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("trackng", "tracking"),
        ("source", "sources"),
        ("sourcestats", "source_stats"),
        ("rtcdata", "rtc_data"),
        ("fault", "faults"),
        ("request", "requests"),
    ],
)
def test_an_attribute_that_it_does_not_have_is_refused_with_the_nearest(
    name: str, nearest: str
) -> None:
    with pytest.raises(AttributeError, match=f"no {name!r}; the nearest is {nearest!r}"):
        setattr(SimulatedChronyd(), name, None)


def test_a_subclass_may_have_attributes_of_its_own() -> None:
    class Server(SimulatedChronyd):
        n_restarts = 0

    server = Server()
    server.n_restarts += 1
    server.requests = 3

    assert (server.n_restarts, server.requests) == (1, 3)
