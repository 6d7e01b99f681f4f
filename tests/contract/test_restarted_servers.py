"""Lists of a chronyd that becomes another one amid the list, without a datagram being lost."""

from __future__ import annotations

from typing import Any

import pytest

from pychrony import ChronyConnection, report_names
from pychrony.testing import SimulatedChronyd, make_source

COUNT = 6
OLD, NEW = ([f"192.0.{net}.{host}" for host in range(COUNT)] for net in (1, 2))
LISTS = ["sources", "source_stats", "select_data", "auth_data", "ntp_data"]
COMMANDS = ["sources", "sourcestats", "selectdata", "authdata", "ntpdata"]  # their names in chronyc
MOST_REQUESTS = 2 * COUNT + 4  # in a list whose sources are looked up too


class Restarted(SimulatedChronyd):
    """Has other sources, and as many, from its n-th request on."""

    restarts_at = 0

    def _answer(self, *arguments: Any, **options: Any) -> bytes:
        if self.requests == self.restarts_at:
            self.sources = [make_source(address=address) for address in NEW]
        return super()._answer(*arguments, **options)


@pytest.mark.parametrize("number", range(1, MOST_REQUESTS))
@pytest.mark.parametrize("name", [name for name in report_names() if name in COMMANDS])
def test_all_records_over_udp_are_of_one_chronyd(name: str, number: int) -> None:
    old = [make_source(address=address) for address in OLD]
    server = Restarted(sources=old, open_commands=COMMANDS)
    server.restarts_at = number
    with server, ChronyConnection(server.address) as connection:
        records = connection.read_records(name)

    assert [record["address"] for record in records] in (OLD, NEW)


@pytest.mark.parametrize("number", range(1, MOST_REQUESTS))
@pytest.mark.parametrize("name", LISTS)
def test_a_list_over_udp_is_of_one_chronyd(name: str, number: int) -> None:
    old = [make_source(address=address) for address in OLD]
    server = Restarted(sources=old, open_commands=COMMANDS)
    server.restarts_at = number
    with server, ChronyConnection(server.address) as connection:
        records = getattr(connection, f"get_{name}")()

    assert [record.address for record in records] in (OLD, NEW)
