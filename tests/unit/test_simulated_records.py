"""The records that a simulated chronyd has: which go together, and which it does not take."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from pychrony import AuthData, LeapStatus, NTPTests, SelectState, SourceMode, SourceState
from pychrony.testing import (
    SimulatedChronyd,
    make_activity,
    make_auth_data,
    make_rtc_data,
    make_server_stats,
    make_smoothing,
    make_source,
)
from tests.support.simulated import LISTS, MAKERS


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
        assert [str(each.state) for each in server.select_data] == ["x", "*", "?"]
        assert server.source_stats[0].is_reference_clock
        assert not server.select_data[0].authentication
        assert server.activity == make_activity(online=1, unresolved=1)

    @pytest.mark.parametrize("name", LISTS)
    def test_sources_follow_a_list_that_is_given_alone(self, name: str) -> None:
        records = [MAKERS[name](address=f"192.0.2.{host}", name=f"n{host}") for host in (5, 6)]
        options: dict[str, Any] = {name: records}
        server = SimulatedChronyd(**options)

        assert getattr(server, name) is records
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

        assert server.ntp_data == []
        assert len(server.auth_data) == 1

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
    ("tracking", {"ref_time_ns": 5, "ref_time": 7.5}, "ref_time_ns is 5 and ref_time 7.5: change"),
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
    ("select_data", {"state": "ab"}, "state must be one character of 8 bits, not 'ab'"),
    ("select_data", {"state": ""}, "state must be one character of 8 bits, not ''"),
    ("select_data", {"state": "Ā"}, "state must be one character of 8 bits, not 'Ā'"),
    ("select_data", {"leap_status": 256}, "leap_status must be from 0 to 255, not 256"),
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
    ("tracking", {"ref_time_ns": 1.0}, "ref_time_ns must be an integer of nanoseconds, not 1.0"),
    ("sources", {"name": 5}, "name must be a text or None, not 5"),
    ("select_data", {"authentication": 1}, "authentication must be True or False, not 1"),
    ("select_data", {"state": 42}, "state must be a character, not 42"),
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

    def test_time_in_seconds_is_not_changed_alone(self) -> None:
        server = SimulatedChronyd()

        with pytest.raises(ValueError, match="ref_time"):
            server.tracking = replace(server.tracking, ref_time=1.0)

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
