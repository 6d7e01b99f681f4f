"""What a TrackingStatus computes from its fields."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from pychrony import LeapStatus
from pychrony._client.decoding import reference_id_text
from pychrony.testing import make_tracking


def test_the_error_bound_is_offset_and_dispersion_and_half_the_delay() -> None:
    status = make_tracking(offset=-0.25, root_dispersion=0.5, root_delay=1.0)

    assert status.error_bound == 1.25


def test_a_dispersion_or_a_delay_below_zero_makes_no_error_bound_small() -> None:
    assert make_tracking(root_dispersion=-5.0).error_bound >= 5.0
    assert make_tracking(root_delay=-10.0).error_bound >= 5.0


def test_the_reference_time_is_an_aware_datetime_to_the_microsecond() -> None:
    status = make_tracking(ref_time_ns=1_483_228_799_999_999_999)

    expected = datetime(2016, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc)
    assert status.ref_datetime == expected
    assert make_tracking(ref_time_ns=0).ref_datetime is None


@pytest.mark.parametrize(
    ("leap_status", "reference_id", "synchronized"),
    [
        (LeapStatus.NORMAL, 0xC0000201, True),
        (LeapStatus.INSERT, 0xC0000201, True),
        (LeapStatus.UNSYNC, 0xC0000201, False),
        (LeapStatus.NORMAL, 0, False),
        (LeapStatus.NORMAL, 0x7F7F0101, True),
        (LeapStatus(9), 0xC0000201, True),
    ],
)
def test_synchronized_needs_a_reference_and_a_leap_status(
    leap_status: LeapStatus, reference_id: int, synchronized: bool
) -> None:
    status = make_tracking(leap_status=leap_status, reference_id=reference_id)

    assert status.is_synchronized() is synchronized
    assert status.is_local_reference() is (reference_id == 0x7F7F0101)


def test_a_server_at_127_127_1_1_is_not_the_local_reference() -> None:
    server = make_tracking(reference_ip="127.127.1.1")
    local = make_tracking(reference_id=0x7F7F0101)

    assert (server.reference_id, local.reference_id_name) == (0x7F7F0101, "LOCAL")
    assert not server.is_local_reference()
    assert local.is_local_reference()


@pytest.mark.parametrize(("stratum", "synchronized"), [(0, True), (15, True), (16, False)])
def test_a_stratum_of_16_is_not_synchronized(stratum: int, synchronized: bool) -> None:
    assert make_tracking(stratum=stratum).is_synchronized() is synchronized


def test_a_leap_second_is_pending_when_one_is_inserted_or_deleted() -> None:
    pending = {leap: make_tracking(leap_status=leap).is_leap_pending() for leap in LeapStatus}

    assert pending == {
        LeapStatus.NORMAL: False,
        LeapStatus.INSERT: True,
        LeapStatus.DELETE: True,
        LeapStatus.UNSYNC: False,
    }


@pytest.mark.parametrize(
    ("reference_id", "text"),
    [
        (0, ""),
        (0x47505300, "GPS"),
        (0x50505300, "PPS"),
        (0x50505330, "PPS0"),
        (0x7F7F0101, "LOCAL"),
        (0x7F7F0102, "7F7F0102"),
        (0x47005300, "47005300"),
        (0x00505300, "00505300"),
        (0xFFFFFFFF, "FFFFFFFF"),
    ],
)
def test_a_reference_without_an_address_is_named_by_its_characters(
    reference_id: int, text: str
) -> None:
    assert reference_id_text(reference_id) == text
