"""Every recorded answer, through Python, on whichever library is linked."""

from __future__ import annotations

import math
import pickle
import socket
from collections.abc import Callable, Iterable, Iterator
from dataclasses import Field as Attribute
from dataclasses import FrozenInstanceError, dataclass, fields
from enum import Enum, Flag
from typing import Any

import pytest

from pychrony import (
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
    NTPTests,
    SelectState,
    Timestamping,
)
from tests.support.many_sources import refusal
from tests.support.replay import (
    COMMANDS_BY_INDEX,
    COUNT,
    READERS,
    RECORDS,
    Outcome,
    Player,
    Read,
    attempt,
    can_be_asked_for,
    command_of,
    connect,
    read_as_only_ones,
)
from tests.support.replies import ReplyServer
from tests.support.vectors import NO_ANSWER, Exchange, Field, Session, load

LISTS = ("sources", "sourcestats", "selectdata", "authdata", "ntpdata")
ABOUT_NTP_SOURCES = ("authdata", "ntpdata")
SINCE = {
    "smoothing": "2.1",
    "serverstats": "2.3",
    "ntpdata": "3.0",
    "authdata": "4.0",
    "selectdata": "4.0",
}

# libchrony's error codes, and what they are in Python.
DISABLED, REFUSED, TOO_OLD = 10, 11, 12
KINDS: dict[int, type[ChronyError]] = {
    NO_ANSWER: ChronyTimeoutError,
    7: ChronyDataError,
    9: ChronyPermissionError,
    DISABLED: ChronyDataError,
    REFUSED: ChronyDataError,
    TOO_OLD: ChronyDataError,
    13: ChronyDataError,
    14: ChronyDataError,
}

# Where a member is not called what libchrony calls the value.
OTHER_NAMES = {
    "insert second": "INSERT",
    "delete second": "DELETE",
    "reference clock": "REFCLOCK",
    "missing selectable sources": "MISSING_SELECTABLE",
}
UNSYNCHRONIZED = ("UNSYNC", "NOT_SYNCHRONIZED")

HEADER = 28  # of a reply; a request's payload begins at 20


@pytest.fixture(scope="module")
def server() -> Iterator[ReplyServer]:
    with ReplyServer(Player()) as server:
        yield server


@pytest.fixture(scope="module")
def plain_reads(server: ReplyServer) -> list[Read]:
    """Read each recorded record by its index and libchrony's names."""
    return [read for session in load() for read in read_plainly(server, session)]


def read_plainly(server: ReplyServer, session: Session) -> Iterator[Read]:
    server.reply = player = Player()
    with connect(server) as connection, connect(server, silent=True) as hasty:
        for exchange in session.exchanges:
            player.learn(exchange)
            if not can_be_asked_for(exchange):
                continue
            link = hasty if exchange.error == NO_ANSWER else connection
            question = exchange.report, exchange.record or 0
            yield Read(session, exchange, attempt(lambda c=link, q=question: c.read_record(*q)))


@pytest.fixture(scope="module")
def typed_reads(server: ReplyServer) -> list[Read]:
    """Read each recorded record as the only one of its report."""
    return [read for session in load() for read in read_as_only_ones(server, session)]


def assert_equal(pairs: Iterable[tuple[str, object, object]]) -> None:
    """Compare (place, expected, got), and show the first that differ."""
    all_pairs = list(pairs)
    differing = [f"{p}: expected {e!r}, got {g!r}" for p, e, g in all_pairs if e != g]

    assert all_pairs
    assert not differing, "\n".join([f"{len(differing)} differ", *differing[:20]])


# By libchrony's names.


def plain_value(field: Field) -> int | float | str:
    if isinstance(field.value, tuple):
        return field.value[0] * 10**9 + field.value[1]
    return "" if field.value is None else field.value


def test_read_record_gives_what_was_recorded_field_by_field(plain_reads: list[Read]) -> None:
    good = (read for read in plain_reads if read.exchange.error == 0)

    assert_equal(
        (read.place, [(f.name, plain_value(f)) for f in read.exchange.fields], items(read.outcome))
        for read in good
    )


def items(outcome: Outcome) -> object:
    return list(outcome.items()) if isinstance(outcome, dict) else outcome


