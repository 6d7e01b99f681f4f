"""The simulated chronyd answers the recorded requests as the real ones did, byte for byte.

It has the records to report that Python reads from the recordings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pychrony.testing import SimulatedChronyd, make_source
from tests.support.bare_client import client_of
from tests.support.chronyd import temporary_directory
from tests.support.extreme_records import ATTRIBUTES, LISTS
from tests.support.replay import SOURCESTATS, Player, Read, command_of, read_as_only_ones
from tests.support.reply_servers import ReplyServer
from tests.support.vectors import Session, load

SESSIONS = [s for s in load() if s.transport and s.file != "2.1.1"]  # older than what is simulated
# The only session whose chrony.conf had opencommands, and what they were.
OPENED = {("4.8", "udp peer"): ("activity", "tracking", "serverstats", "authdata", "ntpdata")}
HEADER = 28  # of a reply
ADDRESS_BYTES = 18


@dataclass(frozen=True)
class Answer:
    """What a real chronyd answered, and the simulated one."""

    place: str
    recorded: bytes
    simulated: bytes

    @property
    def code(self) -> int:
        return int.from_bytes(self.recorded[6:8], "big")


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    with ReplyServer(Player()) as server:
        reads = {session: list(read_as_only_ones(server, session)) for session in SESSIONS}
    with temporary_directory() as folder:
        path = folder / "s"
        return [each for session in SESSIONS for each in simulate(session, reads[session], path)]


def simulate(session: Session, reads: list[Read], path: Path) -> Iterator[Answer]:
    """Yield the answers to all requests of a session but the look-ups of addresses.

    Those are in sourcestats, whose numbers had moved on since that report was read.
    """
    version = session.file.removeprefix("debian-")
    address = path if session.transport == "unix" else "127.0.0.1"
    opened = OPENED.get((session.file, session.label))
    with (
        SimulatedChronyd(version=version, address=address, open_commands=opened) as server,
        client_of(server.address) as client,
    ):
        for name, records in records_of(session, reads).items():
            setattr(server, name, records)
        for exchange in session.exchanges:
            if not exchange.datagrams:
                continue
            request, reply = (datagram.data for datagram in exchange.datagrams[-2:])
            is_look_up = exchange.report != "sourcestats" and command_of(request) == SOURCESTATS
            if not is_look_up or len(reply) == HEADER:
                place = f"{session.file}, {session.label}, {exchange.report} {exchange.record}"
                yield Answer(place, reply, client.ask(request))
        for asked in session.source_names:
            place = f"{session.file}, {session.label}, {asked.label}"
            if asked.reply is None:
                client.send(asked.request)  # whose answer would be taken for that to the next
            else:
                yield Answer(place, asked.reply, client.ask(asked.request))


def records_of(session: Session, reads: list[Read]) -> dict[str, Any]:
    """Return what was read in a session, by attribute; None for what is not enabled."""
    names = names_of(session)
    found: dict[str, Any] = {name: [] if name in LISTS else None for name in ATTRIBUTES.values()}
    for read in reads:
        name, records = ATTRIBUTES[read.exchange.report], read.outcome
        if not isinstance(records, list):
            continue
        if name == "sources":
            address = read.exchange.datagrams[-1].data[HEADER:][:ADDRESS_BYTES]
            records = [replace(record, name=names.get(address)) for record in records]
        if name in LISTS:
            found[name] += records
        else:
            found[name] = records[0] if records else None
    if not found["sources"]:  # they could be counted, but not read
        counts = [e.records for e in session.exchanges if e.report == "sources"]
        found["sources"] = [make_source()] * (counts[0] or 0)
    return found


def names_of(session: Session) -> dict[bytes, str]:
    """Return the names that the daemon had for its sources, by the addresses in requests."""
    replies = ((name.request, name.reply or b"") for name in session.source_names)
    return {
        request[20:][:ADDRESS_BYTES]: reply[HEADER:].rstrip(b"\0").decode()
        for request, reply in replies
        if len(reply) > HEADER
    }


def test_each_answer_is_the_recorded_one(answers: list[Answer]) -> None:
    differing = [
        f"{answer.place}:\n{answer.recorded.hex()}\n{answer.simulated.hex()}"
        for answer in answers
        if answer.recorded != answer.simulated
    ]

    assert not differing, "\n".join([f"{len(differing)} of {len(answers)} differ", *differing[:10]])


def test_every_layout_of_every_report_was_compared(answers: list[Answer]) -> None:
    codes = {answer.code for answer in answers}

    # chronyd-protocol.md 6; no test machine has an RTC, whose code is 7.
    assert codes == {1, 2, 3, 5, 6, 12, 13, 14, 16, 19, 20, 22, 23, 24, 25, 26}
    assert len(answers) > 3000
