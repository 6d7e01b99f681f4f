"""Tests as a user of 2.0.3 wrote them: its page's examples, factories, fixtures and errors.

pytest runs them with 2.0.3 and with this pychrony. CHRONYD_ADDRESS names a chronyd's command port.
"""

import copy
import dataclasses
import os
from typing import Any

import pytest

from pychrony import (
    ChronyConnection,
    ChronyConnectionError,
    ChronyDataError,
    ChronyError,
    ChronyLibraryError,
    ChronyPermissionError,
    LeapStatus,
    RTCData,
    Source,
    SourceMode,
    SourceState,
    SourceStats,
    TrackingStatus,
    Transport,
    exceptions,
    models,
)
from pychrony.testing import make_rtc_data, make_source, make_source_stats, make_tracking

# What type checkers would not let through:
OFFSET = "offset"
NOTHING: Any = {}
MISSPELLED: Any = {"statum": 1}
ADDRESS = os.environ["CHRONYD_ADDRESS"]


def test_the_page_reads_the_tracking_report():
    with ChronyConnection(ADDRESS) as conn:
        status = conn.get_tracking()
        lines = [
            f"Reference: {status.reference_id_name}",
            f"Stratum: {status.stratum}",
            f"Offset: {status.offset:.9f} seconds",
            f"Synchronized: {status.is_synchronized()}",
        ]
    assert lines[:2] == ["Reference: 127.0.0.1", "Stratum: 6"]
    assert lines[3] == "Synchronized: True"


def test_the_page_requires_the_command_port():
    with ChronyConnection(ADDRESS) as conn:
        assert conn.transport is Transport.COMMAND_PORT
        assert conn.address == ADDRESS
        assert isinstance(conn.get_tracking(), TrackingStatus)


def test_all_reports_are_read_over_one_connection():
    connection = ChronyConnection(address=ADDRESS)
    with connection as conn:
        sources = conn.get_sources()
        stats = conn.get_source_stats()
        rtc = conn.get_rtc_data()
    assert rtc is None or isinstance(rtc, RTCData)
    assert type(sources) is list
    assert all(isinstance(source, Source) for source in sources)
    assert all(isinstance(each, SourceStats) for each in stats)
    selected = [source for source in sources if source.is_selected()]
    assert [source.state for source in selected] == [SourceState.SELECTED]
    assert selected[0].mode is SourceMode.CLIENT
    assert selected[0].is_reachable()
    assert isinstance(selected[0].last_sample_ago, int)
    assert {source.address for source in sources} == {each.address for each in stats}
    with connection as conn:
        assert conn.get_tracking().stratum > 0


def test_a_closed_connection_is_a_runtime_error():
    with pytest.raises(RuntimeError):
        ChronyConnection(ADDRESS).get_tracking()


def test_a_missing_socket_is_a_connection_error():
    conn = ChronyConnection("/nosuch/chronyd.sock")
    with pytest.raises(ChronyConnectionError) as caught, conn:
        conn.get_tracking()
    assert isinstance(caught.value, ChronyError)
    assert "/nosuch/chronyd.sock" in caught.value.message


@pytest.mark.parametrize(
    "kind", [ChronyError, ChronyConnectionError, ChronyDataError, ChronyPermissionError]
)
def test_errors_are_made_by_hand(kind):
    for error in (kind("boom", 5), kind("boom", error_code=5), kind(message="boom", error_code=5)):
        assert (error.message, error.error_code, error.args) == ("boom", 5, ("boom",))
        assert (copy.copy(error).message, copy.copy(error).error_code) == ("boom", 5)
        assert "boom" in str(error)
    assert kind("boom").error_code is None
    assert str(kind("boom")) == "boom"
    assert getattr(exceptions, kind.__name__) is kind
    with pytest.raises(ChronyError):
        raise kind("boom")


def test_a_library_error_is_made_of_its_text():
    assert ChronyLibraryError("boom").message == "boom"
    assert not issubclass(ChronyLibraryError, ChronyConnectionError)