def test_no_recorded_record_is_left_out(plain_reads: list[Read], typed_reads: list[Read]) -> None:
    records = [e for s in load() for e in s.exchanges if e.op == "record"]
    refused_beforehand = [e for e in records if e.report == "nosuch" or e.record == -1]

    assert len(plain_reads) == len(records) - len(refused_beforehand) > 3500
    assert len(typed_reads) == len([r for r in plain_reads if not r.exchange.request_error])
    assert len(refused_beforehand) == 3


@pytest.mark.parametrize(("report", "index"), [("nosuch", 0), ("Tracking", 0), ("sources", -1)])
def test_a_report_or_index_that_cannot_be_is_refused_beforehand(
    server: ReplyServer, report: str, index: int
) -> None:
    with connect(server) as connection, pytest.raises(ValueError, match=r"report|index"):
        connection.read_record(report, index)


@pytest.mark.parametrize("way", ["plain", "typed"])
def test_each_error_is_the_exception_of_its_code_and_tells_report_and_address(
    way: str, server: ReplyServer, request: pytest.FixtureRequest
) -> None:
    reads: list[Read] = request.getfixturevalue(f"{way}_reads")
    failed = [read for read in reads if read.exchange.error]
    if way == "typed":
        failed = [read for read in failed if not is_nothing_to_report(read.exchange)]

    assert_equal((r.place, expected_error(r.exchange), kind_and_code(r.outcome)) for r in failed)
    for read in failed:
        assert server.address in str(read.outcome)
        assert read.exchange.error == NO_ANSWER or read.exchange.report in str(read.outcome)


def is_nothing_to_report(exchange: Exchange) -> bool:
    return exchange.report in ("rtcdata", "smoothing") and exchange.error == DISABLED


def expected_error(exchange: Exchange) -> object:
    return KINDS[exchange.error], None if exchange.error == NO_ANSWER else exchange.error


def kind_and_code(outcome: Outcome) -> object:
    return (type(outcome), outcome.error_code) if isinstance(outcome, ChronyError) else outcome


# As typed records.


def expected_records(read: Read) -> list[dict[str, Field]]:
    """Return the records of a list of one: none for a reference clock that there is nothing of."""
    return [read.recorded | address_of(read)] if read.exchange.fields else []


def address_of(read: Read) -> dict[str, Field]:
    """Return the address that a record is about, from the request for it."""
    if read.exchange.report not in ABOUT_NTP_SOURCES:
        return {}
    packed = read.exchange.requests[-1][20:40]
    return {"address": Field("address", "STRING", "ADDRESS", address_text(packed), None, ())}


def address_text(packed: bytes) -> str | None:
    family = int.from_bytes(packed[16:18], "big")
    if family == 0:
        return None
    if family == 3:
        return f"ID#{int.from_bytes(packed[:4], 'big'):010}"
    lengths = {1: (socket.AF_INET, 4), 2: (socket.AF_INET6, 16)}
    if family not in lengths:
        return "?"
    socket_family, length = lengths[family]
    return socket.inet_ntop(socket_family, packed[:length])


def reference_id_text(reference_id: int) -> str:
    if reference_id == 0x7F7F0101:
        return "LOCAL"
    text = reference_id.to_bytes(4, "big").rstrip(b"\0")
    printable = all(0x21 <= byte <= 0x7E for byte in text)
    return text.decode("ascii") if printable else f"{reference_id:08X}"


def expected_value(attribute: Attribute[Any], recorded: dict[str, Field]) -> object:
    """Return what an attribute should be, by what it says of itself and what was recorded."""
    names = attribute.metadata["libchrony"]
    found = [
        recorded[n] for n in (names if isinstance(names, tuple) else (names,)) if n in recorded
    ]
    if not found:
        return None  # this chronyd has no such field
    if found[0].type == "STRING" and found[0].value is None:  # no address
        found = found[1:]
    if not found:
        return None if "None" in str(attribute.type) else ""
    return converted(attribute, found[0])


