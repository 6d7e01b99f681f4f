"""Names of sources, which libchrony does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.support.expected_values import LISTS, address_text, assert_equal, known_session
from tests.support.many_sources import refusal
from tests.support.replay import READERS, command_of, connect
from tests.support.reply_servers import ReplyServer
from tests.support.vectors import Session, load

HEADER = 28  # of a reply; a request's payload begins at 20


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
