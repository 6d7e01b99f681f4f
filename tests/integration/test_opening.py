"""Opening and closing a connection, and a timeout for a single call."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from typing import Any

import pytest

from pychrony import ChronyConnection, ChronyError, ChronyTimeoutError, Transport
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.chronyd import Chronyd, client_files, wait_for
from tests.support.deadlines import HELD, MARGIN
from tests.support.processes import open_descriptors

LONG, SHORT = 60.0, 0.2

# Whatever is asked takes a timeout of its own.
CALLS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(ChronyConnection, name)
        for name in dir(ChronyConnection)
        if name.startswith("get_")
    },
    "read_record": lambda c, **options: c.read_record("sources", 0, **options),
    "read_records": lambda c, **options: c.read_records("sources", **options),
}


@pytest.fixture
def silent() -> Generator[SimulatedChronyd]:
    with SimulatedChronyd(faults=Faults(silent=True)) as server:
        yield server


def test_open_and_close_do_what_a_block_does(local_chronyd: Chronyd) -> None:
    connection = ChronyConnection(local_chronyd.socket_path)
    for _ in range(2):  # it can be opened again
        assert connection.open() is None
        assert connection.get_tracking().stratum == 8
        assert len(client_files(local_chronyd)) == 1
        connection.close()
        assert client_files(local_chronyd) == []
        with connection:
            assert connection.get_tracking().stratum == 8
        assert client_files(local_chronyd) == []


def test_closing_what_is_not_open_does_nothing(local_chronyd: Chronyd) -> None:
    connection = ChronyConnection(local_chronyd.socket_path)
    connection.close()
    with connection:
        connection.close()
        connection.close()
    connection.close()
    connection.open()
    assert connection.get_tracking().stratum == 8
    connection.close()


def test_contextlib_closes_it(local_chronyd: Chronyd) -> None:
    with closing(ChronyConnection(local_chronyd.socket_path)) as connection:
        connection.open()
        assert connection.get_tracking().stratum == 8
    assert client_files(local_chronyd) == []


def test_opening_what_is_open_is_a_runtime_error_and_leaves_it_open(local_chronyd: Chronyd) -> None:
    with ChronyConnection(local_chronyd.socket_path) as connection:
        for again in (connection.open, connection.__enter__):
            with pytest.raises(RuntimeError, match="open already"):
                again()
        assert connection.get_tracking().stratum == 8
    assert client_files(local_chronyd) == []


def test_a_connection_that_could_not_be_opened_can_be_opened_later(local_chronyd: Chronyd) -> None:
    local_chronyd.stop()
    connection = ChronyConnection(local_chronyd.socket_path)
    with pytest.raises(ChronyError):
        connection.open()
    with pytest.raises(RuntimeError, match="closed"):
        connection.get_tracking()
    local_chronyd.start()
    connection.open()
    assert connection.get_tracking().stratum == 8
    connection.close()


def test_an_opened_connection_that_is_forgotten_leaves_nothing_behind(
    local_chronyd: Chronyd,
) -> None:
    gc.collect()
    before = open_descriptors()
    connection = ChronyConnection(local_chronyd.socket_path)
    connection.open()
    connection.get_tracking()
    del connection

    assert client_files(local_chronyd) == []  # at once: there is no cycle to be collected
    assert open_descriptors() == before


def test_address_and_transport_are_those_of_an_open_connection(local_chronyd: Chronyd) -> None:
    connection = ChronyConnection(local_chronyd.socket_path)
    for _ in range(2):
        for name in ("address", "transport"):
            with pytest.raises(RuntimeError, match="`with` block"):
                getattr(connection, name)
        connection.open()
        assert connection.address == local_chronyd.socket_path
        assert connection.transport is Transport.UNIX_SOCKET
        connection.close()


@pytest.mark.parametrize("name", CALLS)
def test_a_call_ends_at_its_own_timeout(name: str, silent: SimulatedChronyd) -> None:
    with ChronyConnection(silent.address, timeout=None) as connection:
        begin = time.monotonic()
        with pytest.raises(ChronyTimeoutError):
            CALLS[name](connection, timeout=SHORT)
        assert SHORT <= time.monotonic() - begin < SHORT + MARGIN


@pytest.mark.parametrize("timeout", [LONG, None])
def test_a_call_may_take_longer_than_the_connections_timeout(timeout: float | None) -> None:
    with (
        SimulatedChronyd(faults=HELD) as server,
        ChronyConnection(server.address, timeout=SHORT) as connection,
        ThreadPoolExecutor(1) as pool,
    ):
        with pytest.raises(ChronyTimeoutError):
            connection.get_tracking()
        with pytest.raises(ChronyTimeoutError):
            connection.get_tracking(timeout="connection")
        call = pool.submit(connection.get_tracking, timeout=timeout)
        assert wait([call], timeout=2 * SHORT).not_done
        server.faults = None
        assert call.result().stratum == 3


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), True, "1", "", [1.0]])
@pytest.mark.parametrize("name", CALLS)
def test_a_malformed_timeout_is_a_value_error_before_anything_is_sent(
    name: str, timeout: Any, silent: SimulatedChronyd
) -> None:
    with ChronyConnection(silent.address) as connection:
        with pytest.raises(ValueError, match="timeout must be a positive number"):
            CALLS[name](connection, timeout=timeout)
        assert silent.requests == 0


def test_a_calls_own_timeout_covers_waiting_for_its_turn(silent: SimulatedChronyd) -> None:
    silent.faults = HELD
    with (
        ChronyConnection(silent.address, timeout=None) as connection,
        ThreadPoolExecutor(1) as pool,
    ):
        holder = pool.submit(connection.get_tracking)
        wait_for(lambda: silent.requests > 0)
        begin = time.monotonic()
        with pytest.raises(ChronyTimeoutError, match="other threads"):
            connection.get_sources(timeout=SHORT)
        assert SHORT <= time.monotonic() - begin < SHORT + MARGIN
        assert not holder.done()
        silent.faults = None
        assert holder.result().stratum == 3
