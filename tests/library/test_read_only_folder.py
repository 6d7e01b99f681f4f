"""A folder of chronyd's that is mounted read-only, as in containers and under ProtectSystem=strict.

It takes a mount namespace, which is for root, and which the containers that wheels are built in do
not allow.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import StartChronyd
from tests.support.chronyd import LOCAL, Chronyd
from tests.support.ports import free_port

pytestmark = pytest.mark.who("root")

MOUNT = 'mount --bind "$0" "$0" && mount -o remount,bind,ro,nosuid,nodev "$0" && exec "$@"'

READ = """
import sys, pychrony, pychrony._client.addresses
path, port, *refused = sys.argv[1:]
pychrony._client.addresses.DEFAULT_ADDRESSES = (path, *(refused or [port]))
try:
    pychrony.get_server_stats(None if refused else path)
except pychrony.ChronyError as error:
    print(type(error).__name__, error.errno, error)
print(pychrony.get_tracking(port).stratum)
"""
WAIT = """
import sys, pychrony._client.addresses, pychrony._cli.main
pychrony._client.addresses.DEFAULT_ADDRESSES = tuple(sys.argv[1:])
sys.exit(pychrony._cli.main.main(["waitsync", "-t", "20"]))
"""


def run(daemon: Chronyd, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program where the daemon's folder is read-only."""
    folder = str(Path(daemon.socket_path).parent)
    command = ["unshare", "--mount", "sh", "-c", MOUNT, folder]
    return subprocess.run(
        [*command, sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_read_only_folder_is_named_with_the_ways_out(start_chronyd: StartChronyd) -> None:
    daemon = start_chronyd(*LOCAL)
    folder = Path(daemon.socket_path).parent
    result = run(daemon, READ, daemon.socket_path, daemon.udp4)

    assert result.stdout.startswith(
        f"ChronyConnectionError 30 {daemon.socket_path}: Read-only file system: "
    )
    for words in (
        "the client makes its own socket beside chronyd's",
        f"ReadWritePaths={folder}",
        "command port",
    ):
        assert words in result.stdout
    assert result.stdout.endswith("\n8\n")


def test_a_report_refused_over_the_command_port_says_that_the_folder_is_read_only(
    start_chronyd: StartChronyd,
) -> None:
    daemon = start_chronyd(*LOCAL)
    result = run(daemon, READ, daemon.socket_path, daemon.udp4, daemon.udp4)

    assert result.stdout.startswith(f"ChronyPermissionError None {daemon.udp4}: serverstats: ")
    assert f"{daemon.socket_path}: Read-only file system: " in result.stdout
    assert f"`ReadWritePaths={Path(daemon.socket_path).parent}` in a systemd unit" in result.stdout


def test_waiting_ends_where_the_folder_is_read_only_and_nothing_else_answers(
    start_chronyd: StartChronyd,
) -> None:
    daemon = start_chronyd(*LOCAL, "cmdport 0")
    result = run(daemon, WAIT, daemon.socket_path, f"127.0.0.1:{free_port()}")

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("pychrony: no chronyd answered: ")
    assert "ReadWritePaths=" in result.stderr
