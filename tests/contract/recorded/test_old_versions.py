"""What recorded chronyds of older versions did not have."""

from __future__ import annotations

from dataclasses import fields

import pytest

from pychrony import ChronyDataError
from tests.support.expected_values import TOO_OLD, ListRead, has, typed_records
from tests.support.replay import Read

SINCE = {
    "smoothing": "2.1",
    "serverstats": "2.3",
    "ntpdata": "3.0",
    "authdata": "4.0",
    "selectdata": "4.0",
}


def test_a_report_that_chronyd_is_too_old_for_names_the_version_that_has_it(
    typed_reads: list[Read], list_reads: list[ListRead]
) -> None:
    too_old = [
        (read.exchange.report, read.outcome)
        for read in typed_reads
        if read.exchange.error == TOO_OLD and read.exchange.report in SINCE
    ]
    too_old += [(read.report, read.outcome) for read in list_reads if read.error == TOO_OLD]

    assert {"authdata", "ntpdata", "selectdata"} <= {report for report, _ in too_old}
    for report, outcome in too_old:
        assert type(outcome) is ChronyDataError
        assert f"too old for this report, which it has since {SINCE[report]}" in str(outcome)


@pytest.mark.parametrize(
    ("file", "report", "absent"),
    [
        ("2.4", "serverstats", "nts_ke ntp_authenticated ntp_interleaved ntp_timestamp served"),
        ("3.5", "serverstats", "nts_ke ntp_authenticated ntp_interleaved ntp_timestamp served"),
        ("4.0", "serverstats", "ntp_interleaved ntp_timestamp served"),
        ("4.2", "serverstats", "served"),
        ("4.5", "serverstats", ""),
        ("3.5", "ntpdata", "rx_good kernel hardware"),
        ("4.2", "ntpdata", "rx_good kernel hardware"),
        ("debian-4.3", "ntpdata", "kernel hardware"),
        ("4.5", "ntpdata", "kernel hardware"),
        ("4.8", "ntpdata", ""),
    ],
)
def test_what_a_version_lacks_is_none(
    file: str, report: str, absent: str, typed_reads: list[Read]
) -> None:
    records = [
        record
        for read, record in typed_records(typed_reads)
        if (read.session.file, read.exchange.report) == (file, report)
    ]

    assert records
    for record in records:
        if has(record, "ref_time_ns") and record.ref_time_ns is None:
            continue  # no response yet
        none = {a.name for a in fields(record) if getattr(record, a.name) is None} - {"name"}
        starts = tuple(absent.split())
        lacking = {a.name for a in fields(record) if starts and a.name.startswith(starts)}
        assert none == lacking


@pytest.mark.parametrize("file", ["2.1.1", "2.4", "4.8"])
def test_before_the_first_sample_its_age_is_none(file: str, list_reads: list[ListRead]) -> None:
    ages = [
        source.last_sample_ago
        for read in list_reads
        if (read.session.file, read.report) == (file, "sources") and isinstance(read.outcome, list)
        for source in read.outcome
    ]

    assert None in ages
    assert all(age is None or age < 100_000 for age in ages)
