"""The records that a simulated chronyd has: which go together, and which it does not take."""

from __future__ import annotations

import math
import re
from dataclasses import fields, replace
from typing import Any

import pytest

from pychrony import (
    AuthData,
    AuthMode,
    LeapStatus,
    NTPMode,
    NTPTests,
    SelectState,
    Source,
    SourceMode,
    SourceState,
)
from pychrony.testing import (
    SimulatedChronyd,
    make_activity,
    make_auth_data,
    make_rtc_data,
    make_server_stats,
    make_smoothing,
    make_source,
)
from tests.support.extreme_records import LISTS, MAKERS


def addresses(records: Any) -> list[str]:
    return [record.address for record in records]


class TestThoseThatGoTogether:
    def test_all_lists_are_of_the_same_sources_and_tracking_follows_the_selected(self) -> None:
        server = SimulatedChronyd()
        [selected] = [source for source in server.sources if source.is_selected()]
        [best] = [each for each in server.select_data if each.state is SelectState.BEST]

        assert {tuple(addresses(getattr(server, name))) for name in LISTS} == {
            ("192.0.2.1", "192.0.2.2", "2001:db8::1")
        }
        assert server.tracking.reference_ip == selected.address == best.address
        assert server.tracking.stratum == selected.stratum + 1
        assert server.activity == make_activity(online=len(server.sources))

    def test_other_lists_follow_the_sources(self) -> None:
        sources = [
            make_source(address="GPS", state=SourceState.FALSETICKER),
            make_source(address="192.0.2.9", name="ntp.example", last_sample_ago=None),
            make_source(address="ID#0000000001", state=SourceState(9)),
        ]
        server = SimulatedChronyd(sources=sources)

        for name in ("source_stats", "select_data"):
            assert addresses(getattr(server, name)) == addresses(sources)
        for name in ("auth_data", "ntp_data"):
            assert addresses(getattr(server, name)) == ["192.0.2.9", "ID#0000000001"]
        assert {getattr(server, name)[-2].name for name in LISTS} == {"ntp.example"}
        assert [each.state.value for each in server.select_data] == ["x", "*", "?"]
        assert server.source_stats[0].is_reference_clock()
        assert not server.select_data[0].authentication
        assert server.activity == make_activity(online=1, unresolved=1)

    @pytest.mark.parametrize("name", LISTS)
    def test_sources_follow_a_list_that_is_given_alone(self, name: str) -> None:
        records = [MAKERS[name](address=f"192.0.2.{host}", name=f"n{host}") for host in (5, 6)]
        options: dict[str, Any] = {name: records}
        server = SimulatedChronyd(**options)

        assert getattr(server, name) == tuple(records)
        for other in LISTS:
            assert addresses(getattr(server, other)) == ["192.0.2.5", "192.0.2.6"]
            assert [record.name for record in getattr(server, other)] == ["n5", "n6"]

    def test_other_lists_follow_when_sources_are_assigned(self) -> None:
        server = SimulatedChronyd()
        assert len(server.ntp_data) == 3

        server.sources = [make_source(address="192.0.2.7")]
        assert addresses(server.ntp_data) == ["192.0.2.7"]
        assert server.activity.online == 1

        server.sources = None
        assert len(server.ntp_data) == 3

    def test_list_that_is_given_does_not_follow(self) -> None:
        server = SimulatedChronyd(ntp_data=[], sources=[make_source()])

        assert server.ntp_data == ()
        assert len(server.auth_data) == 1

    def test_list_that_was_given_may_change_without_effect(self) -> None:
        sources = [make_source()]
        server = SimulatedChronyd(sources=sources)
        sources.append(make_source(address="192.0.2.2"))

        assert addresses(server.sources) == addresses(server.source_stats) == ["192.0.2.1"]
        assert {type(getattr(server, name)) for name in LISTS} == {tuple}

    @pytest.mark.parametrize(
        ("address", "ip", "reference_id"),
        [
            ("192.0.2.9", "192.0.2.9", 0xC0000209),
            ("::1", "::1", 0xCF404DC8),  # chronyd-protocol.md 4.5
            ("GPS", "", 0x47505300),
        ],
    )
    def test_tracking_follows_the_selected_source(
        self, address: str, ip: str, reference_id: int
    ) -> None:
        unused = make_source(state=SourceState.UNSELECTED)
        server = SimulatedChronyd(sources=[unused, make_source(address=address, stratum=7)])

        assert server.tracking.reference_ip == ip
        assert server.tracking.reference_id == reference_id
        assert server.tracking.reference_id_name == address
        assert server.tracking.stratum == 8

    @pytest.mark.parametrize(
        "sources", [[], [make_source(address="ID#0000000001")]], ids=["none", "unresolved"]
    )
    def test_without_a_selected_source_the_clock_is_not_synchronized(
        self, sources: list[Source]
    ) -> None:
        tracking = SimulatedChronyd(sources=sources).tracking

        # chronyd-protocol.md 7.3, and TrackingStatus.
        assert not tracking.is_synchronized()
        values = {field.name: getattr(tracking, field.name) for field in fields(tracking)}
        assert {name: value for name, value in values.items() if value not in (0, "")} == {
            "leap_status": LeapStatus.UNSYNC,
            "root_delay": 1.0,
            "root_dispersion": 1.0,
        }

    def test_source_without_samples_has_none_in_the_other_lists(self) -> None:
        server = SimulatedChronyd(
            sources=[
                make_source(address="ID#0000000001"),
                make_source(stratum=5, poll=3, last_sample_ago=4),
            ]
        )
        stats, verdict, ntp = server.source_stats[0], server.select_data[0], server.ntp_data[0]

        # As chronyd 4.8 reports of a source that is not resolved: tests/vectors.
        assert (stats.samples, stats.std_dev, stats.skew, stats.offset_err) == (0, 4.0, 2000.0, 0.0)
        assert verdict.state is SelectState.MISSING_SAMPLES
        assert verdict.leap_status is LeapStatus.UNSYNC
        assert (verdict.low_limit, verdict.last_sample_ago, verdict.score) == (0.0, 0, 1.0)
        assert (ntp.mode, ntp.tests) == (NTPMode.NONE, NTPTests(0))
        assert (ntp.rx_messages, ntp.ref_time) == (0, None)
        assert [ntp.stratum, server.ntp_data[1].stratum] == [0, 5]
        assert [ntp.poll, server.ntp_data[1].poll] == [0, 3]
        assert server.select_data[1].last_sample_ago == 4

    def test_there_is_no_rtc_and_no_smoothing_unless_given(self) -> None:
        server = SimulatedChronyd()
        assert (server.rtc_data, server.smoothing) == (None, None)

        server.rtc_data, server.smoothing = make_rtc_data(), make_smoothing()
        assert (server.rtc_data, server.smoothing) == (make_rtc_data(), make_smoothing())