def converted(attribute: Attribute[Any], field: Field) -> object:
    value, metadata, type_ = field.value, attribute.metadata, attribute.type
    if isinstance(value, tuple):
        if value == (0, 0) and "never" in metadata:
            return None
        return value[0] * 10**9 + value[1] if metadata["unit"] == "ns" else Seconds(*value)
    if value in metadata.get("never", ()):
        return None
    if isinstance(value, int) and "bits" in metadata:
        value &= metadata["bits"]
    if type_ is str and isinstance(value, int):
        return reference_id_text(value)
    if isinstance(value, int) and type_ in (SelectState, Timestamping):
        return chr(value)
    return bool(value) if type_ is bool else value


@dataclass(frozen=True)
class Seconds:
    """Equal to a float as near as a float can be."""

    seconds: int
    nanoseconds: int

    def __eq__(self, other: object) -> bool:
        near = self.seconds + self.nanoseconds / 1e9
        return isinstance(other, float) and math.isclose(other, near, rel_tol=1e-15)


def attributes_of(report: str) -> list[Attribute[Any]]:
    """Return those that libchrony reports: all but the name."""
    return [a for a in fields(RECORDS[report]) if "libchrony" in a.metadata]


def value_pairs(
    place: str, report: str, expected: list[dict[str, Field]], outcome: Outcome
) -> Iterator[tuple[str, object, object]]:
    """Yield the length of a list, and each attribute of each of its records."""
    records = outcome if isinstance(outcome, list) else []
    yield place, len(expected), len(records) if isinstance(outcome, list) else outcome
    for recorded, record in zip(expected, records, strict=False):
        assert type(record) is RECORDS[report]
        for attribute in attributes_of(report):
            got = getattr(record, attribute.name)
            plain = got.value if isinstance(got, Enum) else got
            yield f"{place}, {attribute.name}", expected_value(attribute, recorded), plain


def test_each_attribute_is_the_recorded_value_as_its_metadata_says(
    typed_reads: list[Read],
) -> None:
    good = [read for read in typed_reads if read.exchange.error == 0]

    assert_equal(
        pair
        for read in good
        for pair in value_pairs(
            read.place, read.exchange.report, expected_records(read), read.outcome
        )
    )


def test_each_attribute_has_its_declared_type(typed_reads: list[Read]) -> None:
    for read, record in typed_records(typed_reads):
        for attribute in fields(record):
            value = getattr(record, attribute.name)
            assert isinstance(value, type_of(attribute)), (read.place, attribute.name)
            assert not (isinstance(value, float) and math.isnan(value))
            assert attribute.type is not int or type(value) is int


def type_of(attribute: Attribute[Any]) -> Any:
    """Return the annotation, which is a type, or a union of them, and no text."""
    assert not isinstance(attribute.type, str)
    return attribute.type


def typed_records(reads: list[Read]) -> Iterator[tuple[Read, Any]]:
    for read in reads:
        if isinstance(read.outcome, list):
            yield from ((read, record) for record in read.outcome)


def test_each_member_of_an_enumeration_is_called_what_libchrony_calls_the_value(
    typed_reads: list[Read],
) -> None:
    assert_equal(
        (f"{read.place}, {attribute.name}", member_name(field), getattr(record, attribute.name))
        for read, record in typed_records(typed_reads)
        for attribute in attributes_of(read.exchange.report)
        if is_enumeration(attribute) and not is_flags(attribute)
        for field in [read.recorded[attribute.metadata["libchrony"]]]
        if field.constant
    )


def is_enumeration(attribute: Attribute[Any]) -> bool:
    return isinstance(attribute.type, type) and issubclass(attribute.type, Enum)


def is_flags(attribute: Attribute[Any]) -> bool:
    return isinstance(attribute.type, type) and issubclass(attribute.type, Flag)


@dataclass(frozen=True)
class Named:
    """Equal to a member of that name."""

    names: tuple[str, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Enum) and other.name in self.names


def member_name(field: Field) -> Named:
    constant = field.constant or ""
    if constant == "not synchronized":
        return Named(UNSYNCHRONIZED)
    upper = constant.upper().replace(" ", "_").replace("-", "_")
    return Named((OTHER_NAMES.get(constant, upper),))


