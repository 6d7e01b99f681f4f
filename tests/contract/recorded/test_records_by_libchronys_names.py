"""Every recorded answer, by libchrony's names."""

from __future__ import annotations

from tests.support.expected_values import assert_equal
from tests.support.replay import Outcome, Read
from tests.support.vectors import Field, load


def plain_value(field: Field) -> int | float | str:
    if isinstance(field.value, tuple):
        return field.value[0] * 10**9 + field.value[1]
    return "" if field.value is None else field.value


def test_read_record_gives_what_was_recorded_field_by_field(plain_reads: list[Read]) -> None:
    good = (read for read in plain_reads if read.exchange.error == 0)

    assert_equal(
        (read.place, [(f.name, plain_value(f)) for f in read.exchange.fields], items(read.outcome))
        for read in good
    )


def items(outcome: Outcome) -> object:
    return list(outcome.items()) if isinstance(outcome, dict) else outcome


def test_no_recorded_record_is_left_out(plain_reads: list[Read], typed_reads: list[Read]) -> None:
    records = [e for s in load() for e in s.exchanges if e.op == "record"]
    refused_beforehand = [e for e in records if e.report == "nosuch" or e.record == -1]

    assert len(plain_reads) == len(records) - len(refused_beforehand) > 3500
    assert len(typed_reads) == len([r for r in plain_reads if not r.exchange.request_error])
    assert len(refused_beforehand) == 3
