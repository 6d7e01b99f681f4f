"""A simulated chronyd on UDP, and a bare client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pychrony.testing import SimulatedChronyd
from tests.support.bare_client import Client, udp_client


@pytest.fixture
def server() -> Iterator[SimulatedChronyd]:
    with SimulatedChronyd() as running:
        yield running


@pytest.fixture
def client(server: SimulatedChronyd) -> Iterator[Client]:
    with udp_client(server.address) as bound:
        yield bound
