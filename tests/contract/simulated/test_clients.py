"""The clients of a simulated chronyd, and those chronyds that have none to tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pychrony import ChronyConnection, ChronyDataError, ChronyPermissionError, get_clients
from pychrony.testing import Faults, SimulatedChronyd, make_client
from pychrony.testing._wire import parse_request
from tests.support.chronyd import temporary_directory
from tests.support.client_tables import read_clients
from tests.support.counting import undisturbed
from tests.support.extreme_records import VERSIONS

SOME = [
    make_client(),
    make_client(address="2001:db8::7", last_ntp_ago=None, ntp_limited_interval=-4),
    *(make_client(address=f"192.0.3.{host}", ntp_received=host) for host in range(40)),
    make_client(address="192.0.2.2", ntp_interval=-128, commands_interval=126, last_command_ago=0),
]


@pytest.mark.parametrize("version", [v for v in VERSIONS if v >= "4.0"])
def test_what_the_simulated_chronyd_is_given_is_read(version: str) -> None:
    with (
        temporary_directory() as folder,
        SimulatedChronyd(version=version, address=str(folder / "s")) as server,
        ChronyConnection(server.address) as connection,
    ):
        assert connection.get_clients() == list(server.clients) == [make_client()]
        for count in (0, 1, 8, 16, 17, len(SOME)):
            server.clients = SOME[:count]
            assert connection.get_clients() == SOME[:count]


def test_the_simulated_table_may_grow_while_it_is_read() -> None:
    """As chronyd's does: its table has as many indexes as the next power of two, 16 at least."""
    server = SimulatedChronyd()

    def answer_and_grow(request: bytes) -> Iterator[bytes]:
        parsed = parse_request(request)
        assert parsed is not None
        yield server._answer(parsed, over_udp=False)
        sizes.append(len(server.clients))
        server.clients = SOME

    def read(before: int) -> list[str]:
        sizes.clear()
        server.clients = SOME[:before]
        return read_clients(answer_and_grow)

    sizes: list[int] = []
    for before in (12, 20, 30):
        found = undisturbed(lambda count=before: read(count))
        assert found == sorted(client.address for client in SOME)
        assert sizes == [before, *[len(SOME)] * 7]


# chronyds that have no clients to tell.


def test_without_a_list_of_clients_the_error_says_so() -> None:
    with (
        temporary_directory() as folder,
        SimulatedChronyd(address=str(folder / "s"), faults=Faults(status=15)) as server,
        pytest.raises(ChronyDataError, match=r"keeps no list of its clients \(`noclientlog`"),
    ):
        get_clients(server.address)


def test_a_chronyd_before_4_0_is_too_old() -> None:
    with (
        SimulatedChronyd(version="3.5") as server,
        pytest.raises(ChronyDataError, match=r"too old .* which it has since 4\.0"),
    ):
        get_clients(server.address)


def test_over_the_command_port_it_is_refused() -> None:
    with SimulatedChronyd() as server, pytest.raises(ChronyPermissionError, match="clients"):
        get_clients(server.address)


def test_over_the_command_port_it_is_given_where_chronyd_names_it() -> None:
    clients = [make_client(), replace(make_client(), address="2001:db8::7")]
    with SimulatedChronyd(clients=clients, open_commands=["clients"]) as server:
        assert get_clients(server.address) == clients


def test_a_connection_survives_a_chronyd_that_was_restarted() -> None:
    clients = [make_client(address=f"192.0.2.{host}") for host in range(40)]
    with (
        temporary_directory() as folder,
        SimulatedChronyd(address=str(folder / "s"), clients=clients) as server,
        ChronyConnection(server.address) as connection,
    ):
        assert connection.get_clients() == clients
        server.restart()
        assert connection.get_clients() == clients
