"""All recorded answers, read through Python on whichever library is linked.

They are read once, for all files here.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.expected_values import LISTS, ListRead, exchanges_of, known_session
from tests.support.replay import (
    READERS,
    Player,
    Read,
    attempt,
    can_be_asked_for,
    connect,
    read_as_only_ones,
)
from tests.support.reply_servers import ReplyServer
from tests.support.vectors import NO_ANSWER, Session, load


@pytest.fixture
def server() -> Iterator[ReplyServer]:
    with ReplyServer(Player()) as server:
        yield server


@pytest.fixture(scope="session")
def plain_reads() -> list[Read]:
    """Read each recorded record by its index and libchrony's names."""
    with ReplyServer(Player()) as server:
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
            outcome = attempt(lambda c=link, q=question: c.read_record(*q))
            yield Read(session, exchange, outcome, server.address)


@pytest.fixture(scope="session")
def typed_reads() -> list[Read]:
    """Read each recorded record as the only one of its report."""
    with ReplyServer(Player()) as server:
        return [read for session in load() for read in read_as_only_ones(server, session)]


@pytest.fixture(scope="session")
def list_reads() -> list[ListRead]:
    """Read each list of each recorded chronyd."""
    with ReplyServer(Player()) as server:
        return [
            read_list(server, session, report)
            for session in load()
            if session.transport
            for report in LISTS
        ]


def read_list(server: ReplyServer, session: Session, report: str) -> ListRead:
    server.reply = known_session(session, report)
    silent = any(e.error == NO_ANSWER for e in exchanges_of(session, report))
    with connect(server, silent=silent) as connection:
        return ListRead(session, report, attempt(lambda: READERS[report](connection)))
