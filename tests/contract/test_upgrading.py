"""What 2.0.3 promised to its users holds, but for what docs/upgrading.md says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from pychrony import RTCData, Source, SourceStats, TrackingStatus, testing
from pychrony.testing import SimulatedChronyd, make_source
from tests.support.surface import surface
from tests.support.upgrading import SURFACE, Row, agrees, evaluate, make_names, read_rows

BEFORE: dict[str, str] = json.loads(SURFACE.read_text())
ROWS = read_rows()
FORMER = ("TRACKING_DEFAULTS", "SOURCE_DEFAULTS", "SOURCESTATS_DEFAULTS", "RTCDATA_DEFAULTS")
# Promises that are not kept, and how the page tells them.
NOT_KEPT = {
    "Source.last_sample_ago": "source.last_sample_ago",
    **{f"pychrony.testing.{name}": f"testing.{name}" for name in FORMER},
}
RECORDS = [TrackingStatus, Source, SourceStats, RTCData]


@pytest.fixture(scope="module")
def names() -> Iterator[dict[str, Any]]:
    with SimulatedChronyd(
        address="127.0.0.1", sources=[make_source(), make_source(last_sample_ago=None)]
    ) as server:
        yield make_names(server.address)


def test_each_promise_that_is_not_kept_is_on_the_page() -> None:
    now = surface()
    broken = [promise for promise, what in BEFORE.items() if now.get(promise) != what]
    added = [promise for promise in now.keys() - BEFORE.keys() if is_demand(promise, now)]

    assert {*broken, *added} == NOT_KEPT.keys()
    assert {*NOT_KEPT.values()} <= {row.code for row in ROWS}


def is_demand(promise: str, now: dict[str, str]) -> bool:
    """Return whether it is a parameter that 2.0.3's callers do not give, and have to now."""
    called, _, parameter = promise.partition("(")
    known = any(before.startswith(f"{called}(") for before in BEFORE)
    return known and len(parameter) > 1 and " = " not in now[promise]


@pytest.mark.parametrize("row", ROWS, ids=[row.code for row in ROWS])
def test_each_difference_on_the_page_is_one(row: Row, names: dict[str, Any]) -> None:
    outcome = evaluate(row.code, names)

    assert agrees(outcome, row.now), outcome
    assert row.before != row.now
    assert row.advice.endswith(".")


@pytest.mark.parametrize("kind", RECORDS)
def test_records_are_made_of_the_former_fields_by_position_and_by_name(kind: type[Any]) -> None:
    record = getattr(testing, f"make_{MAKERS[kind]}")()
    former = [field.name for field in fields(kind) if f"{kind.__name__}.{field.name}" in BEFORE]
    values = {name: getattr(record, name) for name in former}

    assert kind(**values) == kind(*values.values())
    assert {name: getattr(kind(**values), name) for name in former} == values
    assert getattr(testing, f"make_{MAKERS[kind]}")(**values) == kind(**values)


MAKERS = {
    TrackingStatus: "tracking",
    Source: "source",
    SourceStats: "source_stats",
    RTCData: "rtc_data",
}
