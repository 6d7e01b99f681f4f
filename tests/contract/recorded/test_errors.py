"""Every recorded refusal and silence is the exception of its code."""

from __future__ import annotations

import pytest

from pychrony import ChronyError
from tests.support.expected_values import DISABLED, KINDS, assert_equal
from tests.support.replay import Outcome, Read, connect
from tests.support.reply_servers import ReplyServer
from tests.support.vectors import NO_ANSWER, Exchange


@pytest.mark.parametrize(("report", "index"), [("nosuch", 0), ("Tracking", 0), ("sources", -1)])
def test_a_report_or_index_that_cannot_be_is_refused_beforehand(
    server: ReplyServer, report: str, index: int
) -> None:
    with connect(server) as connection, pytest.raises(ValueError, match=r"report|index"):
        connection.read_record(report, index)


@pytest.mark.parametrize("way", ["plain", "typed"])
def test_each_error_is_the_exception_of_its_code_and_tells_report_and_address(
    way: str, request: pytest.FixtureRequest
) -> None:
    reads: list[Read] = request.getfixturevalue(f"{way}_reads")
    failed = [read for read in reads if read.exchange.error]
    if way == "typed":
        failed = [read for read in failed if not is_nothing_to_report(read.exchange)]

    assert_equal((r.place, expected_error(r.exchange), kind_and_code(r.outcome)) for r in failed)
    for read in failed:
        assert read.address
        assert read.address in str(read.outcome)
        assert read.exchange.error == NO_ANSWER or read.exchange.report in str(read.outcome)


def is_nothing_to_report(exchange: Exchange) -> bool:
    return exchange.report in ("rtcdata", "smoothing") and exchange.error == DISABLED


def expected_error(exchange: Exchange) -> object:
    return KINDS[exchange.error], None if exchange.error == NO_ANSWER else exchange.error


def kind_and_code(outcome: Outcome) -> object:
    return (type(outcome), outcome.error_code) if isinstance(outcome, ChronyError) else outcome


def test_nothing_to_report_is_none(typed_reads: list[Read]) -> None:
    disabled = [read for read in typed_reads if is_nothing_to_report(read.exchange)]

    assert_equal((read.place, [], read.outcome) for read in disabled)
