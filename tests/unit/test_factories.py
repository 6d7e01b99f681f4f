"""The records that pychrony.testing makes."""

from __future__ import annotations

import inspect
import math
import re
import struct
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime, timezone
from ipaddress import IPv4Address
from typing import Any, get_type_hints

import pytest

from pychrony import SourceMode
from pychrony.testing import (
    make_ntp_data,
    make_rtc_data,
    make_select_data,
    make_source,
    make_source_stats,
    make_tracking,
)
from tests.support.extreme_records import MAKERS


class TestFactories:
    def test_reference_id_follows_the_address(self) -> None:
        assert make_tracking(reference_ip="127.0.0.5").reference_id == 0x7F000005

    @pytest.mark.parametrize(
        ("reference_id", "name"),
        [(0x47505300, "GPS"), (0x7F7F0101, "LOCAL"), (0x01020304, "01020304"), (0, "")],
    )
    def test_name_of_a_reference_without_address_follows_its_id(
        self, reference_id: int, name: str
    ) -> None:
        tracking = make_tracking(reference_ip="", reference_id=reference_id)

        assert tracking.reference_id_name == name

    @pytest.mark.parametrize("ip", ["127.0.0.5", "::1", "ID#0000000001"])
    def test_name_of_an_ntp_source_is_its_address(self, ip: str) -> None:
        assert make_tracking(reference_ip=ip).reference_id_name == ip

    def test_reference_id_can_differ_from_the_address(self) -> None:
        assert make_tracking(reference_ip="127.0.0.5", reference_id=1).reference_id == 1

    def test_reference_time_follows_its_nanoseconds(self) -> None:
        assert make_tracking(ref_time_ns=1_795_361_568_500_000_000).ref_time == 1795361568.5

    def test_nanoseconds_follow_the_reference_time(self) -> None:
        tracking = make_tracking(ref_time=1795361568 + 2**-20)

        assert tracking.ref_time == 1795361568 + 2**-20
        assert tracking.ref_time_ns == 1795361568_000_000_954

    def test_both_times_can_be_given(self) -> None:
        moment = 1_795_361_568_123_456_789
        tracking = make_tracking(ref_time=moment / 10**9, ref_time_ns=moment)

        assert (tracking.ref_time, tracking.ref_time_ns) == (moment / 10**9, moment)

    @pytest.mark.parametrize("make", MAKERS.values())
    def test_defaults_lose_nothing_on_the_wire(self, make: Callable[..., Any]) -> None:
        values = {field.name: getattr(make(), field.name) for field in fields(make())}
        floats = [
            value
            for name, value in values.items()
            if isinstance(value, float) and name != "ref_time"
        ]
        format_ = f"{len(floats)}f"

        assert list(struct.unpack(format_, struct.pack(format_, *floats))) == floats

    @pytest.mark.parametrize("make", MAKERS.values())
    def test_unknown_field_is_a_type_error(self, make: Callable[..., Any]) -> None:
        with pytest.raises(TypeError, match="statum"):
            make(statum=2)

    @pytest.mark.parametrize("make", MAKERS.values())
    def test_parameters_are_the_fields_of_the_record_and_have_their_types(
        self, make: Callable[..., Any]
    ) -> None:
        wanted = {field.name: field.type for field in fields(make())}
        hints = get_type_hints(make)

        assert [*inspect.signature(make).parameters] == [*wanted]
        assert hints == {**wanted, "return": type(make())}

    @pytest.mark.parametrize("make", MAKERS.values())
    def test_each_field_can_be_overridden(self, make: Callable[..., Any]) -> None:
        for field in fields(make()):
            value = f"not {field.name}" if field.name == "name" else getattr(make(), field.name)
            assert getattr(make(**{field.name: value}), field.name) == value

    @pytest.mark.parametrize("make", [make_source_stats, make_select_data])
    @pytest.mark.parametrize(
        ("address", "reference_id"),
        # chronyd-protocol.md 4.5: measured for ::1 on a real chronyd.
        [
            *(("127.0.0.5", 0x7F000005), ("::1", 0xCF404DC8), ("GPS", 0x47505300)),
            *(("ID#0000000001", 0), ("", 0), ("LOCAL", 0x7F7F0101), ("01020304", 0x01020304)),
        ],
    )
    def test_reference_id_and_address_follow_each_other(
        self, make: Callable[..., Any], address: str, reference_id: int
    ) -> None:
        assert make(address=address).reference_id == reference_id
        assert make(address=address, reference_id=5).reference_id == 5
        if address in ("GPS", "", "LOCAL", "01020304"):
            assert make(reference_id=reference_id).address == address

    def test_source_named_like_a_reference_clock_is_one(self) -> None:
        assert make_source(address="PPS0").mode is SourceMode.REFCLOCK
        assert make_source(address="::1").mode is SourceMode.CLIENT
        assert make_source(address="PPS0", mode=SourceMode(7)).mode == SourceMode(7)
        assert not make_select_data(address="PPS0").authentication

    def test_local_address_is_of_the_sources_kind(self) -> None:
        assert make_ntp_data(address="::1").local_address == "2001:db8::64"
        assert make_ntp_data(address="127.0.0.1").local_address == "192.0.2.100"

    @pytest.mark.parametrize("make", [make_rtc_data, make_ntp_data])
    def test_both_times_follow_each_other(self, make: Callable[..., Any]) -> None:
        assert make(ref_time=1.5).ref_time_ns == 1_500_000_000
        assert make(ref_time_ns=1_500_000_000).ref_time == 1.5

    def test_response_that_never_came_has_no_time(self) -> None:
        assert make_ntp_data(ref_time=None).ref_time_ns is None
        assert make_ntp_data(ref_time_ns=None).ref_time is None

    @pytest.mark.parametrize("wrong", [5, None, IPv4Address("192.0.2.1"), ["192.0.2.1"]])
    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (make_tracking, "reference_ip"),
            *((make, "address") for make in (make_source, make_source_stats)),
            *((make, "address") for make in (make_select_data, make_ntp_data)),
        ],
    )
    def test_address_that_is_no_text_is_named(
        self, make: Callable[..., Any], field: str, wrong: Any
    ) -> None:
        with pytest.raises(TypeError, match=re.escape(f"{field} must be a text, not {wrong!r}")):
            make(**{field: wrong})

    @pytest.mark.parametrize("make", [make_tracking, make_ntp_data, make_rtc_data])
    def test_time_that_is_none_is_named(self, make: Callable[..., Any]) -> None:
        moment = datetime(2026, 1, 1, tzinfo=timezone.utc)
        for field, wrong in [("ref_time", "1"), ("ref_time", moment), ("ref_time_ns", 1.5)]:
            with pytest.raises(TypeError, match=re.escape(f"{field} must be ")):
                make(**{field: wrong})
        for wrong in (math.nan, math.inf):
            with pytest.raises(ValueError, match=f"ref_time must be .*, not {wrong}"):
                make(ref_time=wrong)

    @pytest.mark.parametrize(
        ("make", "overrides", "message"),
        [
            (make_source_stats, {"reference_id": 2**32}, "reference_id must be from 0 to 42949"),
            (make_select_data, {"address": "GPS-1"}, "address must be a name of up to 4 chara"),
            (make_tracking, {"reference_id": -1}, "reference_id must be from 0 to 4294967295"),
        ],
    )
    def test_value_that_nothing_can_follow_is_named(
        self, make: Callable[..., Any], overrides: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            make(**overrides)