def test_records_are_made_by_position():
    status = TrackingStatus(
        0x7F000001, "127.0.0.1", "127.0.0.1", 2, LeapStatus.NORMAL, 1705320000.5,
        1e-6, 2e-6, 3e-6, 1.5, 0.01, 0.02, 0.001, 0.002, 64.0,
    )  # fmt: skip
    assert (status.stratum, status.ref_time, status.update_interval) == (2, 1705320000.5, 64.0)
    source = Source(
        "192.0.2.9", 6, 2, SourceState.SELECTED, SourceMode.PEER, 0, 255, 32, 0.1, 0.2, 0.3
    )
    assert (source.address, source.latest_meas_err) == ("192.0.2.9", 0.3)
    stats = SourceStats(0xC0000209, "192.0.2.9", 8, 3, 512, 1e-4, 0.001, 0.005, 1e-4, 1e-5)
    assert stats.has_sufficient_samples()
    assert not stats.has_sufficient_samples(minimum=9)
    rtc = RTCData(1705320000.5, 10, 4, 86400, 0.125, -1.25)
    assert rtc.is_calibrated()
    for record in (status, source, stats, rtc):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, OFFSET, 1.0)
        assert copy.deepcopy(record) == dataclasses.replace(record) == record
        assert len({record, copy.copy(record)}) == 1


def test_a_record_is_made_by_name():
    rtc = RTCData(ref_time=0.0, samples=0, runs=0, span=0, offset=0.0, freq_offset=0.0)
    assert not rtc.is_calibrated()
    with pytest.raises(TypeError):
        RTCData(**NOTHING)


class Watched(TrackingStatus):
    """With an attribute of its own."""

    def __init__(self, host, **values):
        super().__init__(**values)
        self.host = host


@dataclasses.dataclass(frozen=True)
class Sampled(TrackingStatus):
    """With a field of its own."""

    host: str = "here"


def test_a_record_may_be_inherited_from():
    names = [field.name for field in dataclasses.fields(TrackingStatus)][:15]
    values = {name: getattr(make_tracking(), name) for name in names}
    watched, sampled = Watched("here", **values), Sampled(**values)
    for record in (watched, sampled, copy.copy(watched), copy.deepcopy(watched)):
        assert record.host == "here"
        assert record.is_synchronized()
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(record, OFFSET, 1.0)
    assert dataclasses.replace(sampled, ref_time=5.0).ref_time == 5.0


def test_factories_take_what_should_differ():
    assert make_tracking(stratum=16).is_synchronized() is False
    assert make_tracking(reference_id=0).is_synchronized() is False
    assert make_tracking(stratum=2).is_synchronized() is True
    assert make_tracking(leap_status=LeapStatus.INSERT).is_leap_pending()
    assert make_tracking(ref_time=1705320000.0).ref_time == 1705320000.0
    assert dataclasses.replace(make_tracking(), ref_time=5.0).ref_time == 5.0
    assert not make_source(reachability=0).is_reachable()
    assert not make_source(state=SourceState.FALSETICKER).is_selected()
    assert not make_source_stats(samples=3).has_sufficient_samples()
    assert not make_rtc_data(samples=0).is_calibrated()
    with pytest.raises(TypeError):
        make_tracking(**MISSPELLED)


def test_fixtures_are_records(tracking_status, source, source_stats, rtc_data):
    assert isinstance(tracking_status, TrackingStatus)
    assert tracking_status.is_synchronized()
    assert isinstance(source, Source)
    assert source.is_selected()
    assert isinstance(source_stats, SourceStats)
    assert isinstance(rtc_data, RTCData)


def test_enumerators_have_names_and_values():
    assert LeapStatus(0) is LeapStatus.NORMAL
    assert models.LeapStatus is LeapStatus
    assert [state.name for state in SourceState] == [
        *("SELECTED", "NONSELECTABLE", "FALSETICKER", "JITTERY", "UNSELECTED", "SELECTABLE")
    ]
    assert [mode.value for mode in SourceMode] == [0, 1, 2]
    assert Transport("unix_socket") is Transport.UNIX_SOCKET
    assert Transport.COMMAND_PORT.value == "command_port"
    assert f"{LeapStatus.NORMAL} {SourceMode.PEER!r}" == "LeapStatus.NORMAL <SourceMode.PEER: 1>"
    assert [bool(state) for state in SourceState] == [True] * 6
    assert LeapStatus.NORMAL.value != LeapStatus.NORMAL
    assert {LeapStatus.NORMAL: "ok"}[make_tracking().leap_status] == "ok"
    with pytest.raises(ValueError, match="Transport"):
        Transport("pigeon")
