"""The rules by which a simulated chronyd answers, against the protocol's tables."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pychrony.testing import SimulatedChronyd, make_auth_data, make_rtc_data, make_smoothing
from tests.support.bare_client import (
    BareClient,
    client_of,
    make_refusal,
    make_request,
    sequence_of,
    udp_client,
)
from tests.support.extreme_records import VERSIONS

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
        self, dropped: bytes, server: SimulatedChronyd, client: BareClient
    ) -> None:
        client.send(dropped)

        assert sequence_of(client.ask(make_request(14, 32, sequence=8))) == 8
        assert server.requests == 2

    @pytest.mark.parametrize("version", [5, 7, 8, 255])
    def test_other_version_is_refused_in_version_6(self, version: int, client: BareClient) -> None:
        request = make_request(33, 28, version=version)

        assert client.ask(request) == make_refusal(33, 18)

    @pytest.mark.parametrize(("command", "required"), [(14, 32), (33, 104)])
    def test_request_shorter_than_its_answer_is_refused(
        self, command: int, required: int, client: BareClient
    ) -> None:
        assert client.ask(make_request(command, 28)) == make_refusal(command, 19)
        assert client.ask(make_request(command, required - 1)) == make_refusal(command, 19)
        assert len(client.ask(make_request(command, required))) == required
        assert len(client.ask(make_request(command, 860))) == required

    @pytest.mark.parametrize("command", [0, 10, 66, 65535])
    def test_command_that_is_not_served_is_invalid(self, command: int, client: BareClient) -> None:
        assert client.ask(make_request(command, 28)) == make_refusal(command, 3)

    def test_attempt_and_padding_make_no_difference(self, client: BareClient) -> None:
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
    def test_closed_reports_are_refused_over_udp(self, command: int, client: BareClient) -> None:
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
