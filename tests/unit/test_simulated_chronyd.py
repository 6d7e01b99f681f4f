"""The simulated chronyd, against recordings of a real one, chronyc and the protocol's own tables.

The recordings are of chronyd 4.8, each a request with the answer that came back: `server` has a
local reference, `client` follows 127.0.0.5, and `unsync` follows nothing.
"""

from __future__ import annotations

import math
import re
import shutil
import socket
import stat
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pychrony._enums import LeapStatus
from pychrony.models import TrackingStatus
from pychrony.testing import Faults, SimulatedChronyd, _server, make_tracking
from pychrony.testing._wire import encode_address, encode_float, encode_time
from tests.support.chronyd import loopback_addresses

Chronyc = Callable[[str, str], str]

TRACKING_REQUEST = bytes.fromhex("0601 0000 0021 0000 1c6ce9e8") + bytes(92)


@dataclass
class Client:
    """A bare datagram socket; what it has received can be looked at without waiting."""

    sock: socket.socket
    server: str | tuple[str, int]

    def send(self, request: bytes) -> None:
        self.sock.sendto(request, self.server)

    def receive(self) -> bytes:
        return self.sock.recv(2048)

    def ask(self, request: bytes) -> bytes:
        self.send(request)
        return self.receive()

    def received(self) -> list[bytes]:
        """Return all that has arrived; after `SimulatedChronyd.stop`, all that ever will."""
        self.sock.setblocking(False)
        datagrams = []
        while True:
            try:
                datagrams.append(self.receive())
            except BlockingIOError:
                return datagrams


@contextmanager
def udp_client(address: str) -> Generator[Client, None, None]:
    """Yield a client of an IPv4 address."""
    host, port = address.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        yield Client(sock, (host, int(port)))


