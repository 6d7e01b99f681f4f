"""Many simulated chronyds, each with a record of its own."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from time import time_ns
from typing import Any

import pytest

from pychrony.testing import SimulatedChronyd, make_tracking
from tests.support.fleets import StartMany
from tests.support.reply_servers import ReplyServer


@pytest.fixture
def start_many() -> Generator[StartMany, None, None]:
    """Return a function that starts chronyds. The stratum of each is its place, and 1."""
    with ExitStack() as stack:

        def start(count: int, **options: Any) -> list[SimulatedChronyd]:
            servers = [
                SimulatedChronyd(
                    make_tracking(stratum=number + 1, ref_time_ns=time_ns()), **options
                )
                for number in range(count)
            ]
            return [stack.enter_context(server) for server in servers]

        yield start


@pytest.fixture
def silent() -> Generator[str, None, None]:
    """Return the address of a server that answers nothing."""
    with ReplyServer(lambda _request: ()) as server:
        yield server.address
