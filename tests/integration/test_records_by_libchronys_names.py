"""`read_record` and `read_records` on a real chronyd."""

from __future__ import annotations

from contextlib import suppress

import pytest

from pychrony import ChronyConnection, ChronyDataError, report_names
from tests.conftest import BUSY_NAMES, QUICK, PickAddress
from tests.support.chronyd import Chronyd


def test_a_record_of_a_reference_clock_is_empty_where_it_has_none(busy_chronyd: Chronyd) -> None:
    with ChronyConnection(busy_chronyd.socket_path) as connection:
        assert connection.read_record("authdata", 0) == {}
        assert connection.read_record("ntpdata", 0) == {}
        assert connection.read_record("ntpdata", 1)["remote address"] == QUICK


def test_all_records_of_a_report_are_what_each_is_alone(
    busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    with ChronyConnection(pick_address(busy_chronyd)) as connection:
        for report in ("sources", "sourcestats"):
            records = connection.read_records(report)
            assert len(records) == 1 + len(BUSY_NAMES)
            alone = [connection.read_record(report, index) for index in range(len(records))]
            for each, same in zip(records, alone, strict=True):
                assert list(each) == list(same)
                assert each.get("address") == same.get("address")  # a clock has none


def test_all_records_of_a_report_on_a_source_begin_with_its_address(busy_chronyd: Chronyd) -> None:
    with ChronyConnection(busy_chronyd.socket_path) as connection:
        sources = [source.address for source in connection.get_sources()]
        for report in ("authdata", "ntpdata"):
            records = connection.read_records(report)
            assert [record["address"] for record in records] == sources[1:]  # without the clock
            for index, record in enumerate(records, 1):
                assert [*record] == ["address", *connection.read_record(report, index)]


@pytest.mark.parametrize("report", ["tracking", "activity", "serverstats", "smoothing"])
def test_a_report_of_one_record_is_a_list_of_one(report: str, busy_chronyd: Chronyd) -> None:
    with ChronyConnection(busy_chronyd.socket_path) as connection:
        [record] = connection.read_records(report)
        assert list(record) == list(connection.read_record(report))
        assert (
            connection.get_tracking().stratum == connection.read_records("tracking")[0]["stratum"]
        )


def test_a_report_that_is_turned_off_is_a_data_error_as_a_list_too(busy_chronyd: Chronyd) -> None:
    with ChronyConnection(busy_chronyd.socket_path) as connection:
        assert connection.get_rtc_data() is None
        for read in (connection.read_record, connection.read_records):
            with pytest.raises(ChronyDataError, match="rtcdata"):
                read("rtcdata")


def test_the_names_of_the_reports_are_those_that_can_be_read(busy_chronyd: Chronyd) -> None:
    assert {"tracking", "sources", "ntpdata"} <= {*report_names()}
    with ChronyConnection(busy_chronyd.socket_path) as connection:
        for report in report_names():
            with suppress(ChronyDataError):  # this chronyd drives no real-time clock
                assert connection.read_records(report)


@pytest.mark.parametrize("report", ["", "Tracking", "tracking ", "nonsense", "sourcename"])
def test_a_report_that_there_is_not_is_a_value_error(report: str, busy_chronyd: Chronyd) -> None:
    with ChronyConnection(busy_chronyd.socket_path) as connection:
        for read in (connection.read_record, connection.read_records):
            with pytest.raises(ValueError, match=f"{report!r} is none of ") as caught:
                read(report)
            assert str(caught.value).endswith(", ".join(report_names()))


@pytest.mark.parametrize("index", [-1, -(2**31), 2**31, 2**64, 0.0, "0", None])
def test_an_index_that_cannot_be_is_a_value_error(index: int, busy_chronyd: Chronyd) -> None:
    with (
        ChronyConnection(busy_chronyd.socket_path) as connection,
        pytest.raises(ValueError, match="index"),
    ):
        connection.read_record("sources", index)


@pytest.mark.parametrize("index", [1 + len(BUSY_NAMES), 1000, 2**31 - 1])
def test_a_record_past_the_end_is_a_data_error(
    index: int, busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    with ChronyConnection(pick_address(busy_chronyd)) as connection:
        with pytest.raises(ChronyDataError, match="no such record"):
            connection.read_record("sources", index)
        assert connection.read_record("sources", len(BUSY_NAMES))["address"] != ""


@pytest.mark.parametrize("report", ["tracking", "activity", "serverstats", "smoothing"])
def test_a_report_of_one_record_has_no_second(report: str, busy_chronyd: Chronyd) -> None:
    with ChronyConnection(busy_chronyd.socket_path) as connection:
        with pytest.raises(ChronyDataError):
            connection.read_record(report, 1)
        assert connection.read_record(report) != {}
