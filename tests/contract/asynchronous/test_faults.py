"""What goes wrong is the same error with the same words as on a blocking connection."""

from __future__ import annotations

import asyncio
import gc
import logging
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from pychrony import AsyncChronyConnection, ChronyConnection, ChronyError
from pychrony.testing import Faults, SimulatedChronyd
from tests.support.numbered import N_SOURCES, NumberedServer
from tests.support.ports import free_port
from tests.support.reply_servers import ReplyServer

SECONDS = 60
FAULTS = {
    "silence": Faults(silent=True),
    "garbage": Faults(garbage=True, silent=True),
    "a cut answer": Faults(truncate=40),
    "no permission": Faults(status=2),
    "no such command": Faults(status=3),
    "turned off": Faults(status=13),
}
CALLS = [
    ("get_tracking", ()),
    ("get_sources", ()),
    ("get_server_stats", ()),
    ("get_rtc_data", ()),
    ("get_clients", ()),
    ("check", ()),
    ("read_record", ("authdata",)),
    ("read_records", ("ntpdata",)),
]


def what_is_told(error: ChronyError) -> dict[str, Any]:
    return {
        "type": type(error),
        "text": str(error),
        **{name: getattr(error, name, None) for name in ("errno", "strerror", "address")},
        "code": error.error_code,
        "failures": [str(each) for each in error.failures],
    }


def ask_blocking(address: Any, call: str, arguments: tuple[Any, ...], timeout: float) -> Any:
    try:
        with ChronyConnection(address, timeout=timeout) as connection:
            return getattr(connection, call)(*arguments)
    except ChronyError as error:
        return what_is_told(error)


async def ask(address: Any, call: str, arguments: tuple[Any, ...], timeout: float) -> Any:
    try:
        async with AsyncChronyConnection(address, timeout=timeout) as connection:
            return await getattr(connection, call)(*arguments)
    except ChronyError as error:
        return what_is_told(error)


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(("call", "arguments"), CALLS)
def test_faults_are_told_as_by_a_blocking_connection(
    call: str, arguments: tuple[Any, ...], faults: Faults, unix_server: SimulatedChronyd
) -> None:
    unix_server.faults = faults
    address, timeout = unix_server.address, 0.1 if faults.silent else SECONDS
    expected = ask_blocking(address, call, arguments, timeout)

    assert asyncio.run(ask(address, call, arguments, timeout), debug=True) == expected


@pytest.mark.parametrize("address", ["/nonexistent/chronyd.sock", "/dev/null", "127.0.0.1"])
def test_where_no_chronyd_is_it_is_told_as_by_a_blocking_connection(address: str) -> None:
    address = address.replace("127.0.0.1", f"127.0.0.1:{free_port()}")
    expected = ask_blocking(address, "get_tracking", (), SECONDS)

    assert expected["text"].startswith(address)
    assert asyncio.run(ask(address, "get_tracking", (), SECONDS), debug=True) == expected


def test_where_all_addresses_fail_it_is_told_as_by_a_blocking_connection(
    monkeypatch: pytest.MonkeyPatch, unix_server: SimulatedChronyd
) -> None:
    unix_server.faults = Faults(silent=True)
    port = free_port()
    for addresses, timeout in (
        (("/nonexistent/chronyd.sock", f"127.0.0.1:{port}"), SECONDS),
        # The silent one has a quarter of a second before the other, and what is left after it.
        ((unix_server.address, f"127.0.0.1:{port}"), 1.5),
    ):
        monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", addresses)
        expected = ask_blocking(None, "get_tracking", (), timeout)

        assert len(expected["failures"]) == 2
        assert asyncio.run(ask(None, "get_tracking", (), timeout), debug=True) == expected


