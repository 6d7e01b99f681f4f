"""No event makes the step machine do what it must not, on both libraries.

tests/c/fuzz_steps.c is run for a moment. By hand it may run longer:

    python -m tests.library.test_fuzz_steps SECONDS
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.support.clients import recorded
from tests.support.fuzz_events import (
    BY_ADDRESS,
    CLIENTS,
    EAGAIN,
    EINTR,
    FLOOD,
    HELD,
    LIBRARIES,
    LIST,
    LISTS,
    NAMED_LIST,
    NEVER,
    ONLY_SENDS,
    OPENING_FAILS,
    RECEIVING_FAILS,
    RECORD,
    REFUSED,
    REPORTS,
    SECOND,
    SENDING_FAILS,
    SHORT,
    UDP,
    UNIX,
    UNTIL_ALMOST_DUE,
    UNTIL_DEADLINE,
    UNTIL_DUE,
    answer,
    begin,
    count,
    datagram,
    fault,
    good,
    pass_time,
    refusal,
    target_of,
)
from tests.support.fuzzing import Target, count_records
from tests.support.many_sources import HEADER, SOURCE_NAME, SOURCESTATS, templates

SECONDS = 5


def read_record(report: str, until: int = SECOND) -> bytes:
    address = good(SOURCESTATS) if report in BY_ADDRESS else b""
    return begin(RECORD, report, until=until) + address + good(REPORTS[report])


def read_list(report: str, n: int, transport: int, *, named: bool = False) -> bytes:
    """Return a list of sources that are all alike."""
    command = SOURCESTATS if report in BY_ADDRESS else REPORTS[report]
    asked = [good(command)] * n
    if transport == UDP and n > 0:
        asked.append(good(command))
    asked.append(count(n))
    if report in BY_ADDRESS:
        asked = interleaved(asked, good(REPORTS[report]), n)
    names = [good(SOURCE_NAME)] * n if named else []
    return begin(NAMED_LIST if named else LIST, report) + b"".join([count(n), *asked, *names])


def interleaved(asked: list[bytes], report: bytes, n: int) -> list[bytes]:
    """Return the answers with the reports, each of which is asked behind what is in flight."""
    events: list[bytes] = []
    waiting = [(number, False) for number in range(min(4, len(asked)))]
    following = len(waiting)
    while waiting:
        number, is_report = waiting.pop(0)
        events.append(report if is_report else asked[number])
        if not is_report and number < n:
            waiting.append((number, True))
        elif following < len(asked):
            waiting.append((following, False))
            following += 1
    return events


def read_clients() -> bytes:
    return begin(CLIENTS) + b"".join(datagram(reply) for reply in recorded().replies)


def faulty() -> Iterable[bytes]:
    tracking, asked = good(33), begin(RECORD)
    yield asked + pass_time(UNTIL_ALMOST_DUE) + pass_time(UNTIL_DUE) + answer() + tracking
    yield asked + pass_time(UNTIL_DEADLINE) + read_record("activity")
    yield begin(RECORD, until=NEVER) + pass_time(28) * 5 + tracking
    for status in (2, 3, 4, 6, 18):
        yield asked + refusal(status) + asked + tracking
    for kind in (SENDING_FAILS, RECEIVING_FAILS, OPENING_FAILS):
        for error in (EAGAIN, EINTR, REFUSED):
            yield (
                fault(SENDING_FAILS, REFUSED) * (kind == OPENING_FAILS)
                + fault(kind, error)
                + asked
                + tracking
                + pass_time(UNTIL_DUE)
                + tracking
            )
    yield asked + bytes([FLOOD, 200]) + pass_time(1) * 4 + tracking
    # The address comes, and the report cannot be asked for before the deadline.
    late = begin(RECORD, "authdata", until=SHORT) + fault(SENDING_FAILS | HELD, EAGAIN)
    yield late + answer(templates()[SOURCESTATS][HEADER:], held=True) + pass_time(SHORT + 1)
    yield begin(LIST, "sources") + count(1) + asked + tracking
    yield begin(LIST, "sources") + count(2) + refusal(4) + count(1) + good(15) * 2 + count(1)
    yield begin(LIST, "sources") + count(70_000)
    yield begin(RECORD | ONLY_SENDS) + tracking
    yield begin(LIST, "sources") + count(3) + answer(held=True) + answer(skipping=2) + count(3)


@cache
def inputs() -> dict[bytes, int | None]:
    """Return the inputs; of those without faults how much is read."""
    found: dict[bytes, int | None] = {}
    for transport in (UDP, UNIX):
        start = bytes([transport])
        found |= {start + read_record(report): 1 for report in REPORTS}
        for report in LISTS:
            found |= {start + read_list(report, n, transport): n for n in (0, 1, 3, 9)}
        found[start + begin(LIST, "tracking") + good(33)] = 1
        for report in LISTS:
            found |= {start + read_list(report, n, transport, named=True): 2 * n for n in (1, 5)}
        found |= {start + events: None for events in faulty()}
    found[bytes([UNIX]) + read_clients()] = len(recorded().rows)
    return found


@pytest.fixture(scope="module", params=LIBRARIES)
def target(request: pytest.FixtureRequest) -> Target:
    return target_of("fuzz_steps", request.param)


@pytest.fixture(scope="module")
def plain(target: Target, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return target.compile_plain(tmp_path_factory.mktemp("plain"))


def test_each_input_without_faults_is_read(plain: Path, tmp_path: Path) -> None:
    faultless = {data: n for data, n in inputs().items() if n is not None}

    assert count_records(plain, faultless, tmp_path) == sum(faultless.values())


def test_no_input_makes_a_step_do_what_it_must_not(
    target: Target, plain: Path, tmp_path: Path
) -> None:
    assert target.fuzz(inputs(), plain, tmp_path, SECONDS) > len(inputs())


if __name__ == "__main__":
    for name in LIBRARIES:
        target_of("fuzz_steps", name).fuzz_by_hand(inputs())
