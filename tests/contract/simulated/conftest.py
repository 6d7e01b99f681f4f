"""A simulated chronyd on UDP, a bare client of it, and a path for one on a Unix socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pychrony.testing import SimulatedChronyd
from tests.support.bare_client import BareClient, udp_client


@pytest.fixture
def server() -> Iterator[SimulatedChronyd]:
    with SimulatedChronyd() as running:
        yield running


@pytest.fixture
def client(server: SimulatedChronyd) -> Iterator[BareClient]:
    with udp_client(server.address) as bound:
        yield bound


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "chronyd.sock")