def test_a_value_that_libchrony_has_no_name_for_is_no_known_member(
    typed_reads: list[Read],
) -> None:
    unknown = [
        getattr(record, attribute.name)
        for read, record in typed_records(typed_reads)
        for attribute in attributes_of(read.exchange.report)
        if is_enumeration(attribute) and not is_flags(attribute)
        if not read.recorded[attribute.metadata["libchrony"]].constant
    ]

    assert unknown
    # NONE is ours: the value before there is one.
    assert {member.name for member in unknown if member.is_known()} == {"NONE"}


def test_each_flag_is_called_what_chronyd_means_by_the_bit(typed_reads: list[Read]) -> None:
    assert_equal(
        (f"{read.place}, {attribute.name}", expected, got)
        for read, record in typed_records(typed_reads)
        for attribute in attributes_of(read.exchange.report)
        if is_flags(attribute) or "bits" in attribute.metadata
        for expected, got in [flag_names(read, record, attribute)]
    )


def flag_names(read: Read, record: Any, attribute: Attribute[Any]) -> tuple[object, object]:
    names = {name for name in read.recorded[attribute.metadata["libchrony"]].flags if name}
    value = getattr(record, attribute.name)
    if isinstance(value, bool):
        return attribute.name.replace("_", "") in names, value
    of_others = {"interleaved", "authenticated"}
    members = {member.name for member in type(value) if member in value}
    return {name.upper() for name in names - of_others}, members


def test_tests_b_and_c_are_chronyds_and_a_poll_below_a_second_is_negative(
    typed_reads: list[Read],
) -> None:
    polls = {record.poll for read, record in typed_records(typed_reads) if has(record, "poll")}
    tests = {record.tests for read, record in typed_records(typed_reads) if has(record, "tests")}

    assert -2 in polls
    assert (NTPTests.TESTB.value, NTPTests.TESTC.value) == (0x4, 0x2)
    assert {NTPTests.TESTB in t for t in tests} == {NTPTests.TESTC in t for t in tests}
    assert {NTPTests.TESTB in t for t in tests} == {True, False}


def has(record: Any, attribute: str) -> bool:
    return attribute in type(record).__dataclass_fields__


def test_a_record_that_was_read_is_like_one_that_was_made(typed_reads: list[Read]) -> None:
    for read, record in typed_records(typed_reads):
        made = RECORDS[read.exchange.report](
            **{attribute.name: getattr(record, attribute.name) for attribute in fields(record)}
        )
        assert record == made
        assert hash(record) == hash(made)
        assert pickle.loads(pickle.dumps(record)) == made
        with pytest.raises(FrozenInstanceError):
            setattr(record, fields(record)[0].name, None)


def test_the_kind_of_a_source_is_told(typed_reads: list[Read]) -> None:
    def kind(read: Read) -> object:
        if read.exchange.report == "sources":
            return read.recorded["mode"].value == 2
        if read.exchange.report in ("sourcestats", "selectdata"):
            return read.recorded["address"].value is None
        return False

    about_sources = [(r, x) for r, x in typed_records(typed_reads) if has(x, "address")]

    assert_equal((read.place, kind(read), x.is_reference_clock()) for read, x in about_sources)
    assert_equal(
        (read.place, not x.address.startswith("ID#0"), x.is_resolved())
        for read, x in about_sources
        if read.session.transport  # no chronyd has numbers as large as the synthetic ones
    )


def test_nothing_to_report_is_none(server: ReplyServer, typed_reads: list[Read]) -> None:
    disabled = [read for read in typed_reads if is_nothing_to_report(read.exchange)]

    assert_equal((read.place, [], read.outcome) for read in disabled)


# Each libchrony field has its attribute.


@pytest.mark.parametrize("report", RECORDS)
def test_each_field_that_is_not_reserved_has_an_attribute_and_no_other_name_is_meant(
    report: str,
) -> None:
    recorded = {
        field.name
        for session in load()
        for exchange in session.exchanges
        if exchange.report == report
        for field in exchange.fields
        if not field.name.startswith("reserved")
    }
    meant: set[str] = set()
    for attribute in attributes_of(report):
        names = attribute.metadata["libchrony"]
        meant |= set(names if isinstance(names, tuple) else (names,))
    if report in ABOUT_NTP_SOURCES:
        meant.discard("address")  # told by the look-up before

    assert meant == recorded


