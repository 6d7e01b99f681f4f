"""What clients read of a simulated chronyd whose records are changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pychrony import get_ntp_data, get_tracking
from pychrony.testing import SimulatedChronyd, make_ntp_data


def test_a_changed_time_is_what_clients_read() -> None:
    with SimulatedChronyd() as server:
        for record in (server.tracking, get_tracking(server.address)):
            server.tracking = replace(record, ref_time=5.5, stratum=9)
            assert get_tracking(server.address) == server.tracking
            times = server.tracking.ref_time, server.tracking.ref_time_ns
            assert times == (5.5, 5_500_000_000)


def test_a_changed_time_may_be_that_of_another_source(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with SimulatedChronyd(address=path) as server:
        server.ntp_data = [
            make_ntp_data(address=f"192.0.2.{host}", ref_time=float(host)) for host in (1, 2, 3)
        ]
        a, b, c = server.ntp_data
        server.ntp_data = [
            replace(a, ref_time=c.ref_time),
            b,
            replace(c, ref_time_ns=a.ref_time_ns),
        ]

        assert [record.ref_time for record in get_ntp_data(path)] == [3.0, 2.0, 1.0]
