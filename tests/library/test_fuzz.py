"""Nothing that a server sends makes libchrony and our own readers do what C must not do.

tests/c/fuzz_message.c is run for a moment. By hand it may run longer:

    python -m tests.library.test_fuzz SECONDS
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.c_programs import BINDING, LIBRARY, PROGRAMS
from tests.support.clients import recorded
from tests.support.fuzzing import Target, count_records, run, write_inputs
from tests.support.vectors import Datagram, Exchange, Session, SourceName, load

pytestmark = pytest.mark.sources

SECONDS = 10
FILES = [PROGRAMS / f"{name}.c" for name in ("fuzz_message", "fuzz", "read_all")]
OWN = [BINDING / f"{name}.c" for name in ("wire", "source_name", "clients")]
TARGET = Target((*FILES, *OWN, *sorted(LIBRARY.glob("*.c"))), (f"-I{LIBRARY}",))

# As the library numbers them.
REPORTS = [
    *("tracking", "sources", "sourcestats", "selectdata", "activity", "authdata", "ntpdata"),
    *("serverstats", "rtcdata", "smoothing"),
]
NO_REPORT = 31
ASKED_BY_ADDRESS = (57, 67)  # the commands of ntpdata and authdata
ASK_RECORD, ASK_COUNT, ASK_NAME, ASK_CLIENTS, DATAGRAM = 0x00, 0x20, 0x40, 0x70, 0x80
OF_LAST, OF_ONE_BEFORE = 1, 2


# Inputs, of the vectors.


def step_that_asks(exchange: Exchange) -> bytes:
    report = REPORTS.index(exchange.report) if exchange.report in REPORTS else NO_REPORT
    if exchange.record is None:
        return bytes([ASK_COUNT | report])
    return bytes([ASK_RECORD | report, exchange.record & 0xFF])


def step_that_replies(data: bytes, bits: int) -> bytes:
    if bits:
        data = data[:16] + bytes(4) + data[20:]
    return bytes([DATAGRAM | bits, *divmod(len(data), 256)]) + data


def steps(exchange: Exchange, sequences: list[bytes]) -> bytes:
    """Return an exchange's steps; `sequences` are those of the requests so far."""
    found = step_that_asks(exchange)
    for datagram in exchange.datagrams:
        if datagram.direction == "req":
            sequences.append(datagram.sequence)
        else:
            found += step_that_replies(datagram.data, sequence_bits(datagram, sequences))
    return found


def sequence_bits(reply: Datagram, sequences: list[bytes]) -> int:
    for bits, asked in zip([OF_LAST, OF_ONE_BEFORE], reversed(sequences), strict=False):
        if reply.sequence == asked:
            return bits
    return 0


def pieces_of(session: Session) -> Iterator[tuple[Exchange, ...]]:
    """Yield a session's exchanges in pieces: those that rest on earlier ones with them."""
    if not session.transport:
        yield session.exchanges
        return
    piece: tuple[Exchange, ...] = ()
    for exchange in session.exchanges:
        rests_on_earlier = exchange.requests and exchange.requests[0][5] in ASKED_BY_ADDRESS
        if piece and not rests_on_earlier:
            yield piece
            piece = ()
        piece += (exchange,)
    yield piece


def input_of(exchanges: tuple[Exchange, ...]) -> bytes:
    sequences: list[bytes] = []
    return b"".join(steps(exchange, sequences) for exchange in exchanges)


def input_of_name(name: SourceName) -> bytes:
    return bytes([ASK_NAME]) + step_that_replies(name.reply or b"", OF_LAST)


def input_of_clients() -> bytes:
    replies = (step_that_replies(reply, OF_LAST) for reply in recorded().replies)
    return b"".join(bytes([ASK_CLIENTS]) + reply for reply in replies)


@cache
def inputs() -> dict[bytes, int]:
    """Return the inputs, each with the number of records and names that were read in it."""
    found = {input_of_clients(): len(recorded().replies)}
    for session in load():
        for piece in pieces_of(session):
            found[input_of(piece)] = sum(e.error == 0 and e.fields != () for e in piece)
        for name in session.source_names:
            is_name = name.reply is not None and name.reply[8:10] == bytes(2)
            found[input_of_name(name)] = int(is_name)
            if is_name:
                found[input_of_name(without_end(name))] = 1
    return found


def without_end(name: SourceName) -> SourceName:
    """Return one that fills all the place there is, as chronyd cuts it."""
    reply = (name.reply or b"")[:28] + b"n" * 256
    return SourceName(name.label, name.request, reply)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return TARGET.compile_plain(tmp_path_factory.mktemp("plain"))


def test_each_recorded_answer_is_an_input_that_the_target_reads(
    plain: Path, tmp_path: Path
) -> None:
    records = count_records(plain, inputs(), tmp_path)

    assert len(inputs()) > 1000
    assert records == sum(inputs().values()) > 1500


def test_the_target_finds_mutations_that_are_answers(plain: Path, tmp_path: Path) -> None:
    files = write_inputs(inputs(), tmp_path / "inputs")
    output = run(plain, "-max_total_time=0", *files, folder=tmp_path)  # the same each time
    [[runs, records]] = re.findall(r"Done (\d+) runs.* mutations (\d+)", output)

    mutations = int(runs) - len(inputs())
    assert mutations > 1000
    assert int(records) > mutations // 20


def test_no_input_makes_the_library_do_what_c_must_not_do(plain: Path, tmp_path: Path) -> None:
    assert TARGET.fuzz(inputs(), plain, tmp_path, SECONDS) > len(inputs())


if __name__ == "__main__":
    TARGET.fuzz_by_hand(inputs())
