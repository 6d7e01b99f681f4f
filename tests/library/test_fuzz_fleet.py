"""No event makes a fleet forget a place, tell of one twice, or stay busy, on both libraries.

tests/c/fuzz_fleet.c is run for a moment. By hand it may run longer:

    python -m tests.library.test_fuzz_fleet SECONDS
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.support.fuzz_events import (
    BY_ADDRESS,
    EAGAIN,
    FLOOD,
    HELD,
    LIBRARIES,
    LIST,
    NAMED_LIST,
    OPENING_FAILS,
    RECEIVING_FAILS,
    RECORD,
    REFUSED,
    REPORTS,
    SENDING_FAILS,
    answer,
    count,
    fault,
    good,
    target_of,
)
from tests.support.fuzzing import Target, count_records
from tests.support.many_sources import SOURCE_NAME, SOURCESTATS

SECONDS = 5
ASK_ON, CLOSE, WAIT = 0x04, 0x08, 0x20 | 29
WATCHING_FAILS, SIGNALS = 0xA4, 0xA8
SECOND = 20  # about one from now


def ask(place: int, operation: int, report: str = "tracking") -> bytes:
    return bytes([operation, place, [*REPORTS].index(report), SECOND])


def at(place: int, event: bytes) -> bytes:
    """Return an event, as the fuzz target for steps has it, that happens in a place."""
    return event[:1] + bytes([place]) + event[1:]


def held(event: bytes) -> bytes:
    """Return an event after which the fleet is not polled."""
    return bytes([event[0] | HELD]) + event[1:]


def answers_of(place: int, report: str, operation: int) -> list[bytes]:
    """Return the answers with a record, or with a list of one."""
    command = SOURCESTATS if report in BY_ADDRESS else REPORTS[report]
    record = [good(command), good(REPORTS[report])] if report in BY_ADDRESS else [good(command)]
    if operation == RECORD:
        return [at(place, event) for event in record]
    first_again = [good(command)] if place % 2 == 0 else []  # over UDP
    events = [count(1), good(command), *first_again, count(1), *record[1:]]
    names = [good(SOURCE_NAME)] if operation == NAMED_LIST else []
    return [at(place, event) for event in [*events, *names]]


@cache
def inputs() -> dict[bytes, int | None]:
    """Return the inputs; of those without faults how much is read."""
    found: dict[bytes, int | None] = {}
    for place in (0, 1):
        for report in REPORTS:
            events = answers_of(place, report, RECORD)
            found[ask(place, RECORD, report) + b"".join(events)] = 1
        for report in ("sources", "selectdata", "authdata"):
            events = answers_of(place, report, LIST)
            found[ask(place, LIST, report) + b"".join(events)] = 1
        events = answers_of(place, "sources", NAMED_LIST)
        found[ask(place, NAMED_LIST, "sources") + b"".join(events)] = 2
    # Of a reference clock, which has no address: a record without fields.
    found[ask(0, RECORD, "authdata") + at(0, answer())] = 1
    asked = b"".join(ask(place, RECORD) for place in range(4))
    answered = b"".join(at(place, good(33)) for place in range(4))
    found[asked + answered] = 4
    for fails in (SENDING_FAILS, RECEIVING_FAILS, OPENING_FAILS):
        for error in (EAGAIN, REFUSED):
            found[fault(fails, error, 2) + asked + answered] = None
    found[bytes([WATCHING_FAILS, 1]) + asked + answered] = None
    found[asked + bytes([SIGNALS, 3]) + bytes([WAIT]) * 9 + answered] = None
    found[asked + bytes([FLOOD, 2, 200]) + answered] = None
    found[asked + bytes([CLOSE, 1, CLOSE, 2]) + answered] = None
    over = fault(OPENING_FAILS, REFUSED, 3) + b"".join(held(ask(p, RECORD)) for p in range(3))
    found[over + held(bytes([CLOSE, 0])) + held(bytes([CLOSE, 2])) + bytes([WAIT])] = None
    found[asked + at(0, good(33)) + ask(0, RECORD | ASK_ON) + answered] = None
    return found


@pytest.fixture(scope="module", params=LIBRARIES)
def target(request: pytest.FixtureRequest) -> Target:
    return target_of("fuzz_fleet", request.param)


@pytest.fixture(scope="module")
def plain(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return target.compile_plain(tmp_path_factory.mktemp("plain"))


def test_each_input_without_faults_is_read(plain: Path, tmp_path: Path) -> None:
    faultless = {data: n for data, n in inputs().items() if n is not None}

    assert count_records(plain, faultless, tmp_path) == sum(faultless.values())


def test_no_input_makes_a_fleet_do_what_it_must_not(
    target: Target, plain: Path, tmp_path: Path
) -> None:
    assert target.fuzz(inputs(), plain, tmp_path, SECONDS) > len(inputs())


if __name__ == "__main__":
    for name in LIBRARIES:
        target_of("fuzz_fleet", name).fuzz_by_hand(inputs())
