"""The life of a connection, and what it leaves behind."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys

import pytest

from pychrony import ChronyConnection, get_tracking
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.chronyd import Chronyd, client_files, wait_for
from tests.support.command_line import started
from tests.support.processes import in_child, open_descriptors


def test_two_thousand_connections_leave_nothing_behind(local_chronyd: Chronyd) -> None:
    get_tracking(local_chronyd.socket_path)
    gc.collect()  # what other tests have left
    before = open_descriptors()
    for number in range(2000):
        address = local_chronyd.addresses[number % len(local_chronyd.addresses)]
        assert get_tracking(address).stratum == 8

    assert open_descriptors() == before
    assert client_files(local_chronyd) == []


def test_a_forgotten_connection_is_cleaned_up(local_chronyd: Chronyd) -> None:
    gc.collect()
    before = open_descriptors()
    connection = ChronyConnection(local_chronyd.socket_path)
    connection.__enter__()
    assert connection.get_tracking().stratum == 8
    assert len(client_files(local_chronyd)) == 1

    del connection
    gc.collect()
    assert open_descriptors() == before
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
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)  # it would wait for ever

    assert "KeyboardInterrupt" in errors
