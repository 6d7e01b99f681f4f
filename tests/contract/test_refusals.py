"""A refusal is no list that changes, and a report of one record is asked for once."""

from __future__ import annotations

import pytest

from pychrony import ChronyConnection, ChronyDataError
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.counting import count_requests


def test_a_refused_report_of_one_record_is_no_list_that_changes() -> None:
    with (
        SimulatedChronyd(faults=Faults(status=5)) as server,
        ChronyConnection(server.address) as connection,
    ):
        for read in (connection.read_record, connection.read_records):
            with pytest.raises(ChronyDataError, match="tracking: chronyd refused the request"):
                read("tracking")


def test_a_refused_count_is_no_list_that_changes() -> None:
    with (
        SimulatedChronyd(faults=Faults(status=5)) as server,
        ChronyConnection(server.address) as connection,
    ):
        for read in (connection.get_sources, connection.get_auth_data):
            with pytest.raises(ChronyDataError, match="chronyd refused the request"):
                read()


def test_a_report_of_one_record_is_asked_for_once() -> None:
    with SimulatedChronyd() as server, ChronyConnection(server.address, timeout=60) as connection:

        def read() -> None:
            assert len(connection.read_records("tracking")) == 1

        for _ in range(10):
            assert count_requests(server, read) == 1
