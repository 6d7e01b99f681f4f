"""What `check` says of simulated chronyds."""

from __future__ import annotations

from pychrony import Verdict, check, get_tracking
from pychrony.testing import SimulatedChronyd, make_source


class TestChecks:
    def test_default_chronyd_is_in_good_health(self) -> None:
        with SimulatedChronyd() as server:
            result = check(server.address)

        assert (result.verdict, result.usable_sources) == (Verdict.OK, 3), result.message

    def test_a_server_at_127_127_1_1_is_a_good_source_and_not_the_clock_itself(self) -> None:
        sources = [make_source(address="127.127.1.1"), make_source(address="192.0.2.2")]
        with SimulatedChronyd(sources=sources) as server:
            status, result = get_tracking(server.address), check(server.address)

        assert (status.reference_id, status.is_local_reference()) == (0x7F7F0101, False)
        assert (result.verdict, result.reference) == (Verdict.OK, "127.127.1.1"), result.message

    def test_chronyd_without_sources_is_not(self) -> None:
        with SimulatedChronyd(sources=[]) as server:
            assert check(server.address).message.startswith("not synchronized")
