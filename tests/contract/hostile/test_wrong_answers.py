"""A single answer that is spoiled, cut short, followed by more, or a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from pychrony import ChronyConnection, ChronyDataError, ChronyError
from tests.support.hostile import (
    COMMANDS,
    SINGLE,
    attempt,
    bit_flips,
    read_typed,
    seeded_random,
    spoiling,
)
from tests.support.many_sources import (
    COUNT,
    HEADER,
    LISTS,
    SOURCESTATS,
    ManySources,
    patched,
    read_list,
    refusal,
    right_list,
    templates,
)
from tests.support.reply_servers import ReplyServer


def differences(right: dict[str, Any], got: dict[str, Any]) -> int:
    """Return how many values differ."""
    return sum(right[name] != got[name] for name in right)


@pytest.mark.slow
@pytest.mark.parametrize("report", COMMANDS)
def test_a_wrong_bit_makes_one_wrong_value_at_the_most(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    right = connection.read_record(report)
    for flip in bit_flips(COMMANDS[report]):
        server.reply = spoiling(daemon, COMMANDS[report], flip)
        got = attempt(lambda: connection.read_record(report), connection)
        attempt(lambda: read_typed(report, connection), connection)
        if isinstance(got, dict) and list(got) == list(right):  # and not of another kind
            assert differences(right, got) <= 1


@pytest.mark.parametrize("report", ["authdata", "ntpdata"])
def test_a_wrong_bit_in_the_address_makes_an_error_and_no_other_sources_record(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    right = connection.read_record(report)
    for flip in bit_flips(SOURCESTATS):
        server.reply = spoiling(daemon, SOURCESTATS, flip)
        got = attempt(lambda: connection.read_record(report), connection)
        assert isinstance(got, ChronyError) or got in (right, {})


@pytest.mark.parametrize("report", COMMANDS)
def test_random_bytes_are_an_answer_or_an_error(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    chance = seeded_random(report)

    def spoil(answer: bytes) -> list[bytes]:
        spoiled = answer
        for at in chance.sample(range(6, len(answer)), chance.choice([1, 2, 8, 40])):
            if at not in range(16, 20):  # the sequence number
                spoiled = patched(spoiled, at, chance.choice([b"\0", b"\xff", chance.randbytes(1)]))
        return [spoiled, answer]

    server.reply = spoiling(daemon, COMMANDS[report], spoil)
    for _ in range(200):
        attempt(lambda: connection.read_record(report), connection)
        attempt(lambda: read_typed(report, connection), connection)


@pytest.mark.parametrize("report", COMMANDS)
def test_an_answer_cut_short_is_not_believed(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    right = connection.read_record(report)
    for length in range(len(templates()[COMMANDS[report]])):
        server.reply = spoiling(
            daemon, COMMANDS[report], lambda answer, end=length: [answer[:end], answer]
        )
        got = attempt(lambda: connection.read_record(report), connection)
        if length < HEADER:
            assert got == right  # no answer at all, and the good one came next
        else:
            assert isinstance(got, ChronyDataError)


@pytest.mark.parametrize("report", LISTS)
def test_a_count_cut_short_is_not_believed(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    for length in range(HEADER + 4):
        server.reply = spoiling(daemon, COUNT, lambda answer, end=length: [answer[:end], answer])
        got = attempt(lambda: read_list(report, connection), connection)
        if length < HEADER:
            assert got == right_list(report, 1)
        else:
            assert isinstance(got, ChronyDataError)


@pytest.mark.parametrize("report", COMMANDS)
def test_what_follows_an_answer_changes_nothing(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    plain, typed = connection.read_record(report), read_typed(report, connection)
    length = len(templates()[COMMANDS[report]])
    for longer in (length + 1, length + 3, 197, 256, 284, 1023, 1025, 1500, 9000, 65_000, 65_507):
        for filler in (b"\0", b"\xff", b"\x06"):
            server.reply = spoiling(
                daemon, None, lambda answer, to=longer, by=filler: [answer.ljust(to, by)]
            )
            assert connection.read_record(report) == plain
            assert read_typed(report, connection) == typed


@pytest.mark.parametrize("report", [*SINGLE, "sources"])
@pytest.mark.parametrize("status", [*range(1, 30), 255, 256, 0x8000, 0xFFFF])
def test_each_refusal_is_an_error(
    report: str, status: int, server: ReplyServer, connection: ChronyConnection
) -> None:
    server.reply = lambda request: [refusal(request, status)]

    error = attempt(lambda: connection.read_record(report), connection)

    assert isinstance(error, ChronyError)
    assert report in str(error)
