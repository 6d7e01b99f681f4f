"""AsyncChronyConnection on a real chronyd: the same answers as a blocking connection's."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import Any

import pytest

import pychrony
from pychrony import (
    AsyncChronyConnection,
    CheckResult,
    ChronyConnection,
    ChronyPermissionError,
    Transport,
)
from tests.conftest import BUSY_NAMES, PickAddress, StartChronyd
from tests.support.chronyd import LOCAL, Chronyd, client_files
from tests.support.comparison import Rows, assert_agrees
from tests.support.stepping import Stepping

SECONDS = 60
GETTERS = [name for name in pychrony.__all__ if name.startswith("get_")]
# Where time goes on between two calls, these fields of a record differ.
LISTS = {
    "get_sources": ("address", "state", "mode", "stratum", "poll"),
    "get_source_stats": ("address", "reference_id"),
    "get_select_data": ("address", "authentication", "configured_options"),
    "get_auth_data": ("address", "mode", "key_id", "key_type"),
    "get_ntp_data": ("address", "port", "version", "mode"),
}


def ask_blocking(address: str, method: str, **options: Any) -> Any:
    with ChronyConnection(address, timeout=SECONDS) as connection:
        try:
            return getattr(connection, method)(**options)
        except ChronyPermissionError as error:
            return str(error)


async def ask(address: str, method: str, **options: Any) -> Any:
    async with AsyncChronyConnection(address, timeout=SECONDS) as connection:
        try:
            return await getattr(connection, method)(**options)
        except ChronyPermissionError as error:
            return str(error)


@pytest.mark.parametrize("method", sorted({*GETTERS} - {*LISTS}))
def test_a_report_is_of_the_kind_that_a_blocking_connection_gives(
    method: str, local_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    address = pick_address(local_chronyd)
    expected = ask_blocking(address, method)
    found = asyncio.run(ask(address, method), debug=True)

    assert type(found) is type(expected)
    if isinstance(expected, str):
        assert found == expected


def test_tracking_is_what_a_blocking_connection_gives(
    local_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    address = pick_address(local_chronyd)
    expected = ask_blocking(address, "get_tracking")
    found = asyncio.run(ask(address, "get_tracking"), debug=True)

    assert found.reference_id == expected.reference_id
    assert found.stratum == expected.stratum == 8
    assert found.is_local_reference()


@pytest.mark.parametrize("names", [False, True])
@pytest.mark.parametrize("method", LISTS)
def test_a_list_is_what_a_blocking_connection_gives(
    method: str, names: bool, busy_chronyd: Chronyd
) -> None:
    def constant(records: Any) -> Rows:
        found: Rows = [
            [str(getattr(each, f)) for f in (*LISTS[method], "name")] for each in records
        ]
        assert len(found) >= len(BUSY_NAMES)
        return found

    address = busy_chronyd.socket_path
    assert_agrees(
        lambda: constant(ask_blocking(address, method, names=names)),
        lambda: constant(asyncio.run(ask(address, method, names=names), debug=True)),
    )


def test_the_judgment_is_that_of_a_blocking_connection(
    synchronized_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    def brief(result: CheckResult) -> Rows:
        return [[result.verdict.name, result.usable_sources]]

    address = pick_address(synchronized_chronyd)
    assert_agrees(
        lambda: brief(ask_blocking(address, "check", max_error=1.0)),
        lambda: brief(asyncio.run(ask(address, "check", max_error=1.0), debug=True)),
    )


def test_the_address_and_the_transport_are_known(
    local_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    address = pick_address(local_chronyd)

    async def main() -> None:
        async with AsyncChronyConnection(address, timeout=SECONDS) as connection:
            assert connection.address == address
            unix = address.startswith("/")
            assert (connection.transport is Transport.UNIX_SOCKET) == unix

    asyncio.run(main(), debug=True)


def test_a_call_that_is_cancelled_leaves_its_answer_to_nobody(
    busy_chronyd: Chronyd, pick_address: PickAddress
) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(pick_address(busy_chronyd), timeout=SECONDS) as connection:
            stratum = (await connection.get_tracking()).stratum
            n_sources = len(await connection.get_sources())
            for number in range(1, 50):
                call = connection.get_sources() if number % 2 else connection.get_tracking()
                with suppress(asyncio.CancelledError):
                    await Stepping(call, number % 3 + 1)
                assert (await connection.get_tracking()).stratum == stratum
                assert len(await connection.get_sources()) == n_sources

    asyncio.run(main(), debug=True)


def test_a_restarted_chronyd_is_asked_again(
    start_chronyd: StartChronyd, pick_address: PickAddress
) -> None:
    daemon = start_chronyd(*LOCAL)

    async def main() -> None:
        async with AsyncChronyConnection(pick_address(daemon), timeout=SECONDS) as connection:
            assert (await connection.get_tracking()).stratum == 8
            daemon.restart()
            tasks = [connection.get_tracking() for _ in range(10)]
            assert {each.stratum for each in await asyncio.gather(*tasks)} == {8}

    asyncio.run(main(), debug=True)
    assert client_files(daemon) == []


def test_a_chronyd_that_is_stopped_meanwhile_is_waited_for(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*LOCAL)

    async def main() -> None:
        async with AsyncChronyConnection(daemon.socket_path, timeout=SECONDS) as connection:
            daemon.pause()
            calls = [asyncio.create_task(connection.get_tracking()) for _ in range(5)]
            await asyncio.wait(calls, timeout=0.2)
            assert not any(call.done() for call in calls)
            calls[0].cancel()
            calls[3].cancel()
            daemon.resume()
            done = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(each).__name__ for each in done] == [
                *("CancelledError", "TrackingStatus", "TrackingStatus"),
                *("CancelledError", "TrackingStatus"),
            ]

    asyncio.run(main(), debug=True)
    assert client_files(daemon) == []


def test_each_call_lets_others_run_though_chronyd_answers_at_once(
    start_chronyd: StartChronyd, pick_address: PickAddress
) -> None:
    daemon = start_chronyd(*LOCAL)
    processors = os.sched_getaffinity(0)

    async def count_suspensions() -> list[int]:
        async with AsyncChronyConnection(pick_address(daemon), timeout=SECONDS) as connection:
            calls = [Stepping(connection.get_tracking()) for _ in range(200)]
            for call in calls:
                await call
            return [call.suspensions for call in calls]

    # On one processor chronyd runs as soon as it is asked, before it is looked for an answer.
    os.sched_setaffinity(daemon.pid, {min(processors)})
    os.sched_setaffinity(0, {min(processors)})
    try:
        assert min(asyncio.run(count_suspensions())) > 0
    finally:
        os.sched_setaffinity(0, processors)
