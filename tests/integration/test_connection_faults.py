"""Daemons that are silent, gone or restarted, and datagrams that are lost, late or too many."""

from __future__ import annotations

import resource
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pychrony import ChronyConnection, ChronyConnectionError, ChronyTimeoutError, get_tracking
from pychrony.testing import Faults, SimulatedChronyd, make_tracking
from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, client_files
from tests.support.deadlines import MARGIN
from tests.support.many_sources import HEADER, TRACKING, patched, templates
from tests.support.ports import free_port, loopback_addresses
from tests.support.processes import in_child
from tests.support.reply_servers import ReplyServer, with_sequence_of

STRATUM_AT = 24  # in an answer's payload


def test_a_silent_daemon_costs_the_timeout_and_no_more(
    start_chronyd: StartChronyd, pick_address: Callable[[Chronyd], str]
) -> None:
    daemon = start_chronyd(*LOCAL)
    with ChronyConnection(pick_address(daemon), timeout=0.4) as connection:
        daemon.pause()
        begin = time.monotonic()
        with pytest.raises(ChronyTimeoutError) as caught:
            connection.get_tracking()
        took = time.monotonic() - begin
        daemon.resume()

        assert 0.4 <= took < 0.4 + MARGIN
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.address == connection.address
        assert connection.get_tracking(timeout=60.0).stratum == 8


def test_a_silent_daemon_never_makes_more_calls_block(start_chronyd: StartChronyd) -> None:
    """The kernel queues some ten datagrams for a Unix socket; more would block the sender."""
    daemon = start_chronyd(*LOCAL)
    with ChronyConnection(daemon.socket_path, timeout=0.15) as connection:
        daemon.pause()
        for _ in range(8):
            begin = time.monotonic()
            with pytest.raises(ChronyTimeoutError):
                connection.get_tracking()
            assert time.monotonic() - begin < 0.15 + MARGIN
        daemon.resume()
        assert connection.get_tracking(timeout=60.0).stratum == 8


@pytest.mark.who
def test_a_restarted_daemon_is_found_again(
    start_chronyd: StartChronyd, pick_address: Callable[[Chronyd], str]
) -> None:
    daemon = start_chronyd(*LOCAL)
    with ChronyConnection(pick_address(daemon)) as connection:
        assert connection.get_tracking().stratum == 8
        daemon.restart()
        assert connection.get_tracking().stratum == 8
    assert client_files(daemon) == []


def test_a_daemon_that_went_away_fails_at_once_and_works_when_it_is_back(
    start_chronyd: StartChronyd, pick_address: Callable[[Chronyd], str]
) -> None:
    daemon = start_chronyd(*LOCAL)
    with ChronyConnection(pick_address(daemon), timeout=60.0) as connection:
        assert connection.get_tracking().stratum == 8
        daemon.stop()
        for _ in range(3):
            begin = time.monotonic()
            with pytest.raises(ChronyConnectionError):
                connection.get_tracking()
            assert time.monotonic() - begin < MARGIN
        daemon.start()
        assert connection.get_tracking().stratum == 8
    assert client_files(daemon) == []


def test_nothing_listening_fails_at_once() -> None:
    address = f"127.0.0.1:{free_port()}"
    begin = time.monotonic()
    with pytest.raises(ChronyConnectionError, match="nothing listens") as caught:
        get_tracking(address, timeout=60.0)

    assert time.monotonic() - begin < MARGIN
    assert not isinstance(caught.value, ChronyTimeoutError)
    assert caught.value.errno == 111
    assert caught.value.address == address


@pytest.mark.who
def test_a_missing_socket_fails_at_once(tmp_path: Path) -> None:
    with pytest.raises(ChronyConnectionError) as caught:
        get_tracking(tmp_path / "chronyd.sock")

    assert caught.value.errno == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.who
def test_a_link_that_leads_nowhere_is_no_matter_of_the_clients_own_socket(tmp_path: Path) -> None:
    link = tmp_path / "chronyd.sock"
    link.symlink_to("nowhere")

    with pytest.raises(ChronyConnectionError) as caught:
        get_tracking(link)
    assert "its own socket" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [link]


@pytest.mark.parametrize(
    "faults",
    [
        Faults(drop_every=2),
        Faults(drop_every=3),
        Faults(stray=True),
        Faults(duplicate=True),
        Faults(garbage=True),
        Faults(stray=True, duplicate=True, garbage=True, extra=500),
        Faults(delay=0.06),
    ],
    ids=repr,
)
def test_lost_stray_and_late_datagrams_cost_no_report(faults: Faults, tmp_path: Path) -> None:
    tracking = make_tracking()
    for place in (*loopback_addresses(), str(tmp_path / "s")):
        with (
            SimulatedChronyd(tracking, address=place, faults=faults) as server,
            ChronyConnection(server.address) as connection,
        ):
            for _ in range(3):
                assert connection.get_tracking() == tracking


def test_an_answer_that_is_too_late_is_not_taken_for_the_next() -> None:
    stratum = 3

    def answer(request: bytes) -> list[bytes]:
        recorded = with_sequence_of(request, templates()[TRACKING])
        return [patched(recorded, HEADER + STRATUM_AT, struct.pack(">H", stratum))]

    server = ReplyServer(answer)
    with ChronyConnection(server.address, timeout=0.1) as hasty:
        with pytest.raises(ChronyTimeoutError):
            hasty.get_tracking()
        with server:  # only now it answers what it was asked
            with ChronyConnection(server.address, timeout=60.0) as patient:
                assert patient.get_tracking().stratum == 3  # the late answers have been sent
            stratum = 4

            assert hasty.get_tracking(timeout=60.0).stratum == 4


def test_a_flood_of_stray_datagrams_ends_at_the_deadline() -> None:
    with ReplyServer(lambda _: [b"\x06\x02" + bytes(200)] * 2000) as server:
        begin = time.monotonic()
        with pytest.raises(ChronyTimeoutError):
            get_tracking(server.address, timeout=0.3)
        assert time.monotonic() - begin < 0.3 + MARGIN


def test_a_process_without_descriptors_sleeps_until_the_answer_comes() -> None:
    """The system refuses to poll in a process that has limited itself so."""
    tracking = make_tracking()

    def ask() -> tuple[object, float]:
        with ChronyConnection(server.address, timeout=60.0) as connection:
            connection.get_tracking()  # the system's library opens a file the first time
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
            begin = time.process_time()
            return connection.get_tracking(), time.process_time() - begin

    with SimulatedChronyd(tracking, faults=Faults(delay=0.5)) as server:
        answer, used = in_child(ask)

    assert answer == tracking
    assert used < 0.2
