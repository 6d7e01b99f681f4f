"""Data frames are made of records in one line, by pandas and by polars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas
import polars
import pytest

from pychrony import ChronyConnection, NTPTests, SelectOptions, SourceState
from pychrony.testing import (
    SimulatedChronyd,
    make_ntp_data,
    make_select_data,
    make_source,
)

LISTS = {
    "sources": ChronyConnection.get_sources,
    "source_stats": ChronyConnection.get_source_stats,
    "select_data": ChronyConnection.get_select_data,
    "auth_data": ChronyConnection.get_auth_data,
    "ntp_data": ChronyConnection.get_ntp_data,
}
FOLLOWED, SILENT, CLOCK = "192.0.2.1", "192.0.2.2", "GPS"

# What the columns hold, of all lists that have them.
INTEGERS = {"stratum", "poll", "reachability", "samples", "runs", "span", "reference_id", "port"}
FLOATS = {"offset", "skew", "score", "latest_meas", "root_delay", "poll_seconds", "low_limit"}
TEXTS = {"address", "state", "mode", "leap_status", "key_type", "tx_timestamping"}
TEXTS |= {"reference_id_hex"}
BOOLEANS = {"is_resolved", "is_selected", "is_reachable", "authentication", "nak", "interleaved"}
EACH = INTEGERS | FLOATS | TEXTS | BOOLEANS


@pytest.fixture(scope="module")
def connection() -> Iterator[ChronyConnection]:
    """Return a connection to a chronyd that follows a server; another never answered."""
    server = SimulatedChronyd(
        sources=[
            make_source(address=FOLLOWED, name="ntp.example"),
            make_source(address=SILENT, state=SourceState.NONSELECTABLE, last_sample_ago=None),
            make_source(address=CLOCK, state=SourceState(9)),
        ],
        select_data=[
            make_select_data(address=FOLLOWED),
            make_select_data(address=SILENT, configured_options=SelectOptions(0x12)),
            make_select_data(address=CLOCK, configured_options=SelectOptions.PREFER),
        ],
        ntp_data=[
            make_ntp_data(address=FOLLOWED),
            make_ntp_data(address=SILENT, ref_time=None, tests=NTPTests(0), rx_good=None),
        ],
        open_commands={"selectdata", "authdata", "ntpdata", "sources", "sourcestats", "tracking"},
    )
    with server, ChronyConnection(server.address) as connection:
        yield connection


@pytest.fixture(params=LISTS)
def records(request: pytest.FixtureRequest, connection: ChronyConnection) -> list[Any]:
    return LISTS[request.param](connection)


def keys(record: Any, kind: set[str]) -> list[str]:
    return [key for key in record.to_dict() if key in kind]


def test_pandas_makes_a_frame_of_every_list(records: list[Any]) -> None:
    frame = pandas.DataFrame(record.to_dict() for record in records)

    assert list(frame.columns) == list(records[0].to_dict())
    assert len(frame) == len(records) > 1
    assert list(frame["address"]) == [record.address for record in records]
    types = pandas.api.types
    assert all(types.is_integer_dtype(frame[key]) for key in keys(records[0], INTEGERS))
    assert all(types.is_float_dtype(frame[key]) for key in keys(records[0], FLOATS))
    assert all(types.is_string_dtype(frame[key]) for key in keys(records[0], TEXTS))
    assert all(types.is_bool_dtype(frame[key]) for key in keys(records[0], BOOLEANS))
    assert len(keys(records[0], EACH)) >= 5


def test_polars_makes_a_frame_of_every_list(records: list[Any]) -> None:
    frame = polars.DataFrame([record.to_dict() for record in records])

    assert frame.columns == list(records[0].to_dict())
    assert len(frame) == len(records) > 1
    assert frame["address"].to_list() == [record.address for record in records]
    assert all(frame[key].dtype == polars.Int64 for key in keys(records[0], INTEGERS))
    assert all(frame[key].dtype == polars.Float64 for key in keys(records[0], FLOATS))
    assert all(frame[key].dtype == polars.String for key in keys(records[0], TEXTS))
    assert all(frame[key].dtype == polars.Boolean for key in keys(records[0], BOOLEANS))
    assert frame.rows(named=True) == [record.to_dict() for record in records]


def test_states_are_names_and_what_never_happened_is_missing(connection: ChronyConnection) -> None:
    rows = [source.to_dict() for source in connection.get_sources()]
    of_pandas, of_polars = pandas.DataFrame(rows), polars.DataFrame(rows)

    states = ["SELECTED", "NONSELECTABLE", "UNKNOWN_9"]
    assert list(of_pandas["state"]) == of_polars["state"].to_list() == states
    assert list(of_pandas["last_sample_ago"].isna()) == [False, True, False]
    assert of_polars["last_sample_ago"].to_list() == [23, None, 23]
    assert list(of_pandas[of_pandas["is_selected"]]["address"]) == [FOLLOWED]
    assert of_polars.filter(polars.col("is_selected"))["address"].to_list() == [FOLLOWED]


def test_flags_are_lists_of_names(connection: ChronyConnection) -> None:
    rows = [source.to_dict() for source in connection.get_select_data()]
    options = [[], ["PREFER", "UNKNOWN_16"], ["PREFER"]]

    assert list(pandas.DataFrame(rows)["configured_options"]) == options
    frame = polars.DataFrame(rows)
    assert frame["configured_options"].dtype == polars.List(polars.String)
    assert frame["configured_options"].to_list() == options


def test_polars_reads_a_long_list_that_begins_with_nones() -> None:
    silent = [make_source(name=None, last_sample_ago=None)] * 150
    rows = [source.to_dict() for source in [*silent, make_source(name="ntp.example")]]
    frame = polars.DataFrame(rows, infer_schema_length=None)

    assert frame["last_sample_ago"].to_list() == [None] * 150 + [23]
    assert frame["name"].dtype == polars.String


def test_one_record_is_a_frame_of_one_row_with_its_exact_time(
    connection: ChronyConnection,
) -> None:
    status = connection.get_tracking()
    of_pandas = pandas.DataFrame([status.to_dict()])
    of_polars = polars.DataFrame([status.to_dict()])

    assert of_pandas["leap_status"][0] == of_polars["leap_status"][0] == "NORMAL"
    assert of_pandas["ref_time_ns"][0] == of_polars["ref_time_ns"][0] == status.ref_time_ns
    assert of_polars["ref_time_ns"].dtype == polars.Int64
    assert of_pandas["error_bound"][0] == of_polars["error_bound"][0] == status.error_bound
    times = pandas.to_datetime(of_pandas["ref_datetime"])
    assert times[0].to_pydatetime() == status.ref_datetime
    assert of_polars["ref_datetime"].str.to_datetime(time_zone="UTC")[0] == status.ref_datetime
