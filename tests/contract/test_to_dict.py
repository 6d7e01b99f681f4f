"""A record as plain Python: what to_dict() has of each, for JSON and data frames."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest

from pychrony import (
    LeapStatus,
    LibchronyInfo,
    NTPMode,
    NTPTests,
    SelectOptions,
    SelectState,
    Timestamping,
    check,
)
from pychrony.models._record import Record
from pychrony.testing import (
    SimulatedChronyd,
    make_ntp_data,
    make_select_data,
    make_source,
    make_tracking,
)
from tests.support.extreme_records import EVERYTHING, MAKERS

COMPUTED = ["error_bound", "poll_seconds", "reference_id_hex", "ref_time_ns_text", "ref_datetime"]
RECORDS: list[Record] = [record for records in EVERYTHING.values() for record in records if record]
MADE: list[Record] = [make() for make in MAKERS.values()]


def test_tracking_has_its_fields_and_what_follows_from_them() -> None:
    status = make_tracking(
        reference_ip="10.0.0.1",
        leap_status=LeapStatus.INSERT,
        ref_time_ns=1_483_228_799_999_999_999,
        offset=-0.25,
        root_dispersion=0.5,
        root_delay=1.0,
    )

    assert list(status.to_dict().items()) == [
        ("reference_id", 0x0A000001),
        ("reference_id_name", "10.0.0.1"),
        ("reference_ip", "10.0.0.1"),
        ("stratum", 3),
        ("leap_status", "INSERT"),
        ("ref_time", 1_483_228_799.999999999),
        ("offset", -0.25),
        ("last_offset", -9 / 2**20),
        ("rms_offset", 21 / 2**20),
        ("frequency", -12.625),
        ("residual_freq", 1 / 2**8),
        ("skew", 3 / 2**6),
        ("root_delay", 1.0),
        ("root_dispersion", 0.5),
        ("update_interval", 64.5),
        ("ref_time_ns", 1_483_228_799_999_999_999),
        ("error_bound", 1.25),
        ("reference_id_hex", "0A000001"),
        ("ref_time_ns_text", "1483228799999999999"),
        ("ref_datetime", "2016-12-31T23:59:59.999999+00:00"),
        ("is_leap_pending", True),
        ("is_local_reference", False),
        ("is_synchronized", True),
    ]


def test_an_ntp_source_without_a_response_has_none_for_what_never_was() -> None:
    never = make_ntp_data(
        name="ntp.example",
        local_address=None,
        mode=NTPMode.NONE,
        poll=-2,
        ref_time=None,
        tests=NTPTests(0),
        tx_timestamping=Timestamping.NONE,
        rx_timestamping=Timestamping("Q"),
    )
    found = never.to_dict()

    assert {key: found[key] for key in list(found)[-8:]} == {
        "ref_time_ns": None,
        "name": "ntp.example",
        "poll_seconds": 0.25,
        "reference_id_hex": "C6336401",
        "ref_time_ns_text": None,
        "ref_datetime": None,
        "is_reference_clock": False,
        "is_resolved": True,
    }
    assert (found["local_address"], found["ref_time"], found["tests"]) == (None, None, [])
    assert (found["mode"], found["tx_timestamping"]) == ("NONE", "NONE")
    assert found["rx_timestamping"] == "UNKNOWN_Q"


def test_flags_are_lists_of_names_and_what_has_no_name_is_unknown() -> None:
    found = make_select_data(
        address="GPS",
        state=SelectState.FALSETICKER,
        leap_status=LeapStatus(7),
        configured_options=SelectOptions.REQUIRE | SelectOptions.NOSELECT,
        effective_options=SelectOptions(0x8012),
        score=0.5,
    ).to_dict()

    assert found == {
        "reference_id": 0x47505300,
        "address": "GPS",
        "state": "FALSETICKER",
        "authentication": False,
        "leap_status": "UNKNOWN_7",
        "configured_options": ["NOSELECT", "REQUIRE"],
        "effective_options": ["PREFER", "UNKNOWN_32784"],
        "last_sample_ago": 23,
        "score": 0.5,
        "low_limit": -13 / 2**12,
        "high_limit": 11 / 2**12,
        "name": None,
        "reference_id_hex": "47505300",
        "is_reference_clock": True,
        "is_resolved": True,
    }
    assert make_ntp_data().to_dict()["tests"] == [f"TEST{test}" for test in "123567ABCD"]


def test_a_source_says_what_it_is_by_each_of_its_methods() -> None:
    found = make_source(address="ID#0000000001", poll=10).to_dict()

    assert {key: value for key, value in found.items() if key not in fields_of(make_source())} == {
        "poll_seconds": 1024.0,
        "is_reachable": False,
        "is_reference_clock": False,
        "is_resolved": False,
        "is_selected": False,
    }
    assert found["last_sample_ago"] is None


def test_a_judgment_and_the_library_are_dictionaries_too() -> None:
    with SimulatedChronyd() as server:
        result = check(server.address, max_error=0.5)

    assert result.to_dict() == {
        "verdict": "OK",
        "findings": [],
        "message": result.message,
        "error_bound": result.error_bound,
        "offset": 13 / 2**20,
        "age": result.age,
        "skew": result.skew,
        "stratum": 3,
        "usable_sources": 3,
        "reference": "192.0.2.1",
        "limits": {
            "max_error": [None, 0.5],
            "max_offset": [0.1, None],
            "max_skew": [None, None],
            "max_age": [600.0, None],
            "max_stratum": [None, None],
            "min_sources": [1, None],
            "sources": [],
        },
    }
    assert LibchronyInfo("bundled", "0.2").to_dict() == {"kind": "bundled", "version": "0.2"}


def fields_of(record: Any) -> list[str]:
    return [field.name for field in fields(record)]


@pytest.mark.parametrize("record", MADE, ids=lambda record: type(record).__name__)
def test_the_keys_are_the_fields_then_what_is_computed_in_a_fixed_order(record: Any) -> None:
    keys = list(record.to_dict())
    names = fields_of(record)
    rest = keys[len(names) :]
    computed = [key for key in COMPUTED if key in rest]

    assert keys[: len(names)] == names
    assert rest == computed + sorted(key for key in rest if key.startswith("is_"))
    assert {key for key in rest if key.startswith("is_")} == {
        name for name in dir(type(record)) if name.startswith("is_")
    }
    assert ("reference_id_hex" in rest) == ("reference_id" in names)
    assert ("ref_time_ns_text" in rest) == ("ref_datetime" in rest) == ("ref_time_ns" in names)
    assert ("poll_seconds" in rest) == ("poll" in names)
    assert ("error_bound" in rest) == hasattr(record, "error_bound")


@pytest.mark.parametrize("record", [*MADE, *RECORDS], ids=lambda record: type(record).__name__)
def test_every_record_passes_through_json(record: Any) -> None:
    plain = record.to_dict()

    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    for value in plain.values():
        assert type(value) in (int, float, str, bool, list, type(None))
        assert type(value) is not list or all(type(name) is str for name in value)


def test_each_dictionary_is_a_new_one() -> None:
    record = make_select_data(configured_options=SelectOptions.PREFER)
    record.to_dict()["configured_options"].clear()

    assert record.to_dict()["configured_options"] == ["PREFER"]
