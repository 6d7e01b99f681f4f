"""The clients of a real chronyd's server, forty of them, beside what chronyc says of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict

import pytest

from pychrony import (
    ChronyConnection,
    ChronyDataError,
    ChronyPermissionError,
    Client,
    get_clients,
    get_tracking,
)
from tests.conftest import StartChronyd
from tests.support.chronyc import client_row, client_row_with_nts_ke, csv
from tests.support.chronyd import SERVER, Chronyd, run_chronyc, temporary_directory
from tests.support.clients import ask_for_the_time
from tests.support.command_line import run
from tests.support.counting import undisturbed
from tests.support.ports import free_port
from tests.support.repeated_answers import Recorder, repeated_answers
from tests.support.reply_servers import ReplyServer

FORTY = [f"127.0.1.{host}" for host in range(1, 41)]
MORE = [f"127.0.2.{host}" for host in range(1, 41)]
SERVING = (*SERVER, "bindaddress 0.0.0.0", "binddevice lo")


def serve(daemon: Chronyd, addresses: list[str]) -> None:
    assert daemon.ntp_port is not None
    for number, address in enumerate(addresses):
        ask_for_the_time(address, daemon.ntp_port, times=1 + number % 4)


@pytest.fixture
def server(start_chronyd: StartChronyd) -> Chronyd:
    """Return one that has served forty clients, some of them several times."""
    daemon = start_chronyd(*SERVING, ntp_port=free_port())
    serve(daemon, FORTY)
    return daemon


@pytest.fixture
def frozen_address(server: Chronyd) -> Iterator[str]:
    get_tracking(server.udp4)  # commands over UDP count as well
    with repeated_answers(server) as address:
        yield address


def test_forty_clients_are_those_that_chronyc_has_field_by_field(frozen_address: str) -> None:
    clients = get_clients(frozen_address)

    for row, option in ((client_row, ()), (client_row_with_nts_ke, ("-k",))):
        expected = run_chronyc(frozen_address, "-c", "-n", "clients", *option).stdout
        assert [csv(row(client)) for client in clients] == expected.splitlines()
    counts = {client.address: client.ntp_received for client in clients}
    assert counts.pop("127.0.0.1") == 0
    assert counts == {address: 1 + number % 4 for number, address in enumerate(FORTY)}


@pytest.mark.parametrize("option", [(), ("-k",)])
def test_the_command_lines_csv_is_chronycs_own(
    option: tuple[str, ...], frozen_address: str
) -> None:
    expected = run_chronyc(frozen_address, "-c", "-n", "clients", *option).stdout
    result = run("clients", "--csv", *option, "-h", frozen_address)

    assert result.stdout == expected
    assert len(expected.splitlines()) == 41
    assert (result.returncode, result.stderr) == (0, "")


def without_unit(cells: list[str]) -> list[str]:
    """Return a row whose times have no "s" for seconds, as chronyc's have none."""
    return [
        cell.removesuffix("s") if number in (5, 9) else cell for number, cell in enumerate(cells)
    ]


@pytest.mark.parametrize("option", [(), ("-k",)])
def test_the_table_has_chronycs_columns_and_cells(
    option: tuple[str, ...], frozen_address: str
) -> None:
    lines = run_chronyc(frozen_address, "-n", "clients", *option).stdout.splitlines()
    heading, _, *rows = [line.split() for line in lines]
    ours = run("clients", *option, "-h", frozen_address).stdout.splitlines()

    assert ours[0].split() == heading
    assert set(ours[1]) == {"="}
    assert [without_unit(row.split()) for row in ours[2:]] == rows


def test_json_has_every_field_of_every_client(frozen_address: str) -> None:
    result = run("clients", "--json", "-h", frozen_address)

    assert json.loads(result.stdout) == [asdict(client) for client in get_clients(frozen_address)]


def test_reading_resets_no_counter_and_is_not_counted_over_the_unix_socket(
    server: Chronyd,
) -> None:
    def counts() -> list[tuple[str, int, int]]:
        clients = get_clients(server.socket_path)
        return [(c.address, c.ntp_received, c.commands_received) for c in clients]

    before = counts()

    assert sorted(address for address, _, _ in before) == sorted(FORTY)
    assert {commands for _, _, commands in before} == {0}
    assert counts() == before
    rows = [row.split(",") for row in server.chronyc("clients").splitlines()]
    assert [(row[0], int(row[1]), int(row[6])) for row in rows] == before


def test_localhosts_commands_over_udp_are_counted(server: Chronyd) -> None:
    def localhosts() -> list[Client]:
        return [c for c in get_clients(server.socket_path) if c.address == "127.0.0.1"]

    def count_three() -> int:
        before = sum(client.commands_received for client in localhosts())
        for _ in range(3):
            get_tracking(server.udp4)
        return sum(client.commands_received for client in localhosts()) - before

    assert undisturbed(count_three) == 3
    [localhost] = localhosts()
    assert localhost.ntp_received == 0
    assert localhost.last_command_ago is not None
    assert (localhost.last_ntp_ago, localhost.last_nts_ke_ago) == (None, None)


def test_a_table_that_grows_while_it_is_read_is_read_whole(server: Chronyd) -> None:
    """Forty more clients come between two answers: chronyd's table of 64 indexes has 128 then."""
    sizes: list[int] = []

    def relay(request: bytes) -> Iterator[bytes]:
        if len(sizes) == 3:
            serve(server, MORE)
        answer = recorder.ask(request)
        sizes.append(int.from_bytes(answer[28:32], "big"))
        yield answer

    with temporary_directory() as folder:
        recorder = Recorder(server, folder / "relay.sock")
        with closing(recorder), ReplyServer(relay) as relaying:
            clients = get_clients(relaying.address, timeout=60)

    assert sorted(client.address for client in clients) == sorted([*FORTY, *MORE])
    assert sizes[:3] == [64] * 3
    assert set(sizes[3:]) == {128}


def test_a_restarted_chronyd_has_forgotten_its_clients(server: Chronyd) -> None:
    with ChronyConnection(server.socket_path) as connection:
        assert len(connection.get_clients()) == 40
        server.restart()
        assert connection.get_clients() == []


def test_over_the_command_port_they_are_not_told(server: Chronyd) -> None:
    with pytest.raises(ChronyPermissionError, match="over its Unix socket alone"):
        get_clients(server.udp4)


def test_without_a_log_of_clients_the_error_says_why(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*SERVING, "noclientlog", ntp_port=free_port())
    serve(daemon, FORTY[:2])

    with pytest.raises(ChronyDataError, match="keeps no list of its clients"):
        get_clients(daemon.socket_path)
    result = run("clients", "-h", daemon.socket_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert "noclientlog" in result.stderr
