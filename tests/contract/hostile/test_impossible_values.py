"""Values that no chronyd has."""

from __future__ import annotations

import struct
from datetime import datetime
from enum import Enum
from typing import Any

import pytest

from pychrony import AuthData, ChronyConnection, NTPData, SelectData, Source, TrackingStatus
from tests.support.hostile import COMMANDS, attempt, read_typed, spoiling
from tests.support.many_sources import HEADER, SOURCES, ManySources, patched
from tests.support.reply_servers import ReplyServer

OUT_OF_RANGE = [
    ("sources", Source, "state", HEADER + 24, ">H", [6, 255, 256, 0x7FFF, 0x8000, 0xFFFF]),
    ("sources", Source, "mode", HEADER + 26, ">H", [3, 255, 256, 0x8000, 0xFFFF]),
    ("selectdata", SelectData, "state", HEADER + 24, "B", [0, 1, 10, 0x7F, 0x80, 0xFF]),
    ("selectdata", SelectData, "leap_status", HEADER + 26, "B", [4, 0x80, 0xFF]),
    ("selectdata", SelectData, "configured_options", HEADER + 28, ">H", [16, 0x8001, 0xFFFF]),
    ("authdata", AuthData, "mode", HEADER, ">H", [3, 0x8000, 0xFFFF]),
    ("authdata", AuthData, "key_type", HEADER + 2, ">H", [12, 16, 29, 31, 0x8000, 0xFFFF]),
    ("ntpdata", NTPData, "leap_status", HEADER + 42, "B", [4, 0xFF]),
    ("ntpdata", NTPData, "mode", HEADER + 44, "B", [3, 5, 7, 0xFF]),
    ("ntpdata", NTPData, "tx_timestamping", HEADER + 94, "B", [1, 0x80, 0xFF]),
    ("tracking", TrackingStatus, "leap_status", HEADER + 26, ">H", [4, 0x8000, 0xFFFF]),
]


@pytest.mark.parametrize(
    ("report", "kind", "attribute", "at", "format_", "values"),
    OUT_OF_RANGE,
    ids=[f"{report} {attribute}" for report, _, attribute, *_ in OUT_OF_RANGE],
)
def test_an_enumerator_that_nobody_knows_keeps_its_number(
    report: str,
    kind: type[Any],
    attribute: str,
    at: int,
    format_: str,
    values: list[int],
    daemon: ManySources,
    server: ReplyServer,
    connection: ChronyConnection,
) -> None:
    for value in values:
        server.reply = spoiling(
            daemon,
            COMMANDS[report],
            lambda answer, v=value: [patched(answer, at, struct.pack(format_, v))],
        )
        [record] = attempt(lambda: read_typed(report, connection), connection)
        got = getattr(record, attribute)
        assert type(record) is kind
        assert isinstance(got, Enum)
        assert (ord(got.value) if isinstance(got.value, str) else got.value) == value


TIMES = [
    (0, 0),
    (0, 2**32 - 1),
    (2**31, 999_999_999),
    (2**32 - 1, 10**9),
    (253_402_300_799, 999_999_999),  # the last second of the year 9999
    (253_402_300_800, 0),
    (0x7FFFFFFE << 32 | 0xFFFFFFFF, 2**32 - 1),
    (2**63, 0),  # the most negative one
    (2**64 - 62_135_596_800, 0),  # the first second of the year 1
    (2**64 - 62_135_596_801, 0),
    (2**64 - 1, 999_999_999),
]


@pytest.mark.parametrize(
    ("report", "at"), [("tracking", HEADER + 28), ("ntpdata", HEADER + 60), ("rtcdata", HEADER)]
)
@pytest.mark.parametrize("moment", TIMES)
def test_a_time_that_cannot_be_is_a_number_and_no_failure(
    report: str,
    at: int,
    moment: tuple[int, int],
    daemon: ManySources,
    server: ReplyServer,
    connection: ChronyConnection,
) -> None:
    wire = struct.pack(">QI", *moment)
    server.reply = spoiling(daemon, COMMANDS[report], lambda answer: [patched(answer, at, wire)])

    [record] = attempt(lambda: read_typed(report, connection), connection)

    seconds = moment[0] - 2**64 if moment[0] >= 2**63 else moment[0]
    assert (record.ref_time_ns or 0) in (0, seconds * 10**9 + moment[1])
    assert abs(record.ref_time or 0) < 2**64
    assert isinstance(record.ref_datetime, (datetime, type(None)))


@pytest.mark.parametrize(
    ("report", "at"), [("tracking", HEADER + 28), ("ntpdata", HEADER + 60), ("rtcdata", HEADER)]
)
@pytest.mark.parametrize("seconds", [1_767_225_600, 2**32 - 1])
def test_a_chronyd_with_seconds_of_32_bits_sends_a_mark_in_place_of_their_upper_half(
    report: str,
    at: int,
    seconds: int,
    daemon: ManySources,
    server: ReplyServer,
    connection: ChronyConnection,
) -> None:
    wire = struct.pack(">III", 0x7FFFFFFF, seconds, 5)
    server.reply = spoiling(daemon, COMMANDS[report], lambda answer: [patched(answer, at, wire)])

    [record] = attempt(lambda: read_typed(report, connection), connection)

    assert record.ref_time_ns == seconds * 10**9 + 5


@pytest.mark.parametrize("poll", [-32768, -1075, -1, 0, 1023, 1024, 32767])
def test_a_polling_interval_that_cannot_be_is_a_number_and_no_failure(
    poll: int, daemon: ManySources, server: ReplyServer, connection: ChronyConnection
) -> None:
    wire = struct.pack(">h", poll)
    server.reply = spoiling(daemon, SOURCES, lambda answer: [patched(answer, HEADER + 20, wire)])

    [source] = connection.get_sources()

    assert source.poll == poll
    assert source.poll_seconds >= 0
