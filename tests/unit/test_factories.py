"""The records that pychrony.testing makes."""

from __future__ import annotations

import struct

import pytest

from pychrony.models import TrackingStatus
from pychrony.testing import make_tracking


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
        tracking = make_tracking(ref_time=1.0, ref_time_ns=2)

        assert (tracking.ref_time, tracking.ref_time_ns) == (1.0, 2)

    def test_defaults_lose_nothing_on_the_wire(self) -> None:
        tracking = make_tracking()
        floats = [
            getattr(tracking, name)
            for name in TrackingStatus.__slots__
            if isinstance(getattr(tracking, name), float) and name != "ref_time"
        ]

        assert list(struct.unpack("9f", struct.pack("9f", *floats))) == floats

    def test_unknown_field_is_a_type_error(self) -> None:
        with pytest.raises(TypeError, match="statum"):
            make_tracking(statum=2)