WRONG = [
    ("tracking", {"stratum": 70000}, "stratum must be from 0 to 65535, not 70000"),
    ("tracking", {"stratum": -1}, "stratum must be from 0 to 65535, not -1"),
    ("tracking", {"leap_status": LeapStatus(65536)}, "leap_status must be from 0 to 65535, not "),
    ("tracking", {"offset": math.nan}, "offset must be a number from -4.61e+18 to 4.61e+18, "),
    ("tracking", {"offset": math.inf}, "offset must be a number from -4.61e+18 to 4.61e+18, "),
    ("tracking", {"skew": -(2.0**63)}, "skew must be a number from "),
    ("tracking", {"ref_time_ns": 2**63 * 10**9}, "ref_time_ns must be a time in 64 bits of sec"),
    ("tracking", {"reference_id_name": "x"}, "reference_id_name is 'x' and reference_ip '192."),
    (
        "tracking",
        {"reference_id": 0x47505300, "reference_id_name": "PPS"},
        "reference_id_name is 'PPS', which is not reference_id 0x47505300",
    ),
    ("sources", {"address": "192.0.2"}, "address must be a name of up to 4 characters, LOCAL or"),
    ("sources", {"address": "GPS", "mode": SourceMode.CLIENT}, "address must be an IP address"),
    ("sources", {"address": "fe80::1%eth0", "mode": SourceMode.CLIENT}, "address must be an IP ad"),
    ("sources", {"address": "", "mode": SourceMode.CLIENT}, "address must be the address of an"),
    ("sources", {"address": "ID#4294967296"}, "address must be "),
    ("sources", {"poll": 32768}, "poll must be from -32768 to 32767, not 32768"),
    ("sources", {"last_sample_ago": 2**32}, "last_sample_ago must be from 0 to 4294967295, not "),
    ("sources", {"flags": 65536}, "flags must be from 0 to 65535"),
    ("sources", {"name": "a\0b"}, "name must be a text without NUL and surrogates, not 'a\\x00b'"),
    ("sources", {"name": "\ud800"}, "name must be a text without NUL and surrogates"),
    ("source_stats", {"reference_id": 2**32, "address": "::1"}, "reference_id must be from 0 to 4"),
    ("source_stats", {"address": "GPS", "reference_id": 1}, "reference_id is 0x00000001, which is"),
    (
        "select_data",
        {"state": SelectState("ab")},
        "state must be one character of 8 bits, not 'ab'",
    ),
    ("select_data", {"state": SelectState("")}, "state must be one character of 8 bits, not ''"),
    ("select_data", {"state": SelectState("Ā")}, "state must be one character of 8 bits, not 'Ā'"),
    ("select_data", {"leap_status": LeapStatus(256)}, "leap_status must be from 0 to 255, not 256"),
    ("activity", {"online": -1}, "online must be from 0 to 4294967295, not -1"),
    ("auth_data", {"address": "GPS"}, "address must be an IP address or like 'ID#0000000001', "),
    ("auth_data", {"address": ""}, "address must be the address of an NTP source, not ''"),
    ("auth_data", {"cookies": 65536}, "cookies must be from 0 to 65535, not 65536"),
    ("ntp_data", {"address": "GPS"}, "address must be an IP address or like 'ID#0000000001', "),
    ("ntp_data", {"poll": 128}, "poll must be from -128 to 127, not 128"),
    ("ntp_data", {"tests": NTPTests(0x400)}, "tests must be from 0 to 0x3ff, not "),
    ("ntp_data", {"local_address": "eth0"}, "local_address must be an IP address"),
    ("server_stats", {"ntp_received": 2**64}, "ntp_received must be from 0 to 18446744073709551"),
    ("rtc_data", {"ref_time_ns": -(2**63) * 10**9 - 1}, "ref_time_ns must be a time in 64 bits"),
    ("rtc_data", {"samples": 65536}, "samples must be from 0 to 65535, not 65536"),
]
WRONG_TYPES = [
    ("tracking", {"stratum": 3.0}, "stratum must be an integer, not 3.0"),
    ("tracking", {"offset": "0"}, "offset must be a float, not '0'"),
    ("tracking", {"leap_status": 0}, "leap_status must be one of LeapStatus, not 0"),
    ("sources", {"mode": 2, "address": "GPS"}, "mode must be one of SourceMode, not 2"),
    ("ntp_data", {"tests": 0x3FF}, "tests must be one of NTPTests, not 1023"),
    ("ntp_data", {"mode": AuthMode.NTS}, "mode must be one of NTPMode, not <AuthMode.NTS: 2>"),
    ("sources", {"name": 5}, "name must be a text or None, not 5"),
    ("select_data", {"authentication": 1}, "authentication must be True or False, not 1"),
    ("select_data", {"state": 42}, "state must be one of SelectState, not 42"),
    ("auth_data", {"nak": None}, "nak must be True or False, not None"),
    ("ntp_data", {"interleaved": 0}, "interleaved must be True or False, not 0"),
    ("ntp_data", {"kernel_tx_timestamps": None}, "kernel_tx_timestamps must be an integer, not N"),
    ("server_stats", {"nts_ke_accepted": None}, "nts_ke_accepted must be an integer, not None"),
    ("smoothing", {"active": 1}, "active must be True or False, not 1"),
]