@pytest.mark.parametrize("report", RECORDS)
def test_only_the_name_is_not_libchronys(report: str) -> None:
    others = {a.name for a in fields(RECORDS[report])} - {a.name for a in attributes_of(report)}

    assert others == ({"name"} if report in LISTS else set())


@pytest.mark.parametrize("report", RECORDS)
def test_an_attribute_may_be_none_only_where_some_answer_has_no_such_value(
    report: str, typed_reads: list[Read]
) -> None:
    absent = {
        attribute.name
        for read, record in typed_records(typed_reads)
        if read.exchange.report == report
        for attribute in attributes_of(report)
        if getattr(record, attribute.name) is None
    }
    optional = {a.name for a in attributes_of(report) if "None" in str(a.type)}

    assert absent == optional


# Whole lists, as each recorded chronyd gave them.


def recorded_sessions() -> list[Session]:
    return [session for session in load() if session.transport]


def exchanges_of(session: Session, report: str) -> list[Exchange]:
    """Return those for the records that were counted; more were asked for."""
    of_report = [e for e in session.exchanges if e.report == report]
    count = next(e.records or 0 for e in of_report if e.op == "count")
    return [e for e in of_report if e.op == "record"][:count]


def known_session(session: Session, report: str = "sources") -> Player:
    """Return who knows the count and the records of a report, and the names of the sources."""
    player = Player()
    for exchange in session.exchanges:
        if exchange.report == report:
            player.learn(exchange)
    for name in session.source_names:
        if not name.label.startswith("length"):
            player.learn_name(name)
    return player


@dataclass(frozen=True)
class ListRead:
    session: Session
    report: str
    outcome: Outcome

    @property
    def error(self) -> int:
        """The first error among the records."""
        return next((e.error for e in self.exchanges if e.error), 0)

    @property
    def exchanges(self) -> list[Exchange]:
        return exchanges_of(self.session, self.report)

    @property
    def expected(self) -> list[dict[str, Field]]:
        reads = (Read(self.session, exchange, []) for exchange in self.exchanges)
        return [record for read in reads for record in expected_records(read)]


@pytest.fixture(scope="module")
def list_reads(server: ReplyServer) -> list[ListRead]:
    reads = []
    for session in recorded_sessions():
        for report in LISTS:
            server.reply = known_session(session, report)
            silent = any(e.error == NO_ANSWER for e in exchanges_of(session, report))
            with connect(server, silent=silent) as connection:
                outcome = attempt(lambda c=connection, r=READERS[report]: r(c))
            reads.append(ListRead(session, report, outcome))
    return reads


def test_each_list_holds_the_recorded_records_in_their_order(list_reads: list[ListRead]) -> None:
    good = [read for read in list_reads if not read.error]

    assert max(len(read.expected) for read in good) == 16
    assert_equal(
        pair
        for read in good
        for pair in value_pairs(
            f"{read.session.file}, {read.session.label}, {read.report}",
            read.report,
            read.expected,
            read.outcome,
        )
    )


def test_a_list_of_which_a_record_is_refused_is_an_error(list_reads: list[ListRead]) -> None:
    failed = [read for read in list_reads if read.error]

    assert {read.error for read in failed} == {NO_ANSWER, 9, TOO_OLD}
    assert_equal(
        (f"{read.session.label}, {read.report}", KINDS[read.error], type(read.outcome))
        for read in failed
    )


def test_authdata_and_ntpdata_are_about_the_ntp_sources_alone(list_reads: list[ListRead]) -> None:
    by_place = {
        (read.session.file, read.session.label, read.report): read.outcome for read in list_reads
    }
    for (file, label, report), outcome in by_place.items():
        sources = by_place[file, label, "sources"]
        if report in ABOUT_NTP_SOURCES and isinstance(outcome, list) and isinstance(sources, list):
            ntp = [source.address for source in sources if not source.is_reference_clock()]
            assert [record.address for record in outcome] == ntp


