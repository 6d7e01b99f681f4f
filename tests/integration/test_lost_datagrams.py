"""Every report, where one datagram in three is lost."""

from __future__ import annotations

import pytest

from pychrony import ChronyConnection
from tests.conftest import BUSY_NAMES, StartChronyd
from tests.support.chronyd import Chronyd
from tests.support.deadlines import PATIENT
from tests.support.marked_sources import FEW, LISTS, SINGLE, read_marks, records_of, source_lines
from tests.support.relay import Relay, drop_each_third


@pytest.mark.parametrize("lost", ["requests", "replies"])
@pytest.mark.parametrize("report", LISTS)
def test_a_list_survives_that_one_datagram_in_three_is_lost(
    report: str, lost: str, start_chronyd: StartChronyd
) -> None:
    daemon = start_chronyd(*source_lines(1, FEW))
    with (
        Relay(daemon, **{lost: drop_each_third()}) as relay,
        ChronyConnection(relay.address, timeout=PATIENT) as connection,
    ):
        assert read_marks(connection, report) == records_of(report, 1, *FEW)


@pytest.mark.parametrize("lost", ["requests", "replies"])
@pytest.mark.parametrize("report", SINGLE)
def test_a_single_record_survives_that_too(report: str, lost: str, busy_chronyd: Chronyd) -> None:
    with (
        Relay(busy_chronyd, **{lost: drop_each_third()}) as relay,
        ChronyConnection(relay.address, timeout=PATIENT) as connection,
        ChronyConnection(busy_chronyd.socket_path) as direct,
    ):
        for _ in range(3):
            assert type(getattr(connection, report)()) is type(getattr(direct, report)())


@pytest.mark.parametrize("lost", ["requests", "replies"])
def test_names_survive_that_too(lost: str, busy_chronyd: Chronyd) -> None:
    with (
        Relay(busy_chronyd, **{lost: drop_each_third()}) as relay,
        ChronyConnection(relay.address, timeout=PATIENT) as connection,
    ):
        assert [s.name for s in connection.get_sources(names=True)] == [None, *BUSY_NAMES]