def as_given(name: str, record: Any) -> Any:
    return [make_like(name), record] if name in LISTS else record


def make_like(name: str) -> Any:
    return MAKERS[name]()


def place_of(name: str, record: Any) -> str:
    return re.escape(f"{name}[1]: " if name in LISTS else f"{name}: ") + type(record).__name__


class TestThoseThatAreNotTaken:
    @pytest.mark.parametrize(("name", "overrides", "message"), [*WRONG, *WRONG_TYPES])
    def test_value_with_no_place_on_the_wire_is_named_at_once(
        self, name: str, overrides: dict[str, Any], message: str
    ) -> None:
        kind = TypeError if (name, overrides, message) in WRONG_TYPES else ValueError
        record = wrong_record(name, overrides)
        options: dict[str, Any] = {name: as_given(name, record)}
        match = place_of(name, record) + r"\." + re.escape(message)

        with pytest.raises(kind, match=match):
            SimulatedChronyd(**options)

        server = SimulatedChronyd()
        before = getattr(server, name)
        with pytest.raises(kind, match=match):
            setattr(server, name, as_given(name, record))
        assert getattr(server, name) == before

    def test_other_records_are_type_errors(self) -> None:
        server = SimulatedChronyd()

        with pytest.raises(TypeError, match=r"tracking must be a TrackingStatus, not Source\("):
            server.tracking = make_source()  # ty: ignore[invalid-assignment]
        with pytest.raises(TypeError, match=r"sources\[1\] must be a Source, not AuthData\("):
            server.sources = [make_source(), make_auth_data()]  # ty: ignore[invalid-assignment]
        with pytest.raises(TypeError, match=r"sources must be a list of records, not Source\("):
            server.sources = make_source()  # ty: ignore[invalid-assignment]

    def test_what_a_version_does_not_report_may_have_any_value(self) -> None:
        server = SimulatedChronyd(version="3.5")
        server.server_stats = make_server_stats(nts_ke_accepted=None, ntp_interleaved=-1)
        server.auth_data = [make_auth_data(cookies=10**6)]

        assert [type(record) for record in server.auth_data] == [AuthData]


def wrong_record(name: str, overrides: dict[str, Any]) -> Any:
    """Return a record with values that a factory could not make others of."""
    try:
        return MAKERS[name](**overrides)
    except (TypeError, ValueError):
        return replace(MAKERS[name](), **overrides)
