"""The golden vectors of tests/vectors, as Python objects. Its README tells where they come from."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent.parent / "vectors"
NO_ANSWER = -1  # the error of an exchange in which nothing that came was accepted as the answer

Time = tuple[int, int]  # seconds and nanoseconds


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record."""

    name: str
    type: str
    """The name of a chrony_field_type without its prefix."""
    content: str
    """The name of a chrony_field_content without its prefix."""
    value: int | float | str | Time | None
    constant: str | None
    """What the value of an enumeration is called."""
    flags: tuple[str | None, ...]
    """What the bits set are called, from the lowest; None for one that has no name."""


@dataclass(frozen=True, slots=True)
class Datagram:
    direction: Literal["req", "res"]
    data: bytes

    @property
    def sequence(self) -> bytes:
        """The sequence number, or what there is of it in a reply cut short."""
        return self.data[8:12] if self.direction == "req" else self.data[16:20]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question to the library, the datagrams that it took, and the answer."""

    op: Literal["count", "record"]
    report: str
    record: int | None
    """The index asked for; None with op "count"."""
    datagrams: tuple[Datagram, ...]
    request_error: int
    """The chrony_err of the call that asks."""
    error: int
    """The chrony_err in the end, or NO_ANSWER."""
    records: int | None
    """How many records there are; None with op "record"."""
    fields: tuple[Field, ...]

    @property
    def requests(self) -> tuple[bytes, ...]:
        return tuple(datagram.data for datagram in self.datagrams if datagram.direction == "req")


@dataclass(frozen=True, slots=True)
class SourceName:
    """A request for a source's name, which libchrony does not know, and its reply if one came."""

    label: str
    request: bytes
    reply: bytes | None


@dataclass(frozen=True, slots=True)
class Session:
    """Exchanges that follow each other on one chrony_session."""

    file: str
    """The chronyd's version, or "synthetic"."""
    label: str
    transport: str | None
    """ "unix" or "udp"; None if synthetic."""
    scenario: str | None
    """How the chronyd was set up; None if synthetic."""
    exchanges: tuple[Exchange, ...]
    source_names: tuple[SourceName, ...]


def files() -> list[str]:
    """Return what `Session.file` may be."""
    return sorted(path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz"))


@cache
def load() -> list[Session]:
    """Return all sessions, with right values also where libchrony 0.2 gave wrong ones."""
    return [session for file in files() for session in _load_file(file)]


def _load_file(file: str) -> list[Session]:
    lines = gzip.decompress((FOLDER / f"{file}.jsonl.gz").read_bytes()).splitlines()
    return [_session(file, json.loads(line)) for line in lines]


def _session(file: str, raw: dict[str, Any]) -> Session:
    transport, scenario = raw.get("transport"), raw.get("scenario")
    return Session(
        file=file,
        label=raw.get("label") or f"{transport} {scenario}",
        transport=transport,
        scenario=scenario,
        exchanges=tuple(_exchange(exchange) for exchange in raw["exchanges"]),
        source_names=tuple(_source_name(*name) for name in raw.get("source_names", [])),
    )


def _source_name(label: str, request: str, reply: str | None) -> SourceName:
    return SourceName(
        label, bytes.fromhex(request), None if reply is None else bytes.fromhex(reply)
    )


def _exchange(raw: dict[str, Any]) -> Exchange:
    return Exchange(
        op=raw["op"],
        report=raw["report"],
        record=raw.get("record"),
        datagrams=tuple(
            Datagram(direction, bytes.fromhex(data)) for direction, data in raw["datagrams"]
        ),
        request_error=raw.get("request_error", 0),
        error=raw["error"],
        records=raw.get("records"),
        fields=_fields(raw),
    )


def _fields(raw: dict[str, Any]) -> tuple[Field, ...]:
    """Return none without an answer, when libchrony 0.2 shows those of whatever it read before."""
    if raw["error"] == NO_ANSWER:
        return ()
    return tuple(_field(raw["report"], *field) for field in raw.get("fields", []))


def _field(
    report: str,
    name: str,
    type_: str,
    content: str,
    value: Any,
    names: str | list[str | None] | None = None,
) -> Field:
    return Field(
        name=name,
        type=type_,
        content=content,
        value=_right_value(report, name, _value(type_, value)),
        constant=names if isinstance(names, str) else None,
        flags=_right_flags(report, names) if isinstance(names, list) else (),
    )


def _value(type_: str, value: Any) -> int | float | str | Time | None:
    """Return what JSON has no type for: a time, and a floating-point number that is whole."""
    if type_ == "TIMESPEC":
        return (value[0], value[1])
    return float(value) if type_ == "FLOAT" else value


def _right_value(
    report: str, name: str, value: int | float | str | Time | None
) -> int | float | str | Time | None:
    if (report, name) == ("sources", "poll") and isinstance(value, int) and value >= 0x8000:
        return value - 0x10000
    if isinstance(value, tuple) and value[0] >> 32 == 0x7FFFFFFF:
        return (value[0] & 0xFFFFFFFF, value[1])  # of a chronyd with seconds of 32 bits
    return value


def _right_flags(report: str, names: list[str | None]) -> tuple[str | None, ...]:
    """Swap the names of two bits of ntpdata, which libchrony 0.2 has the wrong way round."""
    if report != "ntpdata":
        return tuple(names)
    swapped = {"testB": "testC", "testC": "testB"}
    return tuple(name if name is None else swapped.get(name, name) for name in names)
