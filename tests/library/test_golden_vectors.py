"""The bundled library reads every golden vector as libchrony 0.2 did, where that was right."""

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from tests.support import vectors
from tests.support.c_programs import compile_program
from tests.support.vectors import NO_ANSWER, Datagram, Exchange, Field, Session

pytestmark = pytest.mark.sources

# As libchrony's header numbers them.
ERRORS = 15
TYPES = ["NONE", "UINTEGER", "INTEGER", "FLOAT", "TIMESPEC", "STRING"]
CONTENTS = [
    *("NONE", "COUNT", "TIME", "INTERVAL_LOG2_SECONDS", "INTERVAL_SECONDS", "OFFSET_SECONDS"),
    *("MEASURE_SECONDS", "OFFSET_PPM", "MEASURE_PPM", "OFFSET_PPM_PER_SECOND", "RATIO"),
    *("REFERENCE_ID", "ENUM", "BITS", "FLAGS", "ADDRESS", "PORT", "INDEX", "LENGTH_BITS"),
    *("LENGTH_BYTES", "BOOLEAN"),
]

NOTHING = {"UINTEGER": 0, "INTEGER": 0, "FLOAT": "nan", "TIMESPEC": [0, 0], "STRING": None}
NO_FIELD = {"name": None, "index": -1, "type": 0, "content": 0, "constant": None, "flags": []}

Got = dict[str, Any]  # what tests/c/replay.c prints, a field or an exchange


@dataclass(frozen=True)
class Replayed:
    """An exchange as it was recorded, and what the library made of the same datagrams."""

    place: str
    exchange: Exchange
    error: int
    got: Got


