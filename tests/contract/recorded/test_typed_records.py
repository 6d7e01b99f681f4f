"""Every recorded answer, as a typed record: its values, types and kinds."""

from __future__ import annotations

import math
import pickle
from dataclasses import Field as Attribute
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from pychrony import NTPTests
from tests.support.expected_values import (
    assert_equal,
    expected_records,
    has,
    typed_records,
    value_pairs,
)
from tests.support.replay import RECORDS, Read


def test_each_attribute_is_the_recorded_value_as_its_metadata_says(
    typed_reads: list[Read],
) -> None:
    good = [read for read in typed_reads if read.exchange.error == 0]

    assert_equal(
        pair
        for read in good
        for pair in value_pairs(
            read.place, read.exchange.report, expected_records(read), read.outcome
        )
    )


def test_each_attribute_has_its_declared_type(typed_reads: list[Read]) -> None:
    for read, record in typed_records(typed_reads):
        for attribute in fields(record):
            value = getattr(record, attribute.name)
            assert isinstance(value, type_of(attribute)), (read.place, attribute.name)
            assert not (isinstance(value, float) and math.isnan(value))
            assert attribute.type is not int or type(value) is int


def type_of(attribute: Attribute[Any]) -> Any:
    """Return the annotation, which is a type, or a union of them, and no text."""
    assert not isinstance(attribute.type, str)
    return attribute.type


def test_tests_b_and_c_are_chronyds_and_a_poll_below_a_second_is_negative(
    typed_reads: list[Read],
) -> None:
    polls = {record.poll for read, record in typed_records(typed_reads) if has(record, "poll")}
    tests = {record.tests for read, record in typed_records(typed_reads) if has(record, "tests")}

    assert -2 in polls
    assert (NTPTests.TESTB.value, NTPTests.TESTC.value) == (0x4, 0x2)
    assert {NTPTests.TESTB in t for t in tests} == {NTPTests.TESTC in t for t in tests}
    assert {NTPTests.TESTB in t for t in tests} == {True, False}


def test_a_record_that_was_read_is_like_one_that_was_made(typed_reads: list[Read]) -> None:
    for read, record in typed_records(typed_reads):
        made = RECORDS[read.exchange.report](
            **{attribute.name: getattr(record, attribute.name) for attribute in fields(record)}
        )
        assert record == made
        assert hash(record) == hash(made)
        assert pickle.loads(pickle.dumps(record)) == made
        with pytest.raises(FrozenInstanceError):
            setattr(record, fields(record)[0].name, None)


def test_the_kind_of_a_source_is_told(typed_reads: list[Read]) -> None:
    def kind(read: Read) -> object:
        if read.exchange.report == "sources":
            return read.recorded["mode"].value == 2
        if read.exchange.report in ("sourcestats", "selectdata"):
            return read.recorded["address"].value is None
        return False

    about_sources = [(r, x) for r, x in typed_records(typed_reads) if has(x, "address")]

    assert_equal((read.place, kind(read), x.is_reference_clock()) for read, x in about_sources)
    assert_equal(
        (read.place, not x.address.startswith("ID#0"), x.is_resolved())
        for read, x in about_sources
        if read.session.transport  # no chronyd has numbers as large as the synthetic ones
    )
