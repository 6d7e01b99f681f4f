"""The judgment in a snapshot for metrics is that of `check`, clock by clock."""

from __future__ import annotations

import random
from pathlib import Path
from time import time_ns

import pytest

from pychrony import ChronyConnection
from pychrony.metrics import read_snapshot
from pychrony.testing import SimulatedChronyd
from tests.support.generated_clocks import draw_clock


@pytest.mark.parametrize("seed", range(150))
def test_a_snapshot_is_judged_as_check_judges(seed: int, tmp_path: Path) -> None:
    clock = draw_clock(random.Random(seed), time_ns())
    limits = {name: value for name, value in clock.limits.items() if value is not None}
    server = SimulatedChronyd(
        clock.tracking,
        sources=clock.sources,
        select_data=clock.select_data,
        auth_data=clock.auth_data,
        ntp_data=clock.ntp_data,
        activity=clock.activity,
        address=tmp_path / "chronyd.sock" if clock.gives_all else "127.0.0.1",
    )
    with server, ChronyConnection(server.address) as connection:
        judged = connection.check(**limits, names=True)
        taken = read_snapshot(connection, judged.limits)

    assert taken.check is not None
    assert [each.code for each in taken.check.findings] == [each.code for each in judged.findings]
    assert taken.check.verdict is judged.verdict
