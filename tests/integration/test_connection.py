"""What a connection survives, and what it leaves behind."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pychrony import (
    ChronyConnection,
    ChronyConnectionError,
    ChronyTimeoutError,
    get_tracking,
)
from pychrony.testing import Faults, SimulatedChronyd, make_tracking
from tests.conftest import StartChronyd
from tests.support.chronyd import (
    LOCAL,
    Chronyd,
    client_files,
    free_port,
    loopback_addresses,
    wait_for,
)
from tests.support.command_line import started
from tests.support.processes import in_child
from tests.support.replies import ReplyServer

MARGIN = 0.5  # seconds that a loaded machine may add


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


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
        assert connection.get_tracking().stratum == 8


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
        assert connection.get_tracking().stratum == 8


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
    with ChronyConnection(pick_address(daemon), timeout=5.0) as connection:
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
        get_tracking(address, timeout=10.0)

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
    old, new = make_tracking(stratum=3), make_tracking(stratum=4)
    with (
        SimulatedChronyd(old, faults=Faults(delay=0.3)) as server,
        ChronyConnection(server.address, timeout=0.1) as hasty,
    ):
        with pytest.raises(ChronyTimeoutError):
            hasty.get_tracking()
        server.tracking, server.faults = new, Faults()
        with ChronyConnection(server.address) as patient:
            assert patient.get_tracking() == new  # and so the late answers have been sent

        assert hasty.get_tracking() == new


def test_a_flood_of_stray_datagrams_ends_at_the_deadline() -> None:
    with ReplyServer(lambda _: [b"\x06\x02" + bytes(200)] * 2000) as server:
        begin = time.monotonic()
        with pytest.raises(ChronyTimeoutError):
            get_tracking(server.address, timeout=0.3)
        assert time.monotonic() - begin < 0.3 + MARGIN


def test_two_thousand_connections_leave_nothing_behind(local_chronyd: Chronyd) -> None:
    get_tracking(local_chronyd.socket_path)
    before = descriptors()
    for number in range(2000):
        address = local_chronyd.addresses[number % len(local_chronyd.addresses)]
        assert get_tracking(address).stratum == 8

    assert descriptors() == before
    assert client_files(local_chronyd) == []


def test_a_forgotten_connection_is_cleaned_up(local_chronyd: Chronyd) -> None:
    gc.collect()
    before = descriptors()
    connection = ChronyConnection(local_chronyd.socket_path)
    connection.__enter__()
    assert connection.get_tracking().stratum == 8
    assert len(client_files(local_chronyd)) == 1

    del connection
    gc.collect()
    assert descriptors() == before
    assert client_files(local_chronyd) == []


def test_an_exception_inside_the_block_leaves_nothing_behind(local_chronyd: Chronyd) -> None:
    def fail() -> None:
        with ChronyConnection(local_chronyd.socket_path) as connection:
            connection.get_tracking()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert client_files(local_chronyd) == []


def test_a_program_that_ends_with_an_open_connection_leaves_nothing_behind(
    local_chronyd: Chronyd,
) -> None:
    program = (
        "import sys, pychrony\n"
        "connection = pychrony.ChronyConnection(sys.argv[1])\n"
        "connection.__enter__().get_tracking()\n"
    )
    subprocess.run([sys.executable, "-c", program, local_chronyd.socket_path], check=True)

    assert client_files(local_chronyd) == []


def test_a_forked_child_may_not_use_the_connection_and_harms_nothing(
    local_chronyd: Chronyd,
) -> None:
    with ChronyConnection(local_chronyd.socket_path) as connection:
        with pytest.raises(RuntimeError, match="fork"):
            in_child(connection.get_tracking)
        in_child(lambda: connection.__exit__(None, None, None))
        assert in_child(lambda: get_tracking(local_chronyd.socket_path)).stratum == 8

        assert connection.get_tracking().stratum == 8
        assert len(client_files(local_chronyd)) == 1
    assert client_files(local_chronyd) == []


def test_a_call_outside_the_block_is_a_runtime_error(local_chronyd: Chronyd) -> None:
    connection = ChronyConnection(local_chronyd.socket_path)
    with pytest.raises(RuntimeError, match="with"):
        connection.get_tracking()
    with connection, pytest.raises(RuntimeError, match="open already"):
        connection.__enter__()
    with pytest.raises(RuntimeError, match="with"):
        connection.get_tracking()
    with connection:
        assert connection.get_tracking().stratum == 8


def test_interrupts_get_through_a_long_wait() -> None:
    program = (
        "import sys, pychrony\n"
        "print('asking', flush=True)\n"
        "pychrony.get_tracking(sys.argv[1], timeout=None)\n"
    )
    with (
        SimulatedChronyd(faults=Faults(silent=True)) as server,
        started([sys.executable, "-c", program, server.address]) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "asking\n"
        wait_for(lambda: server.requests > 1)  # it is in C by now
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)

    assert time.monotonic() - begin < MARGIN + 1
    assert "KeyboardInterrupt" in errors


def test_threads_take_turns_on_one_connection(local_chronyd: Chronyd) -> None:
    with ChronyConnection(local_chronyd.socket_path) as connection:
        strata: list[int] = []

        def read() -> None:
            strata.extend(connection.get_tracking().stratum for _ in range(200))

        threads = [threading.Thread(target=read) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert strata == [8] * 1200


def test_waiting_for_ones_turn_counts_against_the_timeout() -> None:
    with (
        SimulatedChronyd(faults=Faults(silent=True)) as server,
        ChronyConnection(server.address, timeout=0.5) as connection,
    ):
        times: list[float] = []

        def read() -> None:
            begin = time.monotonic()
            with pytest.raises(ChronyTimeoutError):
                connection.get_tracking()
            times.append(time.monotonic() - begin)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(times) == 4
    assert all(0.5 <= took < 0.5 + MARGIN for took in times)


def test_one_silent_daemon_delays_no_other(local_chronyd: Chronyd) -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:

        def wait() -> None:
            with pytest.raises(ChronyTimeoutError):
                get_tracking(server.address, timeout=1.0)

        waiting = threading.Thread(target=wait)
        waiting.start()
        wait_for(lambda: server.requests > 0)
        begin = time.monotonic()
        for _ in range(20):
            get_tracking(local_chronyd.udp4)
        assert time.monotonic() - begin < MARGIN
        assert waiting.is_alive()
        waiting.join()


def test_no_answer_mixes_with_another_threads() -> None:
    wrong: list[str] = []

    def read(number: int) -> None:
        ip = f"198.51.100.{number}" if number % 2 else f"2001:db8::{number}"
        with (
            SimulatedChronyd(make_tracking(reference_ip=ip)) as server,
            ChronyConnection(server.address) as connection,
        ):
            answers = [connection.get_tracking().reference_ip for _ in range(1500)]
        wrong.extend(answer for answer in answers if answer != ip)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(1, 7)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_silent_address_does_not_keep_detection_from_the_next(
    local_chronyd: Chronyd, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        defaults = (server.address, local_chronyd.udp4)
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", defaults)
        begin = time.monotonic()
        assert get_tracking(timeout=1.0).stratum == 8
        assert time.monotonic() - begin < 0.5 + MARGIN


@pytest.mark.who
def test_detection_lists_each_address_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = f"127.0.0.1:{free_port()}"
    defaults = ("/nonexistent/chronyd.sock", refused)
    monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", defaults)
    with pytest.raises(ChronyConnectionError) as caught:
        get_tracking()

    assert "/nonexistent/chronyd.sock: No such file or directory" in str(caught.value)
    assert f"{refused}: Connection refused" in str(caught.value)


@pytest.mark.who
def test_detection_goes_on_where_the_first_request_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with SimulatedChronyd(faults=Faults(status=2)) as refusing, SimulatedChronyd() as willing:
        defaults = (refusing.address, willing.address)
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", defaults)
        with ChronyConnection() as connection:
            assert connection.address == willing.address
        monkeypatch.setattr(
            "pychrony._client.addresses.DEFAULT_ADDRESSES", ("/nonexistent/s", refusing.address)
        )
        with ChronyConnection() as connection:  # there is none better
            assert connection.address == refusing.address
