"""What is expected of Python by a recorded answer."""

from __future__ import annotations

import math
import socket
from collections.abc import Iterable, Iterator
from dataclasses import Field as Attribute
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from pychrony import (
    ChronyDataError,
    ChronyError,
    ChronyPermissionError,
    ChronyTimeoutError,
    SelectState,
    Timestamping,
)
from tests.support.replay import RECORDS, Outcome, Player, Read
from tests.support.vectors import NO_ANSWER, Exchange, Field, Session

LISTS = ("sources", "sourcestats", "selectdata", "authdata", "ntpdata")
ABOUT_NTP_SOURCES = ("authdata", "ntpdata")

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


def assert_equal(pairs: Iterable[tuple[str, object, object]]) -> None:
    """Compare (place, expected, got), and show the first that differ."""
    all_pairs = list(pairs)
    differing = [f"{p}: expected {e!r}, got {g!r}" for p, e, g in all_pairs if e != g]

    assert all_pairs
    assert not differing, "\n".join([f"{len(differing)} differ", *differing[:20]])


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


def typed_records(reads: list[Read]) -> Iterator[tuple[Read, Any]]:
    for read in reads:
        if isinstance(read.outcome, list):
            yield from ((read, record) for record in read.outcome)


def has(record: Any, attribute: str) -> bool:
    return attribute in type(record).__dataclass_fields__


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
    """What was recorded of a list, and what Python made of the same datagrams."""

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
