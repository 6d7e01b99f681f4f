"""What a program does at its end, after pychrony has removed the files of its sockets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.chronyd import Chronyd, client_files

# Python's exit handlers run in the opposite order of their registration: this one after pychrony's,
# which is registered when pychrony is imported.
PROGRAM = """if True:
    import atexit, sys
    atexit.register(lambda: print(at_exit().stratum, at_exit().stratum))
    from pychrony import ChronyConnection, get_tracking
    address = sys.argv[1]
"""
WAYS = {
    "a connection that was open": """
    connection = ChronyConnection(address)
    connection.__enter__()
    connection.get_tracking()
    at_exit = connection.get_tracking
    """,
    "a connection that was opened long ago and never used": """
    connection = ChronyConnection(address)
    connection.__enter__()
    at_exit = connection.get_tracking
    """,
    "a connection that is opened then": """
    def at_exit():
        with ChronyConnection(address) as connection:
            connection.get_sources()
            return connection.get_tracking()
    """,
    "a connection that is opened then and never closed": """
    kept = []
    def at_exit():
        kept.append(ChronyConnection(address))
        return kept[-1].__enter__().get_tracking()
    """,
    "a connection that is opened then and left unused": """
    kept = []
    def at_exit():
        kept.append(ChronyConnection(address))
        kept[-1].__enter__()
        return get_tracking(address)
    """,
    "a connection in an event loop": """
    import asyncio
    from pychrony import AsyncChronyConnection
    loop = asyncio.new_event_loop()
    connection = AsyncChronyConnection(address)
    loop.run_until_complete(connection.open())
    at_exit = lambda: loop.run_until_complete(connection.get_tracking())
    """,
    "a connection in an event loop that is opened then": """
    import asyncio
    from pychrony import AsyncChronyConnection
    async def main():
        async with AsyncChronyConnection(address) as connection:
            await connection.get_sources()
            return await connection.get_tracking()
    at_exit = lambda: asyncio.run(main())
    """,
    "one call": """
    at_exit = lambda: get_tracking(address)
    """,
}


def at_exit(way: str, address: str) -> tuple[int, str, str]:
    command = [sys.executable, "-c", PROGRAM + WAYS[way], address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_an_exit_handler_of_before_the_import_is_answered_and_leaves_nothing(
    way: str, local_chronyd: Chronyd
) -> None:
    for address in local_chronyd.addresses:
        assert at_exit(way, address) == (0, "8 8\n", "")
    assert client_files(local_chronyd) == []
    folder = Path(local_chronyd.socket_path).parent
    assert [str(path) for path in folder.rglob("*") if path.is_socket()] == [
        local_chronyd.socket_path
    ]