@pytest.mark.parametrize("report", LISTS)
def test_each_recorded_count_is_believed_as_far_as_it_can_be_true(
    report: str, server: ReplyServer
) -> None:
    any_record = next(
        e for s in load() for e in s.exchanges if e.report == report and e.fields and not e.error
    )
    for exchange in counts_of(report):
        server.reply = asked_for_any_index(exchange, any_record)
        with connect(server, silent=exchange.error == NO_ANSWER) as connection:
            outcome = attempt(lambda c=connection: READERS[report](c))
        assert isinstance(outcome, ChronyError) == (
            not 0 <= (exchange.records or 0) < 65536 or exchange.error != 0
        )
        if isinstance(outcome, ChronyError):
            assert type(outcome) is KINDS[exchange.error or 14]
        else:
            assert len(outcome) == exchange.records


def counts_of(report: str) -> list[Exchange]:
    """Return the recorded counts that differ."""
    exchanges = [
        e
        for s in load()
        for e in s.exchanges
        if (e.op, e.report) == ("count", report) and e.datagrams and not s.transport
    ]
    return list({(e.error, e.records): e for e in exchanges}.values())


def asked_for_any_index(count: Exchange, record: Exchange) -> Callable[[bytes], Iterable[bytes]]:
    """Return who answers each request for a record with the same one."""
    counted, recorded = Player(), Player()
    counted.learn(count)
    recorded.learn(record, at_index=0)

    def reply(request: bytes) -> Iterable[bytes]:
        if command_of(request) == COUNT:
            return counted(request)
        if command_of(request) in COMMANDS_BY_INDEX:
            return recorded(request[:20] + bytes(4) + request[24:])
        return recorded(request)

    return reply


# Old daemons.


def test_a_report_that_chronyd_is_too_old_for_names_the_version_that_has_it(
    typed_reads: list[Read], list_reads: list[ListRead]
) -> None:
    too_old = [
        (read.exchange.report, read.outcome)
        for read in typed_reads
        if read.exchange.error == TOO_OLD and read.exchange.report in SINCE
    ]
    too_old += [(read.report, read.outcome) for read in list_reads if read.error == TOO_OLD]

    assert {"authdata", "ntpdata", "selectdata"} <= {report for report, _ in too_old}
    for report, outcome in too_old:
        assert type(outcome) is ChronyDataError
        assert f"too old for this report, which it has since {SINCE[report]}" in str(outcome)


@pytest.mark.parametrize(
    ("file", "report", "absent"),
    [
        ("2.4", "serverstats", "nts_ke ntp_authenticated ntp_interleaved ntp_timestamp served"),
        ("3.5", "serverstats", "nts_ke ntp_authenticated ntp_interleaved ntp_timestamp served"),
        ("4.0", "serverstats", "ntp_interleaved ntp_timestamp served"),
        ("4.2", "serverstats", "served"),
        ("4.5", "serverstats", ""),
        ("3.5", "ntpdata", "rx_good kernel hardware"),
        ("4.2", "ntpdata", "rx_good kernel hardware"),
        ("debian-4.3", "ntpdata", "kernel hardware"),
        ("4.5", "ntpdata", "kernel hardware"),
        ("4.8", "ntpdata", ""),
    ],
)
def test_what_a_version_lacks_is_none(
    file: str, report: str, absent: str, typed_reads: list[Read]
) -> None:
    records = [
        record
        for read, record in typed_records(typed_reads)
        if (read.session.file, read.exchange.report) == (file, report)
    ]

    assert records
    for record in records:
        if has(record, "ref_time_ns") and record.ref_time_ns is None:
            continue  # no response yet
        none = {a.name for a in fields(record) if getattr(record, a.name) is None} - {"name"}
        starts = tuple(absent.split())
        lacking = {a.name for a in fields(record) if starts and a.name.startswith(starts)}
        assert none == lacking


@pytest.mark.parametrize("file", ["2.1.1", "2.4", "4.8"])
def test_before_the_first_sample_its_age_is_none(file: str, list_reads: list[ListRead]) -> None:
    ages = [
        source.last_sample_ago
        for read in list_reads
        if (read.session.file, read.report) == (file, "sources") and isinstance(read.outcome, list)
        for source in read.outcome
    ]

    assert None in ages
    assert all(age is None or age < 100_000 for age in ages)


