"""Names of sources that are spoiled, too long or about another source."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from pychrony import ChronyConnection, ChronyError
from tests.support.hostile import (
    COMMANDS,
    Answers,
    attempt,
    bit_flips,
    look_at_everything,
    spoiling,
)
from tests.support.many_sources import HEADER, LISTS, SOURCE_NAME, ManySources, patched, read_list
from tests.support.reply_servers import ReplyServer


@pytest.mark.parametrize(
    ("wire", "name"),
    [
        (b"time.example.net\0" + b"garbage", "time.example.net"),
        (b"x" * 255 + b"\0", "x" * 255),
        (b"x" * 256, "x" * 256),
        (b"x" * 300, "x" * 256),
        (bytes(256), ""),
        ("zeit.bücher.example".encode(), "zeit.bücher.example"),
        (b"caf\xe9\xff\xfe", "caf\ufffd\ufffd\ufffd"),
        (b"\xf0\x9f\x95" * 86, "\ufffd" * 86),
        (b"a\nb\x1b[31m", "a\nb\x1b[31m"),
    ],
)
def test_a_name_is_what_there_is_of_it(
    wire: bytes, name: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    server.reply = spoiling(
        daemon, SOURCE_NAME, lambda answer: [answer[:HEADER] + wire.ljust(256, b"\0")]
    )

    [source] = connection.get_sources(names=True)

    assert source.name == name
    look_at_everything(source)


def test_an_answer_about_a_name_that_is_cut_short_or_spoiled_is_not_believed(
    daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    def truncated(length: int) -> Answers:
        return lambda answer: [answer[:length], answer]

    spoils = [truncated(length) for length in range(HEADER + 256)]
    spoils += [flip for _, flip in zip(range(8 * HEADER), bit_flips(SOURCE_NAME), strict=False)]
    for spoil in spoils:
        server.reply = spoiling(daemon, SOURCE_NAME, spoil)
        got = attempt(lambda: connection.get_sources(names=True), connection)
        if not isinstance(got, ChronyError):
            assert got[0].name in ("source-0.example", None)


@pytest.mark.parametrize("report", LISTS)
def test_names_are_each_about_their_own_source_whatever_is_lost_or_late(
    report: str, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    daemon.count = 8
    older: list[bytes] = []

    def replay(answer: bytes) -> Iterator[bytes]:
        yield from older[-3:]
        older.append(answer)
        if len(older) % 7:
            yield answer

    server.reply = spoiling(daemon, None, replay)
    records = read_list(report, connection, names=True)

    assert [record.name for record in records] == [f"source-{i}.example" for i in range(8)]


@pytest.mark.parametrize("report", ["sources", "sourcestats", "selectdata"])
@pytest.mark.parametrize("family", [0, 4, 9, 0xFFFF])
def test_a_source_whose_address_nobody_can_ask_about_costs_no_list(
    report: str,
    family: int,
    daemon: ManySources,
    server: ReplyServer,
    connection: ChronyConnection,
) -> None:
    at = {"sources": HEADER}.get(report, HEADER + 4) + 16
    daemon.count = 3
    server.reply = spoiling(
        daemon,
        COMMANDS[report],
        lambda answer: [
            patched(answer, at, struct.pack(">H", family)) if answer[at - 13] == 1 else answer
        ],
    )

    records = attempt(lambda: read_list(report, connection, names=True), connection)

    names = ["source-0.example", None, "source-2.example"]
    assert [record.name for record in records] == names
