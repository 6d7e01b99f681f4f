"""A server with one source, whose answers each test spoils, and a connection to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pychrony import ChronyConnection
from tests.support.many_sources import ManySources
from tests.support.reply_servers import ReplyServer


@pytest.fixture
def daemon() -> ManySources:
    return ManySources(1)


@pytest.fixture
def server(daemon: ManySources) -> Iterator[ReplyServer]:
    with ReplyServer(daemon) as server:
        yield server


@pytest.fixture
def connection(server: ReplyServer) -> Iterator[ChronyConnection]:
    with ChronyConnection(server.address, timeout=60.0) as connection:
        yield connection