@contextmanager
def unix_client(path: str, own_path: str | None) -> Generator[Client, None, None]:
    """Yield a client of a Unix socket, itself bound to a path, or to nothing."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        if own_path is not None:
            sock.bind(own_path)
        sock.settimeout(5)
        yield Client(sock, path)


@pytest.fixture
def server() -> Iterator[SimulatedChronyd]:
    with SimulatedChronyd() as running:
        yield running


@pytest.fixture
def client(server: SimulatedChronyd) -> Iterator[Client]:
    with udp_client(server.address) as bound:
        yield bound


@pytest.fixture
def chronyc() -> Chronyc:
    """Run chronyc on an address and return what it printed."""
    program = shutil.which("chronyc")
    if program is None:
        pytest.fail("chronyc is not on PATH; it comes with the package chrony")

    def run(address: str, command: str) -> str:
        host, _, port = address.rpartition(":") if ":" in address else (address, "", "323")
        arguments = [program, "-c", "-h", host.strip("[]"), "-p", port, command]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout

    return run


def make_request(command: int, length: int, *, version: int = 6, sequence: int = 7) -> bytes:
    """Return a request of so many bytes, by section 2 of chronyd-protocol.md."""
    return struct.pack(">BBHHHI", version, 1, 0, command, 0, sequence).ljust(length, b"\0")


def make_refusal(command: int, status: int, *, sequence: int = 7) -> bytes:
    """Return an answer with no payload, by section 3 of chronyd-protocol.md."""
    return struct.pack(">BBHHHHHIIII", 6, 2, 0, command, 1, status, 0, 0, sequence, 0, 0)


def sequence_of(reply: bytes) -> int:
    return int.from_bytes(reply[16:20], "big")


class TestAgainstRecordings:
    """Requests that chronyd 4.8 was sent get, byte for byte, the answers that it gave.

    The records are what libchrony 0.2 read from those answers.
    """

    def test_clock_that_follows_an_ntp_source(
        self, server: SimulatedChronyd, client: Client
    ) -> None:
        server.tracking = TrackingStatus(
            reference_id=2130706437,
            reference_id_name="127.0.0.5",
            reference_ip="127.0.0.5",
            stratum=9,
            leap_status=LeapStatus.NORMAL,
            ref_time=1795361568.283776946,
            ref_time_ns=1795361568_283776946,
            offset=-8.185677415895043e-07,
            last_offset=3.6244944823238257e-08,
            rms_offset=2.963877534511994e-07,
            frequency=-0.0002577518462203443,
            residual_freq=0.00041060405783355236,
            skew=0.016906999051570892,
            root_delay=3.5069999739789637e-06,
            root_dispersion=2.9146015094738686e-06,
            update_interval=2.0675880908966064,
        )

        assert client.ask(TRACKING_REQUEST).hex() == (
            "060200000021000500000000000000001c6ce9e80000000000000000"
            "7f0000057f0000050000000000000000000000000001000000090000"
            "000000006b030b2010ea17b2db244474d29babbdd89f1f39ed78dd22"
            "ecd74658f88a808cdeeb59cddec398790684535d"
        )

    def test_clock_that_follows_nothing(self, server: SimulatedChronyd, client: Client) -> None:
        zeros = dict.fromkeys(
            ("offset", "last_offset", "rms_offset", "frequency", "residual_freq", "skew"), 0.0
        )
        server.tracking = make_tracking(
            reference_ip="",
            stratum=0,
            leap_status=LeapStatus.UNSYNC,
            ref_time_ns=0,
            root_delay=1.0,
            root_dispersion=1.0,
            update_interval=0.0,
            **zeros,
        )
        request = TRACKING_REQUEST.replace(bytes.fromhex("1c6ce9e8"), bytes.fromhex("26dada3c"))

        assert client.ask(request).hex() == (
            "0602000000210005000000000000000026dada3c0000000000000000"
            "00000000000000000000000000000000000000000000000000000003"
            "00000000000000000000000000000000000000000000000000000000"
            "0000000000000000048000000480000000000000"
        )

    def test_number_of_sources(self, server: SimulatedChronyd, client: Client) -> None:
        server.sources = range(16)
        request = bytes.fromhex("06010000000e000066721a940000000000000000" + "00" * 12)

        assert client.ask(request).hex() == (
            "06020000000e0002000000000000000066721a94000000000000000000000010"
        )


class TestAgainstChronyc:
    """chronyc prints what was put in."""

    TRACKING = make_tracking(
        ref_time_ns=1_795_361_584_897_598_193,
        offset=-0.25,
        last_offset=0.125,
        rms_offset=0.0625,
        frequency=12.5,
        residual_freq=-0.5,
        skew=0.75,
        root_delay=0.03125,
        root_dispersion=0.015625,
        update_interval=64.5,
    )
    PRINTED = (
        "1795361584.897598193,-0.250000000,0.125000000,0.062500000,12.500,-0.500,0.750,"
        "0.031250000,0.015625000,64.5,Normal\n"
    )

    @pytest.mark.parametrize("address", [*loopback_addresses(), "/"])
    def test_every_field_over_every_transport(
        self, address: str, tmp_path: Path, chronyc: Chronyc
    ) -> None:
        if address == "/":
            address = str(tmp_path / "chronyd.sock")

        with SimulatedChronyd(self.TRACKING, address=address) as server:
            printed = chronyc(server.address, "tracking")

        assert printed == "C0000201,192.0.2.1,3," + self.PRINTED

    @pytest.mark.parametrize(
        ("reference", "printed"),
        [
            # chronyd-protocol.md 4.5: measured for ::1 on a real chronyd.
            ({"reference_ip": "::1"}, "CF404DC8,::1,"),
            ({"reference_ip": "ID#0000000001"}, "00000000,ID#0000000001,"),
            ({"reference_ip": "", "reference_id": 0x47505300}, "47505300,GPS,"),
            ({"reference_ip": ""}, "00000000,,"),
        ],
    )
    def test_every_kind_of_reference(
        self, reference: dict[str, Any], printed: str, server: SimulatedChronyd, chronyc: Chronyc
    ) -> None:
        server.tracking = make_tracking(**reference)

        assert chronyc(server.address, "tracking").startswith(printed)

    @pytest.mark.parametrize(
        ("leap_status", "printed"),
        [
            (LeapStatus.NORMAL, "Normal"),
            (LeapStatus.INSERT, "Insert second"),
            (LeapStatus.DELETE, "Delete second"),
            (LeapStatus.UNSYNC, "Not synchronised"),
        ],
    )
    def test_every_leap_status(
        self, leap_status: LeapStatus, printed: str, server: SimulatedChronyd, chronyc: Chronyc
    ) -> None:
        server.tracking = make_tracking(leap_status=leap_status)

        assert chronyc(server.address, "tracking").endswith(f",{printed}\n")

    def test_time_past_32_bits_of_seconds(self, server: SimulatedChronyd, chronyc: Chronyc) -> None:
        server.tracking = make_tracking(ref_time_ns=2**33 * 10**9 + 1)

        assert ",8589934592.000000001," in chronyc(server.address, "tracking")

    def test_command_that_is_not_served(self, server: SimulatedChronyd, chronyc: Chronyc) -> None:
        assert chronyc(server.address, "activity") == "502 Invalid command\n"


class TestFloat:
    @pytest.mark.parametrize(
        ("x", "word"),
        [
            # chronyd-protocol.md 4.1
            (0.0, "00000000"),
            (1.0, "04800000"),
            (-0.5, "03800000"),
            (16777215 * 2.0**38, "7effffff"),
            (-(2.0**62), "7f000000"),
            (2.0**-89, "80000001"),
            # recorded from chronyd 4.8
            (12.5, "0ac80000"),
            (-0.25023582577705383, "017fe117"),
            (-0.004999999888241291, "f55c28f6"),
        ],
    )
    def test_is_the_word_that_chronyd_has_for_it(self, x: float, word: str) -> None:
        assert encode_float(x).hex() == word

    @pytest.mark.parametrize("x", [math.inf, 1e300, 2.0**62])
    def test_above_the_range_is_the_largest(self, x: float) -> None:
        assert encode_float(x).hex() == "7effffff"

    @pytest.mark.parametrize("x", [-math.inf, -1e300, -(2.0**63)])
    def test_below_the_range_is_the_most_negative(self, x: float) -> None:
        assert encode_float(x).hex() == "7f000000"

    @pytest.mark.parametrize("x", [math.nan, -math.nan, -0.0, 5e-324, 2.0**-91, -(2.0**-91)])
    def test_nan_and_too_small_are_zero(self, x: float) -> None:
        assert encode_float(x).hex() == "00000000"

    @pytest.mark.parametrize(
        ("x", "word"),
        [
            (0.75 * 2.0**-89, "80000001"),
            (-0.75 * 2.0**-89, "81ffffff"),
            (1 - 2.0**-26, "04800000"),
            (-1 + 2.0**-26, "03000000"),
            (16777214.75 * 2.0**38, "7effffff"),
        ],
    )
    def test_rounding_crosses_boundaries(self, x: float, word: str) -> None:
        assert encode_float(x).hex() == word

    @pytest.mark.parametrize("x", [math.pi * 10.0**n for n in range(-18, 19, 3)])
    @pytest.mark.parametrize("sign", [1, -1])
    def test_is_rounded_as_the_processor_rounds_to_24_bits(self, x: float, sign: int) -> None:
        (rounded,) = struct.unpack("f", struct.pack("f", sign * x))

        assert encode_float(sign * x) == encode_float(rounded)


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        # chronyd-protocol.md 4.2
        ("", "00" * 20),
        ("192.0.2.1", "c0000201" + "00" * 12 + "0001" + "0000"),
        ("2001:db8::1", "20010db8" + "00" * 11 + "01" + "0002" + "0000"),
        ("ID#0000000010", "0000000a" + "00" * 12 + "0003" + "0000"),
    ],
)
def test_address_has_its_family_behind_it(text: str, encoded: str) -> None:
    assert encode_address(text).hex() == encoded


def test_time_is_seconds_in_two_halves_and_nanoseconds() -> None:
    assert encode_time(2**32 * 10**9 + 999_999_999).hex() == "00000001" + "00000000" + "3b9ac9ff"


class TestRules:
    """Sections 2, 3 and 5 of chronyd-protocol.md."""

    @pytest.mark.parametrize(
        "dropped",
        [
            b"",
            make_request(14, 27),
            make_request(14, 861),
            make_request(14, 32, version=0),
            make_request(14, 32, version=4),
            b"\x06\x02" + make_request(14, 32)[2:],
            b"\x06\x01\x01" + make_request(14, 32)[3:],
            b"\x06\x01\x00\x01" + make_request(14, 32)[4:],
        ],
        ids=["empty", "short", "long", "v0", "v4", "reply", "reserved 1", "reserved 2"],
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

    @pytest.mark.parametrize("command", [0, 10, 15, 65535])
    def test_command_that_is_not_served_is_invalid(self, command: int, client: Client) -> None:
        assert client.ask(make_request(command, 28)) == make_refusal(command, 3)

    def test_attempt_and_padding_make_no_difference(self, client: Client) -> None:
        request = bytearray(make_request(14, 32))
        request[6:8] = b"\xff\xff"
        request[12:] = b"\xff" * 20

        assert client.ask(bytes(request)) == client.ask(make_request(14, 32))

    def test_report_is_added_by_one_entry_in_the_table(
        self, monkeypatch: pytest.MonkeyPatch, server: SimulatedChronyd, tmp_path: Path
    ) -> None:
        def encode(state: SimulatedChronyd, payload: bytes) -> bytes:
            return str(state.sources[int.from_bytes(payload[:4], "big")]).encode()

        monkeypatch.setitem(_server._REPORTS, 69, _server._Report(32, 23, False, encode))
        first, second = make_request(69, 32), make_request(69, 20) + b"\0\0\0\1" + bytes(8)
        path = str(tmp_path / "chronyd.sock")

        with SimulatedChronyd(address=path) as local, unix_client(path, path + ".c") as client:
            local.sources = ["*"]
            assert client.ask(first)[6:8] + client.ask(first)[28:] == b"\0\x17*"
            assert client.ask(second) == make_refusal(69, 4)
        with udp_client(server.address) as client:
            assert client.ask(first) == make_refusal(69, 2)


class TestFaults:
    def test_silent_server_receives_and_does_not_answer(self, tmp_path: Path) -> None:
        path = str(tmp_path / "chronyd.sock")
        server = SimulatedChronyd(address=path, faults=Faults(silent=True))

        with server, unix_client(path, path + ".client") as client:
            client.send(TRACKING_REQUEST)
            server.stop()

            assert client.received() == []
            assert server.requests == 1

    def test_every_nth_request_is_lost(self, server: SimulatedChronyd, client: Client) -> None:
        server.faults = Faults(drop_every=3)
        for sequence in range(1, 8):
            client.send(make_request(14, 32, sequence=sequence))

        assert [sequence_of(client.receive()) for _ in range(5)] == [1, 2, 4, 5, 7]

    def test_delayed_answer_comes_after_the_delay(
        self, server: SimulatedChronyd, client: Client
    ) -> None:
        server.faults = Faults(delay=0.05)
        start = time.monotonic()

        client.ask(TRACKING_REQUEST)

        assert time.monotonic() - start >= 0.05

    def test_stop_does_not_wait_for_a_delayed_answer(self, tmp_path: Path) -> None:
        path = str(tmp_path / "chronyd.sock")
        server = SimulatedChronyd(address=path, faults=Faults(delay=3600))

        with server, unix_client(path, path + ".client") as client:
            client.send(TRACKING_REQUEST)
            server.stop()

            assert client.received() == []
            assert server.requests == 1

    def test_duplicate_is_the_same_answer_again(
        self, server: SimulatedChronyd, client: Client
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(duplicate=True)

        assert [client.ask(TRACKING_REQUEST), client.receive()] == [answer, answer]

    def test_stray_differs_from_the_answer_in_nothing_but_the_sequence(
        self, server: SimulatedChronyd, client: Client
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(stray=True)
        stray = client.ask(TRACKING_REQUEST)

        assert stray[16:20] != answer[16:20]
        assert stray[:16] + stray[20:] == answer[:16] + answer[20:]
        assert client.receive() == answer

    def test_garbage_comes_before_the_answer(
        self, server: SimulatedChronyd, client: Client
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(garbage=True)

        assert client.ask(TRACKING_REQUEST)[:4] != answer[:4]
        assert client.receive() == answer

    @pytest.mark.parametrize("length", [0, 27, 28, 103])
    def test_truncated_answer_is_its_beginning(
        self, length: int, server: SimulatedChronyd, client: Client
    ) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(truncate=length)

        assert client.ask(TRACKING_REQUEST) == answer[:length]

    def test_extra_bytes_follow_the_answer(self, server: SimulatedChronyd, client: Client) -> None:
        answer = client.ask(TRACKING_REQUEST)
        server.faults = Faults(extra=5)

        assert client.ask(TRACKING_REQUEST) == answer + bytes(5)

    @pytest.mark.parametrize("status", [0, 2, 255])
    def test_status_comes_with_no_payload(
        self, status: int, server: SimulatedChronyd, client: Client
    ) -> None:
        server.faults = Faults(status=status)

        assert client.ask(make_request(33, 104)) == make_refusal(33, status)

    def test_faults_combine(self, server: SimulatedChronyd, client: Client) -> None:
        server.faults = Faults(duplicate=True, garbage=True, stray=True, status=3)
        client.send(make_request(33, 104))

        lengths = [len(client.receive()) for _ in range(4)]

        assert lengths == [104, 64, 28, 28]


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

    def test_taken_address_is_an_os_error(self, server: SimulatedChronyd) -> None:
        with pytest.raises(OSError, match="in use"):
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

    def test_record_with_no_place_on_the_wire_ends_the_thread_with_an_error(
        self, monkeypatch: pytest.MonkeyPatch, server: SimulatedChronyd, client: Client
    ) -> None:
        errors: list[threading.ExceptHookArgs] = []
        monkeypatch.setattr(threading, "excepthook", errors.append)
        server.tracking = make_tracking(stratum=70000)
        client.send(TRACKING_REQUEST)
        server.stop()

        assert [error.exc_type for error in errors] == [struct.error]
        assert client.received() == []

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
            Path(gone).unlink()
            with unix_client(path, path + ".client") as client:
                assert len(client.ask(TRACKING_REQUEST)) == 104

    @pytest.mark.parametrize(
        "address", ["localhost", "", "127.0.0.1:ntp", "chronyd.sock", "[127.0.0.1", "1:2:3"]
    )
    def test_address_of_no_known_form_is_a_value_error(self, address: str) -> None:
        with pytest.raises(ValueError, match=re.escape(f"got {address!r}")):
            SimulatedChronyd(address=address)


class TestFactories:
    def test_reference_id_follows_the_address(self) -> None:
        assert make_tracking(reference_ip="127.0.0.5").reference_id == 0x7F000005

    @pytest.mark.parametrize(
        ("reference_id", "name"),
        [(0x47505300, "GPS"), (0x7F7F0101, "LOCAL"), (0x01020304, "01020304"), (0, "")],
    )
    def test_name_of_a_reference_without_address_follows_its_id(
        self, reference_id: int, name: str
    ) -> None:
        tracking = make_tracking(reference_ip="", reference_id=reference_id)

        assert tracking.reference_id_name == name

    @pytest.mark.parametrize("ip", ["127.0.0.5", "::1", "ID#0000000001"])
    def test_name_of_an_ntp_source_is_its_address(self, ip: str) -> None:
        assert make_tracking(reference_ip=ip).reference_id_name == ip

    def test_reference_id_can_differ_from_the_address(self) -> None:
        assert make_tracking(reference_ip="127.0.0.5", reference_id=1).reference_id == 1

    def test_reference_time_follows_its_nanoseconds(self) -> None:
        assert make_tracking(ref_time_ns=1_795_361_568_500_000_000).ref_time == 1795361568.5

    def test_nanoseconds_follow_the_reference_time(self) -> None:
        tracking = make_tracking(ref_time=1795361568 + 2**-20)

        assert tracking.ref_time == 1795361568 + 2**-20
        assert tracking.ref_time_ns == 1795361568_000_000_954

    def test_both_times_can_be_given(self) -> None:
        tracking = make_tracking(ref_time=1.0, ref_time_ns=2)

        assert (tracking.ref_time, tracking.ref_time_ns) == (1.0, 2)

    def test_defaults_lose_nothing_on_the_wire(self) -> None:
        tracking = make_tracking()
        floats = [
            getattr(tracking, name)
            for name in TrackingStatus.__slots__
            if isinstance(getattr(tracking, name), float) and name != "ref_time"
        ]

        assert list(struct.unpack("9f", struct.pack("9f", *floats))) == floats

    def test_unknown_field_is_a_type_error(self) -> None:
        with pytest.raises(TypeError, match="statum"):
            make_tracking(statum=2)
