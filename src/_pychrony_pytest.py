"""pytest's fixtures for tests of programs that ask chronyd, in a module that costs nothing to load.

pytest loads it in every run where pychrony is installed, also in those that do not use it. Inside
the package it would bring the whole package along, which lengthens the shortest run by a tenth.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pychrony import RTCData, Source, SourceStats, TrackingStatus
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


@pytest.fixture
def tracking_status() -> TrackingStatus:
    """Return a tracking report, that of `pychrony.testing.make_tracking()`."""
    from pychrony.testing import make_tracking

    return make_tracking()


@pytest.fixture
def source() -> Source:
    """Return a source, that of `pychrony.testing.make_source()`."""
    from pychrony.testing import make_source

    return make_source()


@pytest.fixture
def source_stats() -> SourceStats:
    """Return a source's statistics, those of `pychrony.testing.make_source_stats()`."""
    from pychrony.testing import make_source_stats

    return make_source_stats()


@pytest.fixture
def rtc_data() -> RTCData:
    """Return what chronyd knows of a real-time clock, from `pychrony.testing.make_rtc_data()`."""
    from pychrony.testing import make_rtc_data

    return make_rtc_data()
