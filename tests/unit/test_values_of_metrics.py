"""Each metric that is a field of a report, or a number made of one: it is of that field."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from pychrony import AuthMode, SelectOptions
from pychrony.metrics import FAMILIES, Snapshot
from pychrony.testing import (
    make_activity,
    make_auth_data,
    make_ntp_data,
    make_rtc_data,
    make_select_data,
    make_server_stats,
    make_smoothing,
    make_source,
    make_source_stats,
    make_tracking,
)

# By the attribute of a snapshot: the beginning of its metrics' names, and the field of each.
FIELDS = {
    ("tracking", "chrony_tracking"): """last_offset_seconds=last_offset system_time_seconds=offset
        rms_offset_seconds=rms_offset root_delay_seconds=root_delay
        root_dispersion_seconds=root_dispersion update_interval_seconds=update_interval
        frequency_ppms=frequency residual_frequency_ppms=residual_freq skew_ppms=skew
        stratum=stratum reference_timestamp_seconds=ref_time""",
    ("sources", "chrony_sources"): """last_sample_age_seconds=last_sample_ago
        last_sample_offset_seconds=latest_meas last_sample_error_margin_seconds=latest_meas_err
        stratum=stratum""",
    ("source_stats", "chrony_sourcestats"): """samples=samples runs=runs span_seconds=span
        stddev=std_dev frequency_ppms=resid_freq frequency_skew_ppms=skew offset=offset
        offset_error_seconds=offset_err""",
    ("select_data", "chrony_selectdata"): """score=score low_limit_seconds=low_limit
        high_limit_seconds=high_limit""",
    ("auth_data", "chrony_authdata"): """key_establishments=key_id
        key_establishment_attempts=attempts
        last_key_establishment_age_seconds=last_established_ago cookies=cookies
        cookie_length_bytes=cookie_length""",
    ("ntp_data", "chrony_sources_peer"): """offset_seconds=offset delay_seconds=peer_delay
        dispersion_seconds=peer_dispersion response_time_seconds=response_time
        jitter_asymmetry_seconds=jitter_asymmetry""",
    ("ntp_data", "chrony_ntpdata"): """jitter_asymmetry_ratio=jitter_asymmetry
        packets_sent_total=tx_messages packets_received_total=rx_messages
        packets_valid_total=rx_valid packets_good_total=rx_good root_delay_seconds=root_delay
        root_dispersion_seconds=root_dispersion""",
    ("server_stats", "chrony_serverstats"): """ntp_packets_received_total=ntp_received
        ntp_packets_dropped_total=ntp_dropped command_packets_received_total=commands_received
        command_packets_dropped_total=commands_dropped
        client_log_records_dropped_total=client_log_dropped
        nts_ke_connections_accepted_total=nts_ke_accepted
        nts_ke_connections_dropped_total=nts_ke_dropped
        authenticated_ntp_packets_total=ntp_authenticated
        interleaved_ntp_packets_total=ntp_interleaved
        ntp_daemon_rx_timestamps_total=served_daemon_rx
        ntp_daemon_tx_timestamps_total=served_daemon_tx
        ntp_kernel_rx_timestamps_total=served_kernel_rx
        ntp_kernel_tx_timestamps_total=served_kernel_tx
        ntp_hw_rx_timestamps_total=served_hardware_rx
        ntp_hw_tx_timestamps_total=served_hardware_tx
        ntp_timestamps_held=ntp_timestamps_held ntp_timestamp_span_seconds=ntp_timestamp_span""",
    ("rtc_data", "chrony_rtc"): """samples=samples offset_seconds=offset
        frequency_ppms=freq_offset reference_timestamp_seconds=ref_time""",
    ("smoothing", "chrony_smoothing"): """offset_seconds=offset frequency_ppms=freq_offset
        remaining_time_seconds=remaining_time""",
}
LISTS = ("sources", "source_stats", "select_data", "auth_data", "ntp_data")
RECORDS: dict[str, Any] = {
    "tracking": make_tracking(),
    "sources": make_source(),
    "source_stats": make_source_stats(),
    "select_data": make_select_data(),
    "auth_data": make_auth_data(mode=AuthMode.NTS),
    "ntp_data": make_ntp_data(),
    "server_stats": make_server_stats(),
    "rtc_data": make_rtc_data(),
    "smoothing": make_smoothing(),
}
CASES = [
    (report, f"{start}_{name}", field)
    for (report, start), pairs in FIELDS.items()
    for name, field in (pair.split("=") for pair in pairs.split())
]
BY_NAME = {family.name: family for family in FAMILIES}


def with_distinct_numbers(record: Any) -> Any:
    """Return a record in which no two numbers are the same."""
    names = [each.name for each in fields(record) if not each.name.startswith("ref_time")]
    numbers = [name for name in names if type(getattr(record, name)) in (int, float)]
    return replace(record, **{name: 11 + n for n, name in enumerate(numbers)})


def read(name: str, report: str, record: Any) -> dict[str, float]:
    """Return the values of a metric, each by its last label."""
    given: dict[str, Any] = {report: [record] if report in LISTS else record}
    samples = BY_NAME[name].read(Snapshot(outcomes={}, **given))
    return {labels[-1] if labels else "": value for labels, value in samples}


@pytest.mark.parametrize(("report", "name", "field"), CASES)
def test_a_metric_is_the_field_that_it_is_said_to_be(report: str, name: str, field: str) -> None:
    record = with_distinct_numbers(RECORDS[report])

    assert BY_NAME[name].report == report
    assert [*read(name, report, record).values()] == [getattr(record, field)]


def test_each_number_of_activity_has_its_state() -> None:
    activity = with_distinct_numbers(make_activity())

    assert read("chrony_activity_sources", "activity", activity) == activity.to_dict()


def test_reachability_is_that_of_the_last_eight_polls() -> None:
    for bits, ratio, success in ((0b10110110, 5 / 8, 0), (0b00000001, 1 / 8, 1), (0, 0, 0)):
        source = make_source(reachability=bits, poll=-2)
        found = [
            [*read(f"chrony_sources_{name}", "sources", source).values()]
            for name in ("reachability_ratio", "reachability_success", "polling_interval_seconds")
        ]
        assert found == [[ratio], [success], [0.25]]


def test_each_option_in_force_is_told() -> None:
    record = make_select_data(effective_options=SelectOptions.PREFER | SelectOptions.REQUIRE)

    assert read("chrony_selectdata_option", "select_data", record) == {
        "noselect": 0,
        "prefer": 1,
        "trust": 0,
        "require": 1,
    }


@pytest.mark.parametrize(
    ("report", "name", "field"),
    [
        ("select_data", "chrony_selectdata_authenticated", "authentication"),
        ("auth_data", "chrony_authdata_nak", "nak"),
        ("ntp_data", "chrony_ntpdata_interleaved", "interleaved"),
        ("ntp_data", "chrony_ntpdata_authenticated", "authenticated"),
        ("smoothing", "chrony_smoothing_active", "active"),
    ],
)
def test_a_flag_is_1_or_0(report: str, name: str, field: str) -> None:
    for value in (True, False):
        record = replace(RECORDS[report], **{field: value})
        assert [*read(name, report, record).values()] == [float(value)]
