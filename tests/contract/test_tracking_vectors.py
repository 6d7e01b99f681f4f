"""Each recorded tracking report, through Python, on whichever library is linked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields

import pytest

from pychrony import ChronyConnection, ChronyError, ChronyTimeoutError, TrackingStatus
from pychrony._errors import EXCEPTIONS
from tests.support.replies import ReplyServer, with_sequence_of
from tests.support.vectors import NO_ANSWER, Exchange, load


def tracking_exchanges() -> list[Exchange]:
    return [
        exchange
        for session in load()
        for exchange in session.exchanges
        if (exchange.op, exchange.report, exchange.record) == ("record", "tracking", 0)
    ]


@pytest.fixture(scope="module")
def outcomes() -> list[tuple[Exchange, TrackingStatus | ChronyError]]:
    """Play each exchange to one connection."""
    exchanges = tracking_exchanges()
    current = exchanges[0]

    def reply(request: bytes) -> Iterator[bytes]:
        recorded = current.datagrams[0]
        for datagram in current.datagrams[1:]:
            own = datagram.sequence == recorded.sequence
            yield with_sequence_of(request, datagram.data) if own else datagram.data

    results: list[tuple[Exchange, TrackingStatus | ChronyError]] = []
    with ReplyServer(reply) as server:
        for exchange in exchanges:
            current = exchange
            timeout = 0.01 if exchange.error == NO_ANSWER else 5.0
            with ChronyConnection(server.address, timeout=timeout) as connection:
                try:
                    results.append((exchange, connection.get_tracking()))
                except ChronyError as error:
                    results.append((exchange, error))
    return results


def test_there_are_many() -> None:
    assert len(tracking_exchanges()) > 100


def test_each_error_is_the_one_of_its_code(
    outcomes: list[tuple[Exchange, TrackingStatus | ChronyError]],
) -> None:
    for exchange, outcome in outcomes:
        if exchange.error == NO_ANSWER:
            assert isinstance(outcome, ChronyTimeoutError)
        elif exchange.error:
            assert type(outcome) is EXCEPTIONS[exchange.error]
            assert isinstance(outcome, ChronyError)
            assert outcome.error_code == exchange.error
        else:
            assert isinstance(outcome, TrackingStatus)


def test_each_value_is_the_recorded_one(
    outcomes: list[tuple[Exchange, TrackingStatus | ChronyError]],
) -> None:
    for exchange, outcome in outcomes:
        if not isinstance(outcome, TrackingStatus):
            continue
        recorded = {field.name: field.value for field in exchange.fields}
        for field in fields(TrackingStatus):
            name = field.metadata["libchrony"]
            got = getattr(outcome, field.name)
            if isinstance(name, tuple):
                continue  # made of two fields; the next test
            value = recorded[name]
            if field.metadata["unit"] == "ns":
                assert isinstance(value, tuple)
                assert got == value[0] * 10**9 + value[1]
            elif field.name == "ref_time":
                assert isinstance(value, tuple)
                assert math.isclose(got, value[0] + value[1] / 1e9, rel_tol=1e-15)
            else:
                assert got == (value if value is not None else ""), (field.name, exchange)


def test_the_reference_is_named_by_its_address_or_by_its_characters(
    outcomes: list[tuple[Exchange, TrackingStatus | ChronyError]],
) -> None:
    for _, outcome in outcomes:
        if not isinstance(outcome, TrackingStatus):
            continue
        if outcome.reference_ip:
            assert outcome.reference_id_name == outcome.reference_ip
        elif outcome.reference_id == 0x7F7F0101:
            assert outcome.reference_id_name == "LOCAL"
        elif outcome.reference_id == 0:
            assert outcome.reference_id_name == ""
