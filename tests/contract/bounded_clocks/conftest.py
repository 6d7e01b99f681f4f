"""A simulated chronyd whose clock is a good one, and what no test may leave behind."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from pychrony.testing import SimulatedChronyd
from tests.support.good_clocks import good_tracking
from tests.support.ports import free_port
from tests.support.processes import open_descriptors


@pytest.fixture
def server() -> Iterator[SimulatedChronyd]:
    """Return one whose port nobody takes while it is stopped."""
    before = open_descriptors()
    with SimulatedChronyd(good_tracking(), address=f"127.0.0.1:{free_port()}") as running:
        yield running
    if open_descriptors() > before:
        gc.collect()  # an exception that the test has caught may keep a clock
    assert open_descriptors() <= before
