"""A simulated chronyd whose clock is a good one, and what no test may leave behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pychrony.testing import SimulatedChronyd
from tests.support.good_clocks import good_tracking
from tests.support.processes import open_descriptors


@pytest.fixture
def server() -> Iterator[SimulatedChronyd]:
    before = open_descriptors()
    with SimulatedChronyd(good_tracking()) as running:
        yield running
    assert open_descriptors() <= before
