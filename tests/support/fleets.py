"""Many simulated chronyds, as the fixture `start_many` makes them."""

from __future__ import annotations

from collections.abc import Callable

from pychrony.testing import SimulatedChronyd

StartMany = Callable[..., list[SimulatedChronyd]]


def addresses_of(servers: list[SimulatedChronyd]) -> list[str]:
    return [server.address for server in servers]
