"""The rules by which a simulated chronyd answers, against the protocol's tables; and its life."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from pychrony.testing import (
    Faults,
    SimulatedChronyd,
    make_auth_data,
    make_rtc_data,
    make_smoothing,
    make_source,
)
from tests.support.bare_client import (
    Client,
    client_of,
    make_refusal,
    make_request,
    sequence_of,
    udp_client,
    unix_client,
)
from tests.support.chronyd import loopback_addresses
from tests.support.simulated import VERSIONS

TRACKING_REQUEST = make_request(33, 112)

# chronyd-protocol.md 6: the length of the answer, and of the shortest request, since which version.
LENGTHS = {
    14: {"2.4": 32},
    15: {"2.4": 76},
    33: {"2.4": 104},
    34: {"2.4": 84},
    35: {"2.4": 56},
    44: {"2.4": 48},
    51: {"2.4": 52},
    54: {"2.4": 48, "4.0": 60, "4.2": 72, "4.4": 196},
    57: {"3.0": 152, "4.6": 172},
    65: {"4.0": 284},
    67: {"4.0": 52},
    68: {"4.0": 520},
    69: {"4.0": 76},
}
BY_ADDRESS, CLOSED = (57, 65, 67), (54, 57, 67, 68, 69)
ADDRESS = bytes.fromhex("C0000201 000000000000000000000000 0001 0000")  # 192.0.2.1, a source


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "chronyd.sock")


class TestRules:
    """Sections 2, 3 and 5 of chronyd-protocol.md."""

    @pytest.mark.parametrize(
        "dropped",
        [
            b"",
            make_request(14, 27),
            make_request(14, 32, version=0),
            make_request(14, 32, version=4),
            b"\x06\x02" + make_request(14, 32)[2:],
            b"\x06\x01\x01" + make_request(14, 32)[3:],
            b"\x06\x01\x00\x01" + make_request(14, 32)[4:],
        ],
        ids=["empty", "short", "v0", "v4", "reply", "reserved 1", "reserved 2"],
    )
    def test_malformed_request_is_dropped(
        self, dropped: bytes, server: SimulatedChronyd, client: Client
    ) -> None:
        client.send(dropped)

        assert sequence_of(client.ask(make_request(14, 32, sequence=8))) == 8
        assert server.requests == 2

    @pytest.mark.parametrize("version", [5, 7, 8, 255])
    def test_other_version_is_refused_in_version_6(self, version: int, client: Client) -> None:
        request = make_request(33, 28, version=version)

        assert client.ask(request) == make_refusal(33, 18)

    @pytest.mark.parametrize(("command", "required"), [(14, 32), (33, 104)])
    def test_request_shorter_than_its_answer_is_refused(
        self, command: int, required: int, client: Client
    ) -> None:
        assert client.ask(make_request(command, 28)) == make_refusal(command, 19)
        assert client.ask(make_request(command, required - 1)) == make_refusal(command, 19)
        assert len(client.ask(make_request(command, required))) == required
        assert len(client.ask(make_request(command, 860))) == required

    @pytest.mark.parametrize("command", [0, 10, 66, 65535])
    def test_command_that_is_not_served_is_invalid(self, command: int, client: Client) -> None:
        assert client.ask(make_request(command, 28)) == make_refusal(command, 3)

    def test_attempt_and_padding_make_no_difference(self, client: Client) -> None:
        request = bytearray(make_request(14, 32))
        request[6:8] = b"\xff\xff"
        request[12:] = b"\xff" * 20

        assert client.ask(bytes(request)) == client.ask(make_request(14, 32))

    @pytest.mark.parametrize(("version", "answered"), [("3.5", True), ("4.0", False)])
    def test_chronyd_since_4_0_drops_requests_longer_than_its_longest(
        self, version: str, answered: bool
    ) -> None:
        with SimulatedChronyd(version=version) as old, udp_client(old.address) as client:
            client.send(make_request(14, 861))
            client.send(make_request(14, 860, sequence=8))

            assert sequence_of(client.receive()) == (7 if answered else 8)

    @pytest.mark.parametrize("version", VERSIONS)
    def test_request_has_to_be_as_long_as_its_answer_in_that_version(
        self, version: str, path: str
    ) -> None:
        everything: dict[str, Any] = {"rtc_data": make_rtc_data(), "smoothing": make_smoothing()}
        with (
            SimulatedChronyd(version=version, address=path, **everything),
            client_of(path) as client,
        ):
            for command, lengths in LENGTHS.items():
                length = max(((v, n) for v, n in lengths.items() if v <= version), default=("", 0))[
                    1
                ]
                payload = ADDRESS if command in BY_ADDRESS else b""
                if not length:
                    assert client.ask(make_request(command, 520)) == make_refusal(command, 3)
                    continue
                short = make_request(command, length - 1, payload=payload)
                assert client.ask(short) == make_refusal(command, 19)
                assert len(client.ask(make_request(command, length, payload=payload))) == length

    @pytest.mark.parametrize("command", CLOSED)
    def test_closed_reports_are_refused_over_udp(self, command: int, client: Client) -> None:
        assert client.ask(make_request(command, 520)) == make_refusal(command, 2)
        assert client.ask(make_request(command, 28)) == make_refusal(command, 19)

    @pytest.mark.parametrize(
        ("opened", "answered"),
        [
            (["tracking"], {33}),
            (["serverstats", "activity"], {54, 44}),
            (["sourcename", "rtcdata", "smoothing"], {65, 35, 51}),
            (["sources"], {14, 15}),
            (["sourcestats"], {14, 34}),
            (["selectdata"], {14, 69}),
            (["authdata"], {14, 67}),
            (["ntpdata"], {14, 57}),
            (["clients"], {68}),
            ([], set()),
        ],
    )
    def test_open_commands_take_the_place_of_what_is_open_over_udp(
        self, opened: list[str], answered: set[int]
    ) -> None:
        with (
            SimulatedChronyd(version="4.7", open_commands=opened) as server,
            udp_client(server.address) as client,
        ):
            refused = {
                command
                for command in LENGTHS
                if client.ask(make_request(command, 520)) == make_refusal(command, 2)
            }

        assert refused == LENGTHS.keys() - answered

    @pytest.mark.parametrize(
        ("command", "payload", "status"),
        [
            (15, b"\0\0\0\3", 4),
            (34, b"\xff\xff\xff\xff", 4),
            (69, b"\x80\0\0\0", 4),
            (57, bytes(20), 4),
            (67, bytes.fromhex("C0000209 000000000000000000000000 0001 0000"), 4),
            (65, bytes.fromhex("C0000201 000000000000000000000000 0009 0000"), 4),
            (35, b"", 13),
            (51, b"", 6),
        ],
    )
    def test_what_there_is_not_has_its_status(
        self, command: int, payload: bytes, status: int, path: str
    ) -> None:
        with SimulatedChronyd(address=path), client_of(path) as client:
            answer = client.ask(make_request(command, 300, payload=payload))

        assert answer == make_refusal(command, status)

    @pytest.mark.parametrize("command", BY_ADDRESS)
    def test_what_follows_an_ipv4_address_makes_no_difference(
        self, command: int, path: str
    ) -> None:
        junk = ADDRESS[:4] + b"\xff" * 12 + ADDRESS[16:]
        with SimulatedChronyd(address=path), client_of(path) as client:
            answer = client.ask(make_request(command, 300, payload=ADDRESS))

            assert client.ask(make_request(command, 300, payload=junk)) == answer
            assert answer != make_refusal(command, 4)

    def test_first_of_several_with_an_address_is_found(self, path: str) -> None:
        first, second = make_auth_data(key_id=5), make_auth_data(key_id=6)
        with SimulatedChronyd(address=path, auth_data=[first, second]), client_of(path) as client:
            answer = client.ask(make_request(67, 300, payload=ADDRESS))

        assert answer[32:36] == b"\0\0\0\5"  # chronyd-protocol.md 7.7

    @pytest.mark.parametrize(
        "version", ["", "4", "4.9", "2.3", "3.6", "5.0", "4.8-rc1", " 4.8", "4.x", 4.8, None]
    )
    def test_other_versions_are_value_errors(self, version: Any) -> None:
        with pytest.raises(ValueError, match=re.escape(f"from '2.4' to '4.8', not {version!r}")):
            SimulatedChronyd(version=version)

    def test_patch_release_is_like_the_one_it_patches(self) -> None:
        with SimulatedChronyd(version="4.6.1") as server, udp_client(server.address) as client:
            assert client.ask(make_request(57, 171)) == make_refusal(57, 19)

    def test_open_commands_that_cannot_be_are_value_errors(self) -> None:
        with pytest.raises(ValueError, match=r"from '4\.7' on"):
            SimulatedChronyd(version="4.6", open_commands=["tracking"])
        for names in (["trakcing"], "tracking", [""]):
            with pytest.raises(
                ValueError, match=re.escape(f"smoothing, sourcename, not {names!r}")
            ):
                SimulatedChronyd(open_commands=names)


class TestLife:
    def test_restart_keeps_address_records_and_count(
        self, server: SimulatedChronyd, client: Client
    ) -> None:
        address = server.address
        answer = client.ask(TRACKING_REQUEST)

        server.restart()

        assert server.address == address
        assert client.ask(TRACKING_REQUEST) == answer
        assert server.requests == 2

    def test_stopped_server_frees_its_address(self) -> None:
        with SimulatedChronyd() as first:
            pass

        with SimulatedChronyd(address=first.address) as second:
            assert second.address == first.address

    @pytest.mark.parametrize("address", loopback_addresses())
    def test_ip_address_can_name_its_port(self, address: str) -> None:
        with SimulatedChronyd(address=address) as first:
            pass

        with SimulatedChronyd(address=first.address) as second:
            assert second.address == first.address
            assert first.address.startswith(f"[{address}]:" if ":" in address else f"{address}:")

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
        def count() -> tuple[int, int]:
            return threading.active_count(), sum(1 for _ in Path("/dev/fd").iterdir())

        before = count()
        for address in (*loopback_addresses(), tmp_path / "chronyd.sock"):
            with SimulatedChronyd(address=address) as server:
                server.restart()

        assert count() == before

    @pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
    def test_stop_does_not_wait_for_a_forked_process(self) -> None:
        server = SimulatedChronyd()
        server.start()
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(writer)
            select.select([reader], [], [], 20)
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
