"""Each libchrony field has its attribute."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tests.support.expected_values import ABOUT_NTP_SOURCES, LISTS, attributes_of, typed_records
from tests.support.replay import RECORDS, Read
from tests.support.vectors import load


@pytest.mark.parametrize("report", RECORDS)
def test_each_field_that_is_not_reserved_has_an_attribute_and_no_other_name_is_meant(
    report: str,
) -> None:
    recorded = {
        field.name
        for session in load()
        for exchange in session.exchanges
        if exchange.report == report
        for field in exchange.fields
        if not field.name.startswith("reserved")
    }
    meant: set[str] = set()
    for attribute in attributes_of(report):
        names = attribute.metadata["libchrony"]
        meant |= set(names if isinstance(names, tuple) else (names,))
    if report in ABOUT_NTP_SOURCES:
        meant.discard("address")  # told by the look-up before

    assert meant == recorded


@pytest.mark.parametrize("report", RECORDS)
def test_only_the_name_is_not_libchronys(report: str) -> None:
    others = {a.name for a in fields(RECORDS[report])} - {a.name for a in attributes_of(report)}

    assert others == ({"name"} if report in LISTS else set())


@pytest.mark.parametrize("report", RECORDS)
def test_an_attribute_may_be_none_only_where_some_answer_has_no_such_value(
    report: str, typed_reads: list[Read]
) -> None:
    absent = {
        attribute.name
        for read, record in typed_records(typed_reads)
        if read.exchange.report == report
        for attribute in attributes_of(report)
        if getattr(record, attribute.name) is None
    }
    optional = {a.name for a in attributes_of(report) if "None" in str(a.type)}

    assert absent == optional
