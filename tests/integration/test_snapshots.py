"""Snapshots of real chronyds for metrics: each report asked for once, and what is not given."""

from __future__ import annotations

import asyncio
import struct
from collections import Counter

import pytest

from pychrony import AsyncChronyConnection, ChronyConnection, FindingCode
from pychrony._judgment.limits import make_limits
from pychrony.metrics import FAMILIES, Snapshot, read_snapshot, read_snapshot_async
from pychrony.testing import SimulatedChronyd
from tests.support.chronyd import Chronyd
from tests.support.counting import undisturbed
from tests.support.relay import Relay
from tests.support.repeated_answers import repeated_answers

LIMITS = make_limits(
    None,
    max_error=None,  # that of a young chronyd may grow for a moment
    max_offset=None,
    max_skew=None,
    max_age=600.0,
    max_stratum=None,
    min_sources=1,
)
TRACKING, ACTIVITY, SERVERSTATS = 33, 44, 54
OVER_UDP = {"tracking", "sources", "sourcestats", "activity", "rtcdata", "smoothing"}


def take(address: str, reports: list[str] | None = None) -> Snapshot:
    with ChronyConnection(address) as connection:
        return read_snapshot(connection, LIMITS, reports=reports)


def test_each_report_is_asked_for_once(synchronized_chronyd: Chronyd) -> None:
    counts: Counter[int] = Counter()

    def count(request: bytes) -> bool:
        counts[struct.unpack_from("!H", request, 4)[0]] += 1
        return True

    def take_and_count() -> tuple[Snapshot, Counter[int]]:
        counts.clear()
        return take(relay.address), counts.copy()

    with Relay(synchronized_chronyd, count) as relay:
        taken, found = undisturbed(take_and_count)

    assert taken.check is not None
    assert taken.check.verdict.name == "OK"
    assert {report for report, (given, _) in taken.outcomes.items() if given} == (
        OVER_UDP | {"selectdata", "authdata", "ntpdata", "serverstats"}
    )
    assert (found[ACTIVITY], found[SERVERSTATS]) == (1, 1)
    assert found[TRACKING] == 1


def test_what_is_refused_is_left_out_unless_it_was_asked_for(synchronized_chronyd: Chronyd) -> None:
    found, asked = (
        take(synchronized_chronyd.udp4, reports=reports) for reports in (None, ["serverstats"])
    )

    assert found.outcomes.keys() == OVER_UDP
    assert {report: given for report, (given, _) in asked.outcomes.items()} == {
        "tracking": True,
        "sources": True,
        "serverstats": False,
    }


def test_sources_whose_names_are_refused_are_told_by_their_addresses() -> None:
    opened = ["tracking", "sources", "sourcestats", "selectdata"]
    with SimulatedChronyd(open_commands=opened) as server:
        taken = take(server.address)

    assert taken.check is not None
    assert taken.check.usable_sources == 3
    assert taken.outcomes.keys() == {*opened}
    for records in (taken.sources, taken.source_stats, taken.select_data):
        assert records
        assert {record.name for record in records} == {None}


def test_sources_that_are_refused_are_a_failure() -> None:
    with SimulatedChronyd(open_commands=["tracking", "activity"]) as server:
        taken = take(server.address)

    assert taken.failure is not None
    assert taken.failure.code is FindingCode.REFUSED
    assert {report: given for report, (given, _) in taken.outcomes.items()} == {
        "tracking": True,
        "sources": False,
        "activity": True,
    }


def test_a_silent_chronyd_costs_one_deadline(synchronized_chronyd: Chronyd) -> None:
    with (
        Relay(synchronized_chronyd, lambda _: False) as relay,
        ChronyConnection(relay.address) as connection,
    ):
        taken = read_snapshot(connection, LIMITS, timeout=0.3)

    assert taken.failure is not None
    assert taken.failure.code is FindingCode.NO_ANSWER
    assert taken.outcomes.keys() == {"tracking"}


def test_in_asyncio_it_is_the_same(synchronized_chronyd: Chronyd) -> None:
    async def take_async(address: str) -> Snapshot:
        async with AsyncChronyConnection(address) as connection:
            return await read_snapshot_async(connection, LIMITS)

    with repeated_answers(synchronized_chronyd) as address:
        here, there = take(address), asyncio.run(take_async(address))

    for family in FAMILIES:
        labels = [{sample.labels for sample in family.read(each)} for each in (here, there)]
        assert labels[0] == labels[1], family.name


@pytest.mark.parametrize("attribute", ["error_bound", "usable_sources"])
def test_the_judgment_is_that_of_the_same_records(
    attribute: str, synchronized_chronyd: Chronyd
) -> None:
    taken = take(synchronized_chronyd.udp4)
    assert taken.tracking is not None
    assert taken.check is not None

    assert taken.check.error_bound == taken.tracking.error_bound
    assert getattr(taken.check, attribute) > 0
