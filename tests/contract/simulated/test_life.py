"""A simulated chronyd from its start to its end: addresses, sockets, threads."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import select
import socket
import stat
import threading
from pathlib import Path

import pytest

from pychrony.testing import Faults, SimulatedChronyd, make_source
from tests.support.bare_client import client_of, make_request, unix_client
from tests.support.ports import free_port, loopback_addresses
from tests.support.processes import open_descriptors

TRACKING_REQUEST = make_request(33, 112)


def with_port(host: str) -> str:
    """Return the host's address with a port that nobody else takes meanwhile."""
    return f"[{host}]:{free_port()}" if ":" in host else f"{host}:{free_port()}"


class TestLife:
    def test_restart_keeps_address_records_and_count(self) -> None:
        address = with_port("127.0.0.1")
        with SimulatedChronyd(address=address) as server, client_of(address) as client:
            answer = client.ask(TRACKING_REQUEST)

            server.restart()

            assert server.address == address
            assert client.ask(TRACKING_REQUEST) == answer
            assert server.requests == 2

    def test_stopped_server_frees_its_address(self) -> None:
        address = with_port("127.0.0.1")
        for _ in range(2):
            with SimulatedChronyd(address=address):
                pass

    @pytest.mark.parametrize("address", loopback_addresses())
    def test_ip_address_can_name_its_port(self, address: str) -> None:
        named = with_port(address)
        with SimulatedChronyd(address=named) as server:
            assert server.address == named

    @pytest.mark.parametrize("address", loopback_addresses())
    def test_free_port_is_chosen_by_the_first_start(self, address: str) -> None:
        host = f"[{address}]" if ":" in address else address
        with SimulatedChronyd(address=address) as server:
            assert re.fullmatch(rf"{re.escape(host)}:[1-9]\d+", server.address)

    def test_unix_socket_is_open_to_all_and_removed_at_the_end(self, tmp_path: Path) -> None:
        path = tmp_path / "chronyd.sock"
        with SimulatedChronyd(address=path) as server:
            assert server.address == str(path)
            assert stat.S_IMODE(path.stat().st_mode) == 0o666

        assert not path.exists()

    def test_socket_of_a_process_that_is_gone_is_replaced(self, tmp_path: Path) -> None:
        path = str(tmp_path / "chronyd.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as gone:
            gone.bind(path)
            with pytest.raises(OSError, match=f"in use: '{path}'"):
                SimulatedChronyd(address=path).start()

        with SimulatedChronyd(address=path), client_of(path) as client:
            assert len(client.ask(TRACKING_REQUEST)) == 104

    @pytest.mark.parametrize("path", ["/no folder/chronyd.sock", f"/{'x' * 108}"])
    def test_path_with_no_place_for_a_socket_is_named(self, path: str) -> None:
        with pytest.raises(OSError, match=path):
            SimulatedChronyd(address=path).start()

    def test_taken_address_is_an_os_error(self, server: SimulatedChronyd) -> None:
        with pytest.raises(OSError, match=f"in use: '{server.address}'"):
            SimulatedChronyd(address=server.address).start()

    def test_taken_path_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "chronyd.sock"
        path.write_text("mine")

        with pytest.raises(OSError, match="in use"):
            SimulatedChronyd(address=path).start()

        assert path.read_text() == "mine"

    def test_second_start_is_refused(self, server: SimulatedChronyd) -> None:
        with pytest.raises(RuntimeError, match=f"already runs on {server.address}"):
            server.start()

    def test_second_stop_does_nothing(self, server: SimulatedChronyd) -> None:
        server.stop()
        server.stop()

    def test_no_thread_and_no_descriptor_is_left(self, tmp_path: Path) -> None:
        gc.collect()  # what other tests have left
        threads, descriptors = {*threading.enumerate()}, open_descriptors()
        addresses = *map(with_port, loopback_addresses()), str(tmp_path / "chronyd.sock")
        for address in addresses:
            with SimulatedChronyd(address=address) as server:
                server.restart()

        assert {*threading.enumerate()} <= threads
        assert open_descriptors() <= descriptors

    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    def test_stop_does_not_wait_for_a_forked_process(self) -> None:
        server = SimulatedChronyd()
        server.start()
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(writer)
            select.select([reader], [], [], 60)
            os._exit(0)
        try:
            server.stop()
            assert os.waitpid(child, os.WNOHANG) == (0, 0)
        finally:
            os.close(writer)
            os.close(reader)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)

    def test_error_in_the_thread_is_raised_by_stop(self, path: str) -> None:
        source = make_source()
        server = SimulatedChronyd(address=path, sources=[source])
        server.start()
        with client_of(path) as client:
            object.__setattr__(source, "stratum", -1)  # behind the server's back
            client.send(make_request(15, 76))
            with pytest.raises(RuntimeError, match=r"failed: Source\.stratum must be") as caught:
                server.stop()

            assert isinstance(caught.value.__cause__, ValueError)
            assert client.received() == []
        server.restart()
        server.stop()

    @pytest.mark.parametrize("own_path", [None, ""], ids=["unnamed", "abstract"])
    def test_unix_client_without_a_path_gets_no_answer(
        self, own_path: str | None, tmp_path: Path
    ) -> None:
        path = str(tmp_path / "chronyd.sock")

        with SimulatedChronyd(address=path) as server, unix_client(path, own_path) as client:
            client.send(TRACKING_REQUEST)
            server.stop()

            assert client.received() == []
            assert server.requests == 1

    def test_unix_client_that_is_gone_is_forgotten(self, tmp_path: Path) -> None:
        path, gone = str(tmp_path / "chronyd.sock"), str(tmp_path / "gone")

        with SimulatedChronyd(address=path, faults=Faults(delay=0.01)):
            with unix_client(path, gone) as client:
                client.send(TRACKING_REQUEST)
            with unix_client(path, path + ".client") as client:
                assert len(client.ask(TRACKING_REQUEST)) == 104

    @pytest.mark.parametrize("address", ["127.0.0.1:99999", "[::1]:65536", "127.0.0.1:-1"])
    def test_port_that_cannot_be_is_a_value_error(self, address: str) -> None:
        with pytest.raises(ValueError, match=re.escape(f"from 0 to 65535, got {address!r}")):
            SimulatedChronyd(address=address)

    @pytest.mark.parametrize(
        "address", ["localhost", "", "127.0.0.1:ntp", "chronyd.sock", "[127.0.0.1", "1:2:3"]
    )
    def test_address_of_no_known_form_is_a_value_error(self, address: str) -> None:
        with pytest.raises(ValueError, match=re.escape(f"got {address!r}")):
            SimulatedChronyd(address=address)
