"""The servers of benchmarks/fleet/responder.c, which other tests and benchmarks count on."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from pychrony import (
    ChronyConnection,
    ChronyConnectionError,
    ChronyDataError,
    ChronyPermissionError,
    ChronyTimeoutError,
    get_tracking,
)
from tests.support.bare_client import make_refusal, make_request, udp_client
from tests.support.chronyc import ROWS
from tests.support.chronyd import run_chronyc
from tests.support.comparison import Rows, differences
from tests.support.responder import Responder, refusing_port

COUNT, SOURCES, TRACKING, UNKNOWN = 14, 15, 33, 200
SOUND, OLD, OLDER, FAR = 0, 35, 22, 20
CLASSES = {OLD: "version=3.5", OLDER: "version=2.2", FAR: "delay=20"}
SHORT, LONG = 0.05, 30.0  # seconds, of what shall fail in time, and of what shall be told


def test_each_address_has_records_of_its_own(responder_program: Path) -> None:
    with Responder(responder_program) as responder:
        few = [*responder.addresses(5), *responder.addresses(3, 255)]
        few.append(f"127.254.3.2:{responder.port}")
        for address in few:
            with ChronyConnection(address) as connection:
                assert connection.get_tracking() == responder.tracking(address)
                assert connection.get_sources() == responder.sources(address)
                assert connection.get_activity() == responder.activity(address)


def test_ten_thousand_addresses_have_as_many_trackings(responder_program: Path) -> None:
    with Responder(responder_program) as responder:
        addresses = responder.addresses(10_000)
        records = [responder.tracking(address) for address in addresses]

    assert len(set(records)) == 10_000


def test_chronyc_reads_the_same_records(responder_program: Path) -> None:
    with Responder(responder_program) as responder:
        for address in (f"127.1.2.3:{responder.port}", f"127.7.255.4:{responder.port}"):
            told = {
                "tracking": [responder.tracking(address)],
                "sources": responder.sources(address),
                "activity": [responder.activity(address)],
            }
            for command, records in told.items():
                printed = run_chronyc(address, "-c", "-n", command, *["-a"][: command == "sources"])
                rows: Rows = [[*line.split(",")] for line in printed.stdout.splitlines()]
                ours = [ROWS[type(record)](record) for record in records]
                assert differences(rows, ours, rows) == [], printed


@pytest.mark.parametrize("version", [(3, 5), (2, 2)])
def test_old_versions_have_other_sources(version: tuple[int, int], responder_program: Path) -> None:
    with Responder(responder_program, CLASSES) as responder:
        for address in responder.addresses(3, {(3, 5): OLD, (2, 2): OLDER}[version]):
            with ChronyConnection(address) as connection:
                assert connection.get_sources() == responder.sources(address, version)
                assert connection.get_tracking() == responder.tracking(address)


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ("silent", ChronyTimeoutError),
        ("wrong-source", ChronyTimeoutError),
        ("wrong-sequence", ChronyTimeoutError),
        ("version=1.29", ChronyTimeoutError),  # it refuses in a version that libchrony ignores
        ("status=2", ChronyPermissionError),
        ("status=18", ChronyDataError),
        ("delay=60000", ChronyTimeoutError),
    ],
)
def test_faulty_servers_give_no_record(
    option: str, error: type[Exception], responder_program: Path
) -> None:
    with Responder(responder_program, {1: option}) as responder:
        [sound], [faulty] = responder.addresses(1), responder.addresses(1, 1)

        with pytest.raises(error):
            get_tracking(faulty, timeout=SHORT if error is ChronyTimeoutError else LONG)
        assert get_tracking(sound) == responder.tracking(sound)


def test_a_stray_answer_comes_before_the_right_one(responder_program: Path) -> None:
    with Responder(responder_program, {1: "stray"}) as responder:
        [address] = responder.addresses(1, 1)
        with udp_client(address) as client:
            stray = client.ask(make_request(TRACKING, 104, sequence=1))
            right = client.receive()

        assert stray[16:20] == b"\xff\xff\xff\xfe"
        assert right == stray[:16] + b"\0\0\0\1" + stray[20:]
        assert get_tracking(address) == responder.tracking(address)


def test_an_answer_comes_from_the_wrong_source(responder_program: Path) -> None:
    with Responder(responder_program, {1: "wrong-source"}) as responder, _udp_socket() as sock:
        sock.sendto(make_request(TRACKING, 104), ("127.1.0.1", responder.port))
        reply, source = sock.recvfrom(2048)

    assert len(reply) == 104
    assert source == ("127.1.128.1", responder.port)


def test_answers_come_as_late_as_they_shall(responder_program: Path) -> None:
    with Responder(responder_program, CLASSES) as responder, _udp_socket() as sock:
        addresses = responder.addresses(100, FAR)  # whose answers have room in the socket
        begin = time.monotonic()
        for address in addresses:
            sock.sendto(make_request(TRACKING, 104), (address.split(":")[0], responder.port))
        replies = [sock.recv(2048)]
        taken = time.monotonic() - begin
        replies += [sock.recv(2048) for _ in addresses[1:]]

    assert taken >= 0.02
    assert len(set(replies)) == 100


def test_one_datagram_in_four_is_lost_on_either_way(responder_program: Path) -> None:
    with Responder(responder_program, {1: "loss=4"}) as responder:
        [lossy] = responder.addresses(1, 1)
        [sound] = responder.addresses(1)
        with udp_client(lossy) as client, udp_client(sound) as last:
            for sequence in range(100):
                client.send(make_request(TRACKING, 104, sequence=sequence))
            last.ask(make_request(TRACKING, 104))
            answered = len(client.received())

    assert 40 <= answered <= 72  # 56 of 100 are to be expected


def test_requests_that_chronyd_refuses_or_ignores(responder_program: Path) -> None:
    with Responder(responder_program, CLASSES) as responder:
        [address], [older] = responder.addresses(1), responder.addresses(1, OLDER)
        with udp_client(address) as client:
            assert client.ask(make_request(TRACKING, 103)) == make_refusal(TRACKING, 19)
            assert client.ask(make_request(TRACKING, 104, version=7)) == make_refusal(TRACKING, 18)
            assert client.ask(make_request(UNKNOWN, 104)) == make_refusal(UNKNOWN, 3)
            beyond = make_request(SOURCES, 76, payload=b"\0\0\0\4")
            assert client.ask(beyond) == make_refusal(SOURCES, 4)
            for ignored in (b"", make_request(TRACKING, 27), make_request(TRACKING, 861)):
                client.send(ignored)
            client.send(make_request(TRACKING, 104, version=4))
            assert len(client.ask(make_request(COUNT, 860))) == 32
        with udp_client(older) as client:
            client.send(make_request(UNKNOWN, 104))
            assert len(client.ask(make_request(COUNT, 32))) == 32


def test_nobody_listens_at_the_refusing_port(responder_program: Path) -> None:
    with Responder(responder_program) as responder, refusing_port() as port:
        for address in responder.addresses(2, FAR, port=port):  # where no other test listens
            with pytest.raises(ChronyConnectionError, match="refused"):
                get_tracking(address)


def _udp_socket() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(30)
    return sock
