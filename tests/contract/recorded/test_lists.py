"""Whole lists, as each recorded chronyd gave them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from pychrony import ChronyError
from tests.support.expected_values import (
    ABOUT_NTP_SOURCES,
    KINDS,
    LISTS,
    TOO_OLD,
    ListRead,
    assert_equal,
    value_pairs,
)
from tests.support.replay import (
    COMMANDS_BY_INDEX,
    COUNT,
    READERS,
    Player,
    attempt,
    command_of,
    connect,
)
from tests.support.reply_servers import ReplyServer
from tests.support.vectors import NO_ANSWER, Exchange, load


def test_each_list_holds_the_recorded_records_in_their_order(list_reads: list[ListRead]) -> None:
    good = [read for read in list_reads if not read.error]

    assert max(len(read.expected) for read in good) == 16
    assert_equal(
        pair
        for read in good
        for pair in value_pairs(
            f"{read.session.file}, {read.session.label}, {read.report}",
            read.report,
            read.expected,
            read.outcome,
        )
    )


def test_a_list_of_which_a_record_is_refused_is_an_error(list_reads: list[ListRead]) -> None:
    failed = [read for read in list_reads if read.error]

    assert {read.error for read in failed} == {NO_ANSWER, 9, TOO_OLD}
    assert_equal(
        (f"{read.session.label}, {read.report}", KINDS[read.error], type(read.outcome))
        for read in failed
    )


def test_authdata_and_ntpdata_are_about_the_ntp_sources_alone(list_reads: list[ListRead]) -> None:
    by_place = {
        (read.session.file, read.session.label, read.report): read.outcome for read in list_reads
    }
    for (file, label, report), outcome in by_place.items():
        sources = by_place[file, label, "sources"]
        if report in ABOUT_NTP_SOURCES and isinstance(outcome, list) and isinstance(sources, list):
            ntp = [source.address for source in sources if not source.is_reference_clock()]
            assert [record.address for record in outcome] == ntp


@pytest.mark.parametrize("report", LISTS)
def test_each_recorded_count_is_believed_as_far_as_it_can_be_true(
    report: str, server: ReplyServer
) -> None:
    any_record = next(
        e for s in load() for e in s.exchanges if e.report == report and e.fields and not e.error
    )
    for exchange in counts_of(report):
        server.reply = asked_for_any_index(exchange, any_record)
        with connect(server, silent=exchange.error == NO_ANSWER) as connection:
            outcome = attempt(lambda c=connection: READERS[report](c))
        assert isinstance(outcome, ChronyError) == (
            not 0 <= (exchange.records or 0) < 65536 or exchange.error != 0
        )
        if isinstance(outcome, ChronyError):
            assert type(outcome) is KINDS[exchange.error or 14]
        else:
            assert len(outcome) == exchange.records


def counts_of(report: str) -> list[Exchange]:
    """Return the recorded counts that differ."""
    exchanges = [
        e
        for s in load()
        for e in s.exchanges
        if (e.op, e.report) == ("count", report) and e.datagrams and not s.transport
    ]
    return list({(e.error, e.records): e for e in exchanges}.values())


def asked_for_any_index(count: Exchange, record: Exchange) -> Callable[[bytes], Iterable[bytes]]:
    """Return who answers each request for a record with the same one."""
    counted, recorded = Player(), Player()
    counted.learn(count)
    recorded.learn(record, at_index=0)

    def reply(request: bytes) -> Iterable[bytes]:
        if command_of(request) == COUNT:
            return counted(request)
        if command_of(request) in COMMANDS_BY_INDEX:
            return recorded(request[:20] + bytes(4) + request[24:])
        return recorded(request)

    return reply
