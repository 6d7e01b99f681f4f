"""Running the command line, and chronyc on the same address."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.chronyd import find_program

PYCHRONY = (sys.executable, "-m", "pychrony")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Return what `pychrony` printed, away from a terminal."""
    command = [*PYCHRONY, *arguments]
    env = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, timeout=30, env=env)


def run_chronyc(address: str, *arguments: str) -> str:
    """Return what the real chronyc prints of a daemon at a path or at HOST:PORT."""
    host, colon, port = address.rpartition(":")
    where = ["-h", host.strip("[]"), "-p", port] if colon else ["-h", address]
    command = [find_program("chronyc"), *where, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30).stdout