@pytest.fixture(scope="module")
def compile_replay(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return cache(lambda build: compile_program("replay", build, tmp_path_factory.mktemp(build)))


@pytest.fixture(scope="module", params=["plain", "musl", "sanitized"])
def replay(request: pytest.FixtureRequest, compile_replay: Callable[[str], Path]) -> Path:
    return compile_replay(request.param)


@pytest.fixture(scope="module", params=vectors.files())
def replayed(request: pytest.FixtureRequest, replay: Path) -> list[Replayed]:
    sessions = [session for session in vectors.load() if session.file == request.param]
    lines = [line for session in sessions for line in _commands(session)]
    answers = iter(_run(replay, lines))
    return [
        Replayed(_place(session, number, exchange), exchange, error, next(answers))
        for session in sessions
        for number, (exchange, error) in enumerate(_errors(session))
    ]


def _errors(session: Session) -> Iterator[tuple[Exchange, int]]:
    """Yield each exchange and its error.

    A count that takes no datagram leaves an earlier request unanswered, as libchrony 0.2 does when
    these very vectors are replayed to it. Some recordings took it for an answer.
    """
    awaiting = False
    for exchange in session.exchanges:
        if exchange.datagrams:
            awaiting = exchange.error == NO_ANSWER
        yield exchange, NO_ANSWER if awaiting and not exchange.request_error else exchange.error


def _run(program: Path, lines: list[str]) -> list[Got]:
    done = subprocess.run(
        [program], input="\n".join([*lines, ""]), capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def _place(session: Session, number: int, exchange: Exchange) -> str:
    index = "" if exchange.record is None else f" {exchange.record}"
    call = f"{exchange.op} {exchange.report}{index}"
    return f"{session.file}, {session.label}, exchange {number} ({call})"


def _first_session(file: str) -> Session:
    return next(session for session in vectors.load() if session.file == file)


def _commands(session: Session) -> Iterator[str]:
    """Yield the lines that make tests/c/replay.c play this session."""
    yield "session"
    sequences: list[bytes] = []
    for exchange in session.exchanges:
        words = [exchange.op, exchange.report]
        if exchange.record is not None:
            words.append(str(exchange.record))
        yield " ".join([*words, *_replies(exchange, sequences)])


def _replies(exchange: Exchange, sequences: list[bytes]) -> Iterator[str]:
    """Yield the replies as words of that line; `sequences` are those of the requests so far."""
    before = len(sequences)
    for datagram in exchange.datagrams:
        if datagram.direction == "res":
            yield f"<{_with_stand_ins(datagram, sequences)}"
        else:
            if len(sequences) > before:
                yield "/"
            sequences.append(datagram.sequence)


def _with_stand_ins(reply: Datagram, sequences: list[bytes]) -> str:
    """Return the reply in hexadecimal, with stand-ins for a sequence number that was asked with."""
    text = reply.data.hex()
    for stand_in, asked in zip(["ss", "pp"], reversed(sequences), strict=False):
        if reply.sequence == asked:
            return f"{text[:32]}{4 * stand_in}{text[40:]}"
    return text


def _assert_equal(pairs: Iterable[tuple[str, object, object]]) -> None:
    """Compare (place, expected, got), and show the first that differ."""
    differing = [f"{p}: expected {e!r}, got {g!r}" for p, e, g in pairs if e != g]

    assert not differing, "\n".join([f"{len(differing)} differ", *differing[:20]])


def _pairs(
    replayed: list[Replayed],
    expected: Callable[[Field], object],
    got: Callable[[Field, Got], object],
) -> Iterator[tuple[str, object, object]]:
    """Yield a pair for each field of each record. That they are the same fields is one test."""
    for r in replayed:
        for field, got_field in zip(r.exchange.fields, r.got["fields"], strict=False):
            yield f"{r.place}, {field.name}", expected(field), got(field, got_field)


def _value(field: Field, got: Got) -> object:
    value = got[field.type]
    if field.type == "FLOAT":
        return float.fromhex(value)
    return tuple(value) if field.type == "TIMESPEC" else value


def test_no_vector_has_been_lost() -> None:
    exchanges = [exchange for session in vectors.load() for exchange in session.exchanges]

    assert len(exchanges) == 5_199
    assert sum(len(exchange.fields) for exchange in exchanges) == 28_395


def test_each_request_is_the_recorded_one_but_for_its_sequence_number(
    replayed: list[Replayed],
) -> None:
    def masked(request: str | None) -> str | None:
        return request and f"{request[:16]}--------{request[24:]}"

    recorded = ((r, [request.hex() for request in r.exchange.requests]) for r in replayed)

    _assert_equal(
        (f"{r.place}, request {number}", masked(expected), masked(got))
        for r, requests in recorded
        for number, (expected, got) in enumerate(zip_longest(requests, r.got["requests"]))
    )


def test_sequence_numbers_do_not_repeat(replayed: list[Replayed]) -> None:
    numbers = [request[16:24] for r in replayed for request in r.got["requests"]]

    assert len(numbers) - len(set(numbers)) <= 1  # of 2^32, two may be alike by chance


def test_each_call_that_asks_gives_the_recorded_error(replayed: list[Replayed]) -> None:
    _assert_equal((r.place, r.exchange.request_error, r.got["request_error"]) for r in replayed)


def test_each_answer_gives_the_recorded_error(replayed: list[Replayed]) -> None:
    _assert_equal((r.place, r.error, r.got["error"]) for r in replayed)


def test_each_report_has_the_recorded_number_of_records(replayed: list[Replayed]) -> None:
    counts = (r for r in replayed if r.exchange.records is not None)

    _assert_equal((r.place, r.exchange.records, r.got["records"]) for r in counts)


def test_each_record_has_the_recorded_fields_in_the_recorded_order(
    replayed: list[Replayed],
) -> None:
    records = (r for r in replayed if r.exchange.op == "record")

    _assert_equal(
        (
            r.place,
            [field.name for field in r.exchange.fields],
            [field["name"] for field in r.got["fields"]],
        )
        for r in records
    )


def test_each_field_has_the_recorded_type(replayed: list[Replayed]) -> None:
    _assert_equal(_pairs(replayed, lambda f: f.type, lambda _, got: TYPES[got["type"]]))


def test_each_field_has_the_recorded_content(replayed: list[Replayed]) -> None:
    _assert_equal(_pairs(replayed, lambda f: f.content, lambda _, got: CONTENTS[got["content"]]))


def test_each_field_has_the_recorded_value(replayed: list[Replayed]) -> None:
    _assert_equal(_pairs(replayed, lambda f: f.value, _value))


def test_each_value_of_an_enumeration_has_its_name_and_no_other_value_has_one(
    replayed: list[Replayed],
) -> None:
    def name(field: Field, got: Got) -> object:
        return got["constant"] if field.content != "FLAGS" else None

    _assert_equal(_pairs(replayed, lambda f: f.constant, name))


def test_each_flag_has_its_name_and_no_other_bit_has_one(replayed: list[Replayed]) -> None:
    def names(field: Field, got: Got) -> object:
        return tuple(got["flags"]) if field.content == "FLAGS" else ()

    _assert_equal(_pairs(replayed, lambda f: f.flags, names))


def test_each_getter_reads_nothing_from_a_field_of_another_type(replayed: list[Replayed]) -> None:
    def others(field: Field, values: Got) -> Got:
        return {getter: values[getter] for getter in NOTHING if getter != field.type}

    _assert_equal(_pairs(replayed, lambda f: others(f, NOTHING), others))


def test_each_field_is_found_by_its_name(replayed: list[Replayed]) -> None:
    _assert_equal(
        (
            r.place,
            [*range(len(r.exchange.fields)), -1],
            [*(field["index"] for field in r.got["fields"]), r.got["index_of_no_field"]],
        )
        for r in replayed
        if r.exchange.op == "record"
    )


def test_nothing_is_read_before_the_first_field_and_past_the_last(
    replayed: list[Replayed],
) -> None:
    _assert_equal((r.place, [NO_FIELD | NOTHING] * 2, r.got["outside"]) for r in replayed)


@pytest.mark.parametrize(
    ("position", "error"),
    [
        *((position, NO_ANSWER) for position in (*range(6), *range(16, 20))),
        *((position, 0) for position in (*range(10, 16), *range(20, 28))),  # padding
    ],
)
def test_a_reply_is_a_strangers_with_another_version_type_reserved_byte_command_or_sequence(
    replay: Path, position: int, error: int
) -> None:
    [exchange] = [e for e in _first_session("4.8").exchanges[:2] if e.op == "record"]
    text = _with_stand_ins(exchange.datagrams[1], [exchange.datagrams[0].sequence])
    octets = [text[i : i + 2] for i in range(0, len(text), 2)]
    octets[position] = "xx" if octets[position] == "ss" else f"{int(octets[position], 16) ^ 1:02x}"

    [got] = _run(replay, ["session", f"record tracking 0 <{''.join(octets)}"])

    assert got["error"] == error


def test_the_reports_are_those_of_the_vectors_and_none_is_outside(replay: Path) -> None:
    [got] = _run(replay, ["names"])
    recorded = {exchange.report for s in vectors.load() for exchange in s.exchanges if s.transport}

    before, *names, past = got["reports"]

    assert (before, past) == (None, None)
    assert len(names) == len(set(names))
    assert set(names) == recorded


def test_each_error_has_a_text_of_its_own_and_an_unknown_one_has_one_too(replay: Path) -> None:
    [got] = _run(replay, ["names"])

    unknown, *texts, past = got["errors"]

    assert len({unknown, *texts}) == ERRORS + 1
    assert past == unknown
    assert all(texts)
