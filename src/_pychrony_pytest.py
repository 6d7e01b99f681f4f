"""pytest's fixtures for tests of programs that ask chronyd, in a module that costs nothing to load.

pytest loads it in every run where pychrony is installed, also in those that do not use it. Inside
the package it would bring the whole package along, which lengthens the shortest run by a tenth.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pychrony.testing import SimulatedChronyd


_LONGEST = 30  # for 30 more characters, of a folder and the socket in it


@pytest.fixture
def simulated_chronyd() -> Iterator[SimulatedChronyd]:
    """Yield a running `SimulatedChronyd` on a Unix socket, where it answers all reports."""
    from os import fsencode
    from tempfile import TemporaryDirectory, gettempdir

    from pychrony.testing import SimulatedChronyd

    # pytest's own folders have names too long for sockets, and so may TMPDIR: libchrony's own next
    # to the server's takes some 60 characters.
    short = gettempdir() if len(fsencode(gettempdir())) <= _LONGEST else "/tmp"  # noqa: S108
    with (
        TemporaryDirectory(prefix="chronyd-", dir=short) as folder,
        SimulatedChronyd(address=f"{folder}/chronyd.sock") as server,
    ):
        yield server


@pytest.fixture
def chronyd_address(simulated_chronyd: SimulatedChronyd) -> str:
    """Return the address of `simulated_chronyd`, as pychrony's functions and chronyc take it."""
    return simulated_chronyd.address
