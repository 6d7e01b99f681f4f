"""What a server may do to its answers, and what has to hold whatever comes back."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pychrony import ChronyConnection, ChronyError, ChronyLibraryError
from tests.support.deadlines import MARGIN
from tests.support.many_sources import (
    ACTIVITY,
    AUTHDATA,
    LISTS,
    NTPDATA,
    RTCDATA,
    SELECTDATA,
    SERVERSTATS,
    SMOOTHING,
    SOURCES,
    SOURCESTATS,
    TRACKING,
    command_of,
    patched,
    read_list,
    templates,
)
from tests.support.reply_servers import Reply

COMMANDS = {
    "tracking": TRACKING,
    "sources": SOURCES,
    "sourcestats": SOURCESTATS,
    "selectdata": SELECTDATA,
    "activity": ACTIVITY,
    "authdata": AUTHDATA,
    "ntpdata": NTPDATA,
    "serverstats": SERVERSTATS,
    "rtcdata": RTCDATA,
    "smoothing": SMOOTHING,
}
SINGLE: dict[str, Callable[..., object]] = {
    "tracking": ChronyConnection.get_tracking,
    "activity": ChronyConnection.get_activity,
    "serverstats": ChronyConnection.get_server_stats,
    "rtcdata": ChronyConnection.get_rtc_data,
    "smoothing": ChronyConnection.get_smoothing,
}

Answers = Callable[[bytes], Iterable[bytes]]
"""From an answer to what is sent in its place."""


def spoiling(reply: Reply, command: int | None, spoil: Answers) -> Reply:
    """Return a server's function that spoils the answers to one command, or to all."""

    def spoiled(request: bytes) -> Iterable[bytes]:
        for answer in reply(request):
            if command in (None, command_of(request)):
                yield from spoil(answer)
            else:
                yield answer

    return spoiled


def read_typed(report: str, connection: ChronyConnection, **options: Any) -> list[Any]:
    if report in LISTS:
        return read_list(report, connection, **options)
    record = SINGLE[report](connection, **options)
    return [] if record is None else [record]


def attempt(read: Callable[[], Any], connection: ChronyConnection) -> Any:
    """Return what was read, or the error, whose text is a clear one."""
    try:
        result = read()
    except ChronyError as error:
        assert_clear(error, connection)
        return error
    if isinstance(result, list):
        for record in result:
            look_at_everything(record)
    return result


def assert_clear(error: ChronyError, connection: ChronyConnection) -> None:
    text, address = str(error), str(connection.address)

    assert text.startswith(f"{address}: ")
    assert len(text) > len(address) + 10
    assert text.isprintable()
    assert error.address == address
    assert not isinstance(error, ChronyLibraryError), "it is not libchrony that is at fault"


def look_at_everything(record: Any) -> None:
    """Use a record as users do; nothing of it may fail."""
    json.dumps(record.to_dict(), allow_nan=False)
    assert repr(record)
    assert hash(record) == hash(record)
    for name in dir(type(record)):
        kind = getattr(type(record), name)
        if isinstance(kind, property) or name in ("is_reachable", "is_selected", "is_calibrated"):
            value = getattr(record, name)
            assert value is None or value == value


def seeded_random(seed: int | str) -> random.Random:
    return random.Random(seed)


@contextmanager
def within(seconds: float) -> Generator[None]:
    """Check that it takes so long, and what a busy computer takes, but not as long as a deadline
    that does not hold: that is a minute, or never comes."""
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds + MARGIN


def bit_flips(command: int) -> Iterator[Answers]:
    """Yield, for each bit of an answer, what flips it. The good answer follows, should the other
    be taken for somebody else's."""
    for bit in range(8 * len(templates()[command])):
        yield lambda answer, at=bit // 8, mask=1 << bit % 8: [
            patched(answer, at, bytes([answer[at] ^ mask])),
            answer,
        ]
