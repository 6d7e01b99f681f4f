"""A simulated chronyd, a server whose answers are numbered, and what no test may leave behind."""

from __future__ import annotations

import gc
import logging
from _thread import _count as count_threads
from collections.abc import Iterator
from pathlib import Path

import pytest

from pychrony.testing import SimulatedChronyd
from tests.support.chronyd import wait_for
from tests.support.numbered import NumberedServer
from tests.support.processes import open_descriptors


@pytest.fixture(autouse=True)
def nothing_is_left(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check that a test leaves no descriptor and no thread, and that asyncio has no complaint.

    That a step took long is none: a busy computer lets it wait. One test looks for that.
    """
    before, threads = open_descriptors(), count_threads()
    with caplog.at_level(logging.WARNING, "asyncio"):
        yield
        wait_for(lambda: count_threads() <= threads)
        if open_descriptors() > before:
            gc.collect()  # only then: it takes long beside thousands of tests
        assert open_descriptors() <= before
    messages = [record.message for record in caplog.records if record.name == "asyncio"]
    assert [message for message in messages if not message.startswith("Executing ")] == []


@pytest.fixture
def server(nothing_is_left: None) -> Iterator[SimulatedChronyd]:
    with SimulatedChronyd() as running:
        yield running


@pytest.fixture
def unix_server(nothing_is_left: None, tmp_path: Path) -> Iterator[SimulatedChronyd]:
    with SimulatedChronyd(address=str(tmp_path / "chronyd.sock")) as running:
        yield running


@pytest.fixture
def numbered(nothing_is_left: None) -> Iterator[NumberedServer]:
    server = NumberedServer()
    with server:
        yield server