# Names, which libchrony does not know.


def name_in(reply: bytes | None) -> str | None:
    """Return the name in a recorded reply, None in a refusal."""
    if reply is None or reply[8:10] != b"\0\0":
        return None
    return reply[HEADER:].partition(b"\0")[0].decode()


def names_of(session: Session) -> dict[str | None, str | None]:
    """Return the recorded names by the address that they were asked for."""
    return {
        address_text(name.request[20:40]): name_in(name.reply)
        for name in session.source_names
        if not name.label.startswith("length")
    }


def sessions_with_names() -> list[Session]:
    """Return those in which requests for names were answered, be it with a refusal."""
    return [s for s in load() if any(name.reply for name in s.source_names)]


def test_each_ntp_source_has_the_recorded_name(server: ReplyServer) -> None:
    found: list[tuple[str, object, object]] = []
    for session in sessions_with_names():
        server.reply, names = known_session(session), names_of(session)
        with connect(server) as connection:
            sources = connection.get_sources(names=True)
        for source in sources:
            expected = None if source.is_reference_clock() else names[source.address]
            found.append((f"{session.file}, {source.address}", expected, source.name))

    assert len(sessions_with_names()) > 20
    assert_equal(found)
    assert {"vm", "nosuch.invalid", "127.0.0.2", "::1", None} <= {name for *_, name in found}


@pytest.mark.parametrize("report", LISTS[1:])
def test_every_list_can_have_names(report: str, server: ReplyServer) -> None:
    [session] = [s for s in load() if (s.file, s.label) == ("4.8", "unix client")]
    server.reply, names = known_session(session, report), names_of(session)
    reader: Callable[..., list[Any]] = READERS[report]
    with connect(server) as connection:
        records = reader(connection, names=True)
        without = reader(connection)

    assert_equal(
        (r.address, None if r.is_reference_clock() else names[r.address], r.name) for r in records
    )
    assert {record.name for record in without} == {None}


def test_each_request_for_a_name_is_the_recorded_one_but_for_its_sequence_number(
    server: ReplyServer,
) -> None:
    [session] = [s for s in load() if (s.file, s.label) == ("4.8", "unix client")]
    player, requests = known_session(session), set[bytes]()

    def reply(request: bytes) -> Iterable[bytes]:
        requests.add(request[:8] + request[12:])
        return player(request)

    server.reply = reply
    with connect(server) as connection:
        sources = connection.get_sources(names=True)

    recorded = {
        name.request[:8] + name.request[12:]
        for name in session.source_names
        if name_in(name.reply) and not name.label.startswith("length")
    }
    assert {request for request in requests if command_of(request) == 65} == recorded
    assert len(recorded) == len([s for s in sources if not s.is_reference_clock()])


def test_a_source_that_has_gone_meanwhile_has_no_name(server: ReplyServer) -> None:
    [session] = [s for s in load() if (s.file, s.label) == ("4.8", "unix client")]
    player = known_session(session)
    [gone] = [n for n in session.source_names if "unknown IPv4" in n.label]
    at_gone = gone.request[20:40]

    def reply(request: bytes) -> Iterable[bytes]:
        if command_of(request) == 65 and request[20:24] == bytes([127, 0, 0, 3]):
            return player(request[:20] + at_gone + request[40:])
        return player(request)

    server.reply = reply
    with connect(server) as connection:
        names = {source.address: source.name for source in connection.get_sources(names=True)}

    assert names["127.0.0.3"] is None
    assert names["127.0.0.2"] == "127.0.0.2"
    assert names["127.0.0.4"] == "127.0.0.4"


@pytest.mark.parametrize("status", [4, 5, 6, 13, 15, 18])
def test_a_chronyd_that_refuses_a_name_gives_the_sources(status: int, server: ReplyServer) -> None:
    [session] = [s for s in load() if (s.file, s.label) == ("4.8", "unix client")]
    player = known_session(session)

    def reply(request: bytes) -> Iterable[bytes]:
        return [refusal(request, status)] if command_of(request) == 65 else player(request)

    server.reply = reply
    with connect(server) as connection:
        assert {source.name for source in connection.get_sources(names=True)} == {None}