def test_an_address_that_refuses_tracking_is_used_where_none_gives_it(
    monkeypatch: pytest.MonkeyPatch, server: SimulatedChronyd
) -> None:
    addresses = ("/nonexistent/chronyd.sock", server.address)
    monkeypatch.setattr("pychrony._client.addresses.DEFAULT_ADDRESSES", addresses)

    async def main() -> None:
        server.faults = Faults(status=2)
        async with AsyncChronyConnection(timeout=SECONDS) as connection:
            assert connection.address == server.address
            server.faults = Faults()
            assert (await connection.get_activity()).online == 3

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize(
    "faults", [Faults(drop_every=3), Faults(duplicate=True), Faults(stray=True, garbage=True)]
)
def test_answers_that_are_lost_or_mixed_with_others_cost_no_error(
    faults: Faults, server: SimulatedChronyd
) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            server.faults = faults
            for _ in range(4):
                assert (await connection.get_tracking()).stratum == 3
                assert len(await connection.get_sources()) == 3

    asyncio.run(main(), debug=True)


def test_a_restarted_chronyd_is_asked_again_and_the_log_tells(
    unix_server: SimulatedChronyd, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with AsyncChronyConnection(unix_server.address, timeout=SECONDS) as connection:
            assert (await connection.get_tracking()).stratum == 3
            unix_server.restart()
            tasks = [connection.get_tracking() for _ in range(3)]
            assert [status.stratum for status in await asyncio.gather(*tasks)] == [3, 3, 3]

    with caplog.at_level(logging.DEBUG, "pychrony"):
        asyncio.run(main(), debug=True)
    address = unix_server.address
    messages = [record.getMessage() for record in caplog.records if record.name == "pychrony"]
    assert [each for each in messages if "lost or late" not in each] == [  # a busy computer's
        f"{address}: used",
        f"{address}: times the socket was opened again: 1",
    ]


def test_a_server_that_floods_does_not_hold_the_loop() -> None:
    """It sends what is no answer, faster than it can be read, until the call times out."""

    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=2.0) as connection:
            asking = asyncio.create_task(connection.get_tracking())
            turns = 0
            while not asking.done():
                await asyncio.sleep(0.001)
                turns += 1
            with pytest.raises(ChronyError, match="no answer in time"):
                await asking
            assert turns > 20  # others have time for hundreds

    with ReplyServer(lambda request: iter(lambda: bytes(28) + request, None)) as server:
        asyncio.run(main())


@pytest.mark.slow
def test_many_calls_cost_no_memory(server: SimulatedChronyd) -> None:
    async def ask_often(connection: AsyncChronyConnection, times: int) -> None:
        for n in range(times):
            call = asyncio.ensure_future(connection.get_sources())
            if n % 3 == 0:
                await asyncio.sleep(0)
                call.cancel()
            await asyncio.wait([call])

    async def main() -> None:
        async with AsyncChronyConnection(server.address, timeout=SECONDS) as connection:
            await ask_often(connection, 300)
            gc.collect()
            before, _ = tracemalloc.get_traced_memory()
            await ask_often(connection, 600)
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
            assert after - before < 20_000

    tracemalloc.start()
    try:
        asyncio.run(main())
    finally:
        tracemalloc.stop()


def test_names_come_with_the_records(numbered: NumberedServer) -> None:
    async def main() -> list[str | None]:
        async with AsyncChronyConnection(numbered.address, timeout=SECONDS) as connection:
            lists = connection.get_sources(names=True), connection.get_ntp_data(names=True)
            return [each.name for records in await asyncio.gather(*lists) for each in records]

    expected = [f"source-{index}.example" for index in range(N_SOURCES)]
    assert asyncio.run(main(), debug=True) == 2 * expected


def test_many_connections_leave_no_files(unix_server: SimulatedChronyd) -> None:
    folder = Path(unix_server.address).parent

    async def ask_once() -> int:
        async with AsyncChronyConnection(unix_server.address, timeout=SECONDS) as connection:
            return (await connection.get_tracking()).stratum

    async def main() -> None:
        assert await asyncio.gather(*(ask_once() for _ in range(100))) == [3] * 100
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main(), debug=True)
    assert [*folder.glob("libchrony.*")] == []
