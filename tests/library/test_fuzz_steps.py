"""No event makes the step machine do what it must not, on both libraries.

tests/c/fuzz_steps.c is run for a moment. By hand it may run longer:

    python -m tests.library.test_fuzz_steps SECONDS
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.support.c_programs import BINDING, LIBRARY, NAMES, PROGRAMS, real_libchrony_flags
from tests.support.clients import recorded
from tests.support.fuzzing import Target, run, write_inputs
from tests.support.many_sources import HEADER, SOURCE_NAME, SOURCESTATS, templates

SECONDS = 5
FILES = [PROGRAMS / f"{name}.c" for name in ("fuzz_steps", "fuzz", "scripted")]
OWN = [*FILES, *sorted(BINDING.glob("*.c"))]
# scripted.c has what opens sockets.
BUNDLED = [file for file in sorted(LIBRARY.glob("*.c")) if "socket" not in file.name]
OPTIONS = (*NAMES, "-pthread", f"-I{BINDING}")

UDP, UNIX = 0, 1
RECORD, LIST, CLIENTS, NAMED_LIST = range(4)
ONLY_SENDS = 0x10
PASS_TIME, SENDING_FAILS, RECEIVING_FAILS, OPENING_FAILS = 0x20, 0x40, 0x60, 0x80
FLOOD, ANSWER, DATAGRAM = 0xA0, 0xC0, 0xE0
UNTIL_DUE, UNTIL_ALMOST_DUE, UNTIL_DEADLINE = 29, 30, 31
HELD, WITH_STATUS, WITH_HEADER = 0x10, 0x04, 0x02
EAGAIN, EINTR, REFUSED = 0, 1, 2
SHORT, SECOND, NEVER = 10, 20, 0xFF  # a millisecond, a second

# As the library numbers them, with the commands.
REPORTS = {
    "tracking": 33,
    "sources": 15,
    "sourcestats": 34,
    "selectdata": 69,
    "activity": 44,
    "authdata": 67,
    "ntpdata": 57,
    "serverstats": 54,
    "rtcdata": 35,
    "smoothing": 51,
}
LISTS = ("sources", "sourcestats", "selectdata", "authdata", "ntpdata")
BY_ADDRESS = ("authdata", "ntpdata")


@cache
def targets() -> dict[str, Target]:
    system = ("-DPYCHRONY_SYSTEM_LIBCHRONY", *real_libchrony_flags())
    return {
        "bundled": Target((*OWN, *BUNDLED), (*OPTIONS, f"-I{LIBRARY}")),
        "system": Target((*OWN,), (*OPTIONS, *system)),
    }


# Events.


def begin(operation: int, report: str = "tracking", record: int = 0, until: int = SECOND) -> bytes:
    return bytes([operation, [*REPORTS].index(report), record, until])


def answer(payload: bytes = b"", *, skipping: int = 0, held: bool = False) -> bytes:
    """Return the answer to the next request that has none."""
    payload = payload[:255]
    return bytes([ANSWER | HELD * held | skipping, 0, len(payload)]) + payload


def refusal(status: int) -> bytes:
    return bytes([ANSWER | WITH_STATUS, status, 0, 0])


def datagram(data: bytes) -> bytes:
    """Return one with the header of an answer to the last request."""
    return bytes([DATAGRAM | WITH_HEADER, *divmod(len(data), 256)]) + data


def good(command: int) -> bytes:
    return answer(templates()[command][HEADER:])


def count(n: int) -> bytes:
    return answer(n.to_bytes(4, "big"))


def pass_time(until: int) -> bytes:
    return bytes([PASS_TIME | until])


def fault(kind: int, error: int, times: int = 1) -> bytes:
    return bytes([kind | error, times])


# Inputs.


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


@pytest.fixture(scope="module", params=["bundled", "system"])
def target(request: pytest.FixtureRequest) -> Target:
    return targets()[request.param]


def test_each_input_without_faults_is_read(target: Target, tmp_path: Path) -> None:
    program = target.compile_plain(tmp_path)
    faultless = {data: n for data, n in inputs().items() if n is not None}
    output = run(program, *write_inputs(faultless, tmp_path / "inputs"), folder=tmp_path)
    [records] = re.findall(r"have (\d+) records", output)

    assert int(records) == sum(faultless.values())


def test_no_input_makes_a_step_do_what_it_must_not(target: Target, tmp_path: Path) -> None:
    assert target.fuzz(inputs(), tmp_path, SECONDS) > 10 * len(inputs())


if __name__ == "__main__":
    for name, each in targets().items():
        with tempfile.TemporaryDirectory() as folder:
            print(name, each.fuzz(inputs(), Path(folder), int(sys.argv[1])), "runs")  # noqa: T201
